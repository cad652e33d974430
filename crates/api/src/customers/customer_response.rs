use std::collections::BTreeMap;

use application::customers::{CustomerView, Totals};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    customers::{MarketingConsent, Stage},
    id::Id,
    whatsapp::Contact,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{ToSchema, openapi::Object};
use uuid::Uuid;

use crate::{
    chats::{marketing_consent, one_of},
    money::MoneyBody,
};

/// Somebody the business sells to, with all that is known of them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Customer)]
pub(super) struct FullCustomerResponse {
    id: Uuid,
    #[schema(required)]
    first_name: Option<String>,
    #[schema(required)]
    last_name: Option<String>,
    /// E.164. Null for people who keep theirs to themselves.
    #[schema(required)]
    phone_number: Option<String>,
    /// Under which the customer is known besides, as customers are who were merged. No two
    /// customers have the same.
    other_phone_numbers: Vec<String>,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    company: Option<String>,
    #[schema(required)]
    address: Option<String>,
    #[schema(required)]
    city: Option<String>,
    #[schema(required)]
    state: Option<String>,
    #[schema(required)]
    zip_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(required, example = "US")]
    country: Option<String>,
    /// In alphabetical order.
    tags: Vec<String>,
    #[schema(schema_with = stage)]
    stage: Stage,
    /// The member whose customer it is.
    #[schema(required)]
    owner_id: Option<Uuid>,
    #[schema(required)]
    birthday: Option<NaiveDate>,
    #[schema(required)]
    notes: Option<String>,
    /// What stands in the organization's fields, by their keys.
    #[schema(value_type = Object)]
    custom_fields: BTreeMap<String, Value>,
    /// Who the customer is on WhatsApp, first known first.
    identities: Vec<IdentityResponse>,
    consent: ConsentResponse,
    totals: TotalsResponse,
    /// When the customer last wrote.
    #[schema(required)]
    last_seen_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes of what people decide on, from 1.
    version: i64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerIdentity)]
struct IdentityResponse {
    contact_id: Uuid,
    #[schema(required)]
    phone_number: Option<String>,
    /// The number as Meta writes it.
    #[schema(required)]
    whatsapp_id: Option<String>,
    /// Meta's id of people who may keep their number to themselves.
    #[schema(required)]
    user_id: Option<String>,
    #[schema(required)]
    username: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerConsent)]
struct ConsentResponse {
    /// Whether marketing may be sent.
    #[schema(schema_with = marketing_consent)]
    marketing: MarketingConsent,
}

/// What the customer has bought.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerTotals)]
struct TotalsResponse {
    orders: u64,
    spent: MoneyBody,
    #[schema(required)]
    last_order_at: Option<DateTime<Utc>>,
}

pub(super) fn stage() -> Object {
    one_of(&Stage::ALL.map(Stage::as_str))
}

impl From<CustomerView> for FullCustomerResponse {
    fn from(view: CustomerView) -> Self {
        let customer = view.customer;
        let fields = view.custom_fields.into_iter();
        let numbers = customer.other_phone_numbers.into_iter();
        let tags = customer.tags.iter().map(|tag| tag.as_str().to_owned());
        Self {
            id: customer.id.uuid(),
            tags: tags.collect(),
            first_name: customer.first_name,
            last_name: customer.last_name,
            phone_number: customer.phone_number.map(String::from),
            other_phone_numbers: numbers.map(String::from).collect(),
            email: customer.email.map(String::from),
            company: customer.company,
            address: customer.address,
            city: customer.city,
            state: customer.state,
            zip_code: customer.zip_code,
            country: customer.country.map(String::from),
            stage: customer.stage,
            owner_id: customer.owner_id.map(Id::uuid),
            birthday: customer.birthday,
            notes: customer.notes,
            custom_fields: fields
                .map(|(key, value)| (key.into(), value.to_json()))
                .collect(),
            identities: view.contacts.into_iter().map(Into::into).collect(),
            consent: ConsentResponse {
                marketing: customer.marketing_consent,
            },
            totals: view.totals.into(),
            last_seen_at: customer.last_seen_at,
            created_at: customer.created_at,
            updated_at: customer.updated_at,
            version: customer.version,
        }
    }
}

impl From<Contact> for IdentityResponse {
    fn from(contact: Contact) -> Self {
        Self {
            contact_id: contact.id.uuid(),
            phone_number: contact.phone_number().map(String::from),
            whatsapp_id: contact.wa_id,
            user_id: contact.user_id,
            username: contact.username,
        }
    }
}

impl From<Totals> for TotalsResponse {
    fn from(totals: Totals) -> Self {
        Self {
            orders: totals.orders,
            spent: totals.spent.into(),
            last_order_at: totals.last_order_at,
        }
    }
}
