use actix_web::{HttpResponse, get, put, web::Data};
use application::{Application, Error, organizations::UpdateOrganization};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{chats::Retention, organizations::Organization, text::CountryCode};
use garde::Validate;
use iso_currency::Currency;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Authenticated, IfMatch, Validated, etag, fault, is_name, present},
    problem::Problem,
};

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationResponse {
    id: Uuid,
    name: String,
    /// Unique; stays when the name changes.
    slug: String,
    #[schema(required)]
    description: Option<String>,
    #[schema(required)]
    logo_url: Option<String>,
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
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: &'static str,
    /// An IANA name.
    #[schema(example = "America/New_York")]
    timezone: &'static str,
    /// What was said longer ago is emptied within a day; null keeps it for ever.
    #[schema(required)]
    message_retention_days: Option<u16>,
    /// Whoever writes becomes a customer; else they are contacts alone, until they are synced.
    contacts_become_customers: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    version: i64,
}

impl OrganizationResponse {
    pub(crate) fn new(
        application: &Application,
        organization: Organization,
    ) -> Result<Self, Problem> {
        let url_of = |key| application.ports.storage.public_url(&key);
        let logo_url = organization.logo.map(url_of).transpose();
        Ok(Self {
            id: organization.id.uuid(),
            name: organization.name,
            slug: organization.slug,
            description: organization.description,
            logo_url: logo_url.map_err(Error::from)?.map(String::from),
            address: organization.address,
            city: organization.city,
            state: organization.state,
            zip_code: organization.zip_code,
            country: organization.country.map(String::from),
            currency: organization.currency.code(),
            timezone: organization.timezone.name(),
            message_retention_days: organization.message_retention.map(Retention::days),
            contacts_become_customers: organization.contacts_become_customers,
            created_at: organization.created_at,
            updated_at: organization.updated_at,
            version: organization.version,
        })
    }
}

/// Fields that are absent stay as they are; null, or a blank text, clears those that may be
/// empty.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateOrganizationRequest {
    #[garde(inner(custom(is_name)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    #[garde(inner(inner(custom(is_text(2000)))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Option<Option<String>>,
    #[garde(inner(inner(custom(is_line(200)))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    address: Option<Option<String>>,
    #[garde(inner(inner(custom(is_line(100)))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    city: Option<Option<String>>,
    #[garde(inner(inner(custom(is_line(100)))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    state: Option<Option<String>>,
    #[garde(inner(inner(custom(is_line(20)))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 20)]
    zip_code: Option<Option<String>>,
    /// ISO 3166-1 alpha-2.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "US")]
    country: Option<Option<CountryCode>>,
    /// ISO 4217.
    #[garde(inner(custom(is_money)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, example = "USD")]
    currency: Option<Currency>,
    /// An IANA name.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, example = "America/New_York")]
    timezone: Option<Tz>,
    /// For how many days messages and their files are kept; null for ever. What has gone
    /// does not come back.
    #[garde(inner(inner(custom(is_retention))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u16>, minimum = 30, maximum = 3650)]
    message_retention_days: Option<Option<u16>>,
    /// Whether whoever writes, or is written to, becomes a customer. Who says something of
    /// marketing becomes one all the same, as it must be kept.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    contacts_become_customers: Option<bool>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde passes references")]
fn is_retention(days: &u16, (): &()) -> garde::Result {
    match Retention::new(*days) {
        Ok(_) => Ok(()),
        Err(error) => Err(fault("out_of_range", error)),
    }
}

/// A text of at most so many characters, not counting the space around it.
fn is_text(max_length: usize) -> impl FnOnce(&str, &()) -> garde::Result {
    let is_layout = |c| matches!(c, '\n' | '\r' | '\t');
    has_characters(max_length, move |c| !c.is_control() || is_layout(c))
}

/// A text without line breaks.
fn is_line(max_length: usize) -> impl FnOnce(&str, &()) -> garde::Result {
    has_characters(max_length, |c| !c.is_control())
}

fn has_characters(
    max_length: usize,
    is_allowed: impl Fn(char) -> bool,
) -> impl FnOnce(&str, &()) -> garde::Result {
    move |text, ()| {
        let text = text.trim();
        if text.chars().count() > max_length {
            let detail = format!("must have at most {max_length} characters");
            return Err(fault("too_long", detail));
        }
        if text.chars().all(is_allowed) {
            Ok(())
        } else {
            Err(fault(
                "control_character",
                "must not contain control characters",
            ))
        }
    }
}

/// What is blank says nothing, as null.
fn or_clear(change: Option<Option<String>>) -> Option<Option<String>> {
    change.map(|text| {
        let text = text.map(|text| text.trim().to_owned());
        text.filter(|text| !text.is_empty())
    })
}

/// Among the codes of ISO 4217 are metals and test codes, in which nobody can pay.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde passes references")]
fn is_money(currency: &Currency, (): &()) -> garde::Result {
    match currency.exponent() {
        Some(_) => Ok(()),
        None => Err(fault(
            "invalid_value",
            "is not a currency that has a minor unit",
        )),
    }
}

impl UpdateOrganizationRequest {
    fn into_command(self, IfMatch(expected_version): IfMatch) -> UpdateOrganization {
        UpdateOrganization {
            expected_version,
            name: self.name.map(|name| name.trim().to_owned()),
            description: or_clear(self.description),
            address: or_clear(self.address),
            city: or_clear(self.city),
            state: or_clear(self.state),
            zip_code: or_clear(self.zip_code),
            country: self.country,
            currency: self.currency,
            timezone: self.timezone,
            message_retention: self
                .message_retention_days
                .map(|days| days.and_then(|days| Retention::new(days).ok())),
            contacts_become_customers: self.contacts_become_customers,
        }
    }
}

/// The profile of the own organization.
#[utoipa::path(tag = "organizations", responses((status = 200, body = OrganizationResponse,
    headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/organizations/current")]
pub(super) async fn get_current_organization(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    let organization = application.organizations.get_current(&actor).await?;
    answer(&application, organization)
}

/// Change the profile of the own organization. Needs an admin.
#[utoipa::path(tag = "organizations", request_body = UpdateOrganizationRequest,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = OrganizationResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`currency_in_use`: money is recorded in it."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/organizations/current")]
pub(super) async fn update_current_organization(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    if_match: IfMatch,
    Validated(request): Validated<UpdateOrganizationRequest>,
) -> Result<HttpResponse, Problem> {
    let command = request.into_command(if_match);
    let organization = application
        .organizations
        .update_current(&actor, command)
        .await?;
    answer(&application, organization)
}

pub(super) fn answer(
    application: &Application,
    organization: Organization,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok()
        .insert_header(etag(organization.version))
        .json(OrganizationResponse::new(application, organization)?))
}
