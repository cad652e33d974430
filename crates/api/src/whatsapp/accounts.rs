use actix_web::{
    HttpResponse, HttpResponseBuilder, delete, get,
    http::header::LOCATION,
    post, put,
    web::{Data, Json},
};
use application::{
    Application,
    whatsapp::{ConnectAccount, UpdateAccount},
};
use chrono::{DateTime, Utc};
use domain::whatsapp::{Account, History, PhoneNumberId};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::HealthResponse;
use crate::{
    extract::{Authenticated, IfMatch, PathId, Validated, etag, fault, is_name, present},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

/// A WhatsApp number that the organization connected. Its secrets are never answered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountResponse {
    id: Uuid,
    /// Meta's id of the number.
    #[schema(example = "106540352242922")]
    phone_number_id: String,
    /// Meta's id of the WhatsApp Business Account.
    #[schema(example = "102290129340398")]
    business_account_id: String,
    /// What the organization calls it; customers see the verified name.
    display_name: String,
    /// As Meta shows it; null until Meta has told.
    #[schema(required, example = "+1 555-078-3881")]
    display_phone_number: Option<String>,
    /// `connected`, `needs_reauth` or `restricted`.
    #[schema(example = "connected")]
    status: &'static str,
    /// Why it is not connected, in plain words.
    #[schema(required)]
    status_reason: Option<String>,
    /// When Meta's restriction ends, if Meta has named a time.
    #[schema(required)]
    restricted_until: Option<DateTime<Utc>>,
    /// Whether, while it is restricted, people who wrote within a day may be answered.
    may_answer: bool,
    #[serde(flatten)]
    health: HealthResponse,
    /// When Meta last answered clearly; it is asked every few hours.
    #[schema(required)]
    health_checked_at: Option<DateTime<Utc>>,
    send_read_receipts: bool,
    /// Whether an app of the organization's own signs its deliveries.
    has_app_secret: bool,
    /// The import of the chats from the WhatsApp Business app; null if the number does not live
    /// on a phone too, or nothing has come yet.
    #[schema(required)]
    history: Option<HistoryResponse>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    version: i64,
}

/// How the import of the chats fares that a number's phone had before it was connected.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistoryResponse {
    /// `requested` until something comes, `importing`, `complete`, `declined` if the owner does
    /// not share it, or `failed`.
    #[schema(example = "importing")]
    status: &'static str,
    /// How far back it has come: 0 is the last day, 1 the days up to 90, 2 those up to 180.
    #[schema(example = 1)]
    phase: u8,
    /// In percent.
    #[schema(example = 55)]
    progress: u8,
    /// Why there is none, in plain words.
    #[schema(required)]
    error: Option<String>,
    updated_at: DateTime<Utc>,
}

impl From<History> for HistoryResponse {
    fn from(history: History) -> Self {
        Self {
            status: history.status.as_str(),
            phase: history.phase,
            progress: history.progress,
            error: history.error,
            updated_at: history.updated_at,
        }
    }
}

impl From<Account> for AccountResponse {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.uuid(),
            phone_number_id: account.phone_number_id.0,
            business_account_id: account.business_account_id,
            display_name: account.display_name,
            display_phone_number: account.display_phone_number,
            status: account.status.as_str(),
            status_reason: account.status_reason,
            restricted_until: account.restricted_until,
            may_answer: account.may_answer,
            health: account.health.into(),
            health_checked_at: account.health_checked_at,
            send_read_receipts: account.send_read_receipts,
            has_app_secret: account.app_secret.is_some(),
            history: account.history.map(Into::into),
            created_at: account.created_at,
            updated_at: account.updated_at,
            version: account.version,
        }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ConnectAccountRequest {
    /// Unique in the whole installation.
    #[garde(custom(is_meta_id))]
    #[serde(default)]
    #[schema(required, example = "106540352242922")]
    phone_number_id: String,
    #[garde(custom(is_meta_id))]
    #[serde(default)]
    #[schema(required, example = "102290129340398")]
    business_account_id: String,
    /// Of a system user, as it does not expire. Never answered.
    #[garde(custom(is_secret))]
    #[serde(default)]
    #[schema(required, value_type = String, format = "password")]
    access_token: SecretString,
    /// Of an app of your own that signs the deliveries; else the platform's signs them.
    #[garde(inner(custom(is_secret)))]
    #[schema(value_type = Option<String>, format = "password")]
    app_secret: Option<SecretString>,
    #[garde(custom(is_name))]
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 100)]
    display_name: String,
    /// Whether customers see that their messages were read; true if not given.
    #[garde(skip)]
    send_read_receipts: Option<bool>,
}

/// Fields that are absent stay as they are.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UpdateAccountRequest {
    #[garde(inner(custom(is_meta_id)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    phone_number_id: Option<String>,
    #[garde(inner(custom(is_meta_id)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    business_account_id: Option<String>,
    /// A new one is tried out at once.
    #[garde(inner(custom(is_secret)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, format = "password")]
    access_token: Option<SecretString>,
    /// Null has the platform's app sign the deliveries again.
    #[garde(inner(inner(custom(is_secret))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = "password")]
    app_secret: Option<Option<SecretString>>,
    #[garde(inner(custom(is_name)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    display_name: Option<String>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    send_read_receipts: Option<bool>,
}

/// Meta's ids are digits; those of test set-ups need not be.
fn is_meta_id(id: &str, (): &()) -> garde::Result {
    const MAX_LENGTH: usize = 64;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match id.len() {
        0 => Err(fault("required", "is required")),
        1..=MAX_LENGTH if id.bytes().all(is_plain) => Ok(()),
        _ => Err(fault("invalid_value", "is not an id of Meta's")),
    }
}

fn is_secret(secret: &SecretString, (): &()) -> garde::Result {
    const MAX_LENGTH: usize = 4096;
    let secret = secret.expose_secret();
    match secret.len() {
        0 => Err(fault("required", "is required")),
        // It travels in a header.
        1..=MAX_LENGTH if secret.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(()),
        _ => Err(fault("invalid_value", "is not a token or secret of Meta's")),
    }
}

impl From<ConnectAccountRequest> for ConnectAccount {
    fn from(request: ConnectAccountRequest) -> Self {
        Self {
            phone_number_id: PhoneNumberId(request.phone_number_id),
            business_account_id: request.business_account_id,
            access_token: request.access_token,
            app_secret: request.app_secret,
            display_name: request.display_name.trim().to_owned(),
            send_read_receipts: request.send_read_receipts.unwrap_or(true),
        }
    }
}

impl UpdateAccountRequest {
    fn into_command(self, IfMatch(expected_version): IfMatch) -> UpdateAccount {
        UpdateAccount {
            expected_version,
            phone_number_id: self.phone_number_id.map(PhoneNumberId),
            business_account_id: self.business_account_id,
            access_token: self.access_token,
            app_secret: self.app_secret,
            display_name: self.display_name.map(|name| name.trim().to_owned()),
            send_read_receipts: self.send_read_receipts,
        }
    }
}

fn answer(mut builder: HttpResponseBuilder, account: Account) -> HttpResponse {
    builder
        .insert_header(etag(account.version))
        .json(AccountResponse::from(account))
}

/// The connected numbers, newest first.
#[utoipa::path(tag = "whatsapp", params(ListParameters), responses(
    (status = 200, body = ListResponse<AccountResponse>)))]
#[get("/whatsapp/accounts")]
pub(super) async fn list_accounts(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery,
) -> Result<Json<ListResponse<AccountResponse>>, Problem> {
    let list = application
        .whatsapp
        .list_accounts(&actor, query.page, query.include_total)
        .await?;
    let page = list.page.map(AccountResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// Connect a number. Needs an admin.
///
/// Meta is asked at once: a token that it refuses shows as `needs_reauth`. What Meta has
/// delivered for the number before is taken in now. A number that was removed comes back with
/// its chats.
#[utoipa::path(tag = "whatsapp", request_body = ConnectAccountRequest, responses(
    (status = 201, body = AccountResponse, headers(
        ("Location" = String, description = "The account."),
        ("ETag" = String, description = "Its version, for `If-Match`."))),
    (status = 409, description = "`phone_number_id_taken`: the number is connected already.")))]
#[post("/whatsapp/accounts")]
pub(super) async fn connect_account(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<ConnectAccountRequest>,
) -> Result<HttpResponse, Problem> {
    let account = application
        .whatsapp
        .connect_account(&actor, request.into())
        .await?;
    let mut created = HttpResponse::Created();
    created.insert_header((LOCATION, format!("/api/whatsapp/accounts/{}", account.id)));
    Ok(answer(created, account))
}

/// One connected number.
#[utoipa::path(tag = "whatsapp", params(("id" = Uuid, Path)), responses(
    (status = 200, body = AccountResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/whatsapp/accounts/{id}")]
pub(super) async fn get_account(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Account>,
) -> Result<HttpResponse, Problem> {
    let account = application.whatsapp.get_account(&actor, id).await?;
    Ok(answer(HttpResponse::Ok(), account))
}

/// Change a connected number. Needs an admin.
#[utoipa::path(tag = "whatsapp", request_body = UpdateAccountRequest,
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = AccountResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`phone_number_id_taken`: the number is connected already."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/whatsapp/accounts/{id}")]
pub(super) async fn update_account(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Account>,
    if_match: IfMatch,
    Validated(request): Validated<UpdateAccountRequest>,
) -> Result<HttpResponse, Problem> {
    let command = request.into_command(if_match);
    let account = application
        .whatsapp
        .update_account(&actor, id, command)
        .await?;
    Ok(answer(HttpResponse::Ok(), account))
}

/// Remove a number. Needs an admin.
///
/// Its chats stay; nothing is sent or received through it any more.
#[utoipa::path(tag = "whatsapp",
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to remove.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[delete("/whatsapp/accounts/{id}")]
pub(super) async fn remove_account(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Account>,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    application
        .whatsapp
        .remove_account(&actor, id, expected_version)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ask Meta how a number does, and have it deliver here. Needs an admin.
///
/// A number whose token works goes on, and so does one that Meta restricts without naming an
/// end, as far as Meta lets it.
#[utoipa::path(tag = "whatsapp", params(("id" = Uuid, Path)), responses(
    (status = 200, body = AccountResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`."))),
    (status = 409, description = "`whatsapp_refused`: Meta does not answer for this number, and says why.")))]
#[post("/whatsapp/accounts/{id}/check")]
pub(super) async fn check_account(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Account>,
) -> Result<HttpResponse, Problem> {
    let account = application.whatsapp.check_account(&actor, id).await?;
    Ok(answer(HttpResponse::Ok(), account))
}
