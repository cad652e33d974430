use std::collections::BTreeMap;

use application::customers::CustomerInput;
use chrono::NaiveDate;
use domain::{customers::Stage, text::CountryCode};
use garde::Validate;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::customer_response;
use crate::extract::present;

/// Fields that are absent stay as they are, or empty; null, or a blank text, clears those that
/// may be empty.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CustomerRequest {
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    first_name: Option<Option<String>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    last_name: Option<Option<String>>,
    /// In any usual formatting; without a country code, of the organization's country. No two
    /// customers have the same.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "+14155550123")]
    phone_number: Option<Option<String>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = "email")]
    email: Option<Option<String>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    company: Option<Option<String>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    address: Option<Option<String>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    city: Option<Option<String>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    state: Option<Option<String>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 20)]
    zip_code: Option<Option<String>>,
    /// ISO 3166-1 alpha-2.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "US")]
    country: Option<Option<CountryCode>>,
    /// All of them; two that differ in case alone are the same.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false, max_items = 50)]
    tags: Option<Vec<String>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(required = false, schema_with = customer_response::stage)]
    stage: Option<Stage>,
    /// A member's id.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    owner_id: Option<Option<Uuid>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = Date, example = "1990-12-30")]
    birthday: Option<Option<NaiveDate>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    notes: Option<Option<String>>,
    /// By the keys of the organization's fields; those that are absent stay, and null clears.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    custom_fields: BTreeMap<String, Value>,
}

impl CustomerRequest {
    pub(super) fn into_input(self) -> CustomerInput {
        CustomerInput {
            first_name: self.first_name,
            last_name: self.last_name,
            phone_number: self.phone_number,
            email: self.email,
            company: self.company,
            address: self.address,
            city: self.city,
            state: self.state,
            zip_code: self.zip_code,
            country: self.country,
            tags: self.tags,
            stage: self.stage,
            owner_id: self.owner_id.map(|id| id.map(Into::into)),
            birthday: self.birthday,
            notes: self.notes,
            custom_fields: self.custom_fields,
        }
    }
}
