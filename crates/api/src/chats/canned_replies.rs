use actix_web::{
    HttpResponse, delete, get,
    http::header::LOCATION,
    post, put,
    web::{Data, Json},
};
use application::{
    Application,
    chats::{RenderedReply, UpdateCannedReply},
};
use chrono::{DateTime, Utc};
use domain::chats::CannedReply;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    extract::{Authenticated, IfMatch, PathId, Validated, ValidatedQuery, etag, present},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

/// What is often answered, to be had by a few keys.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CannedReplyResponse {
    id: Uuid,
    /// Unique in the organization.
    #[schema(example = "opening-hours")]
    shortcut: String,
    #[schema(example = "Hello {{customer.firstName|there}}, we open at nine.")]
    text: String,
    /// The text as you would say it in the chat that was asked for; absent if none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    rendered_text: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    version: i64,
}

impl From<RenderedReply> for CannedReplyResponse {
    fn from(rendered: RenderedReply) -> Self {
        Self {
            rendered_text: rendered.rendered_text,
            ..rendered.reply.into()
        }
    }
}

impl From<CannedReply> for CannedReplyResponse {
    fn from(reply: CannedReply) -> Self {
        Self {
            id: reply.id.uuid(),
            shortcut: reply.shortcut.into(),
            text: reply.text.as_str().to_owned(),
            rendered_text: None,
            created_at: reply.created_at,
            updated_at: reply.updated_at,
            version: reply.version,
        }
    }
}

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CannedReplyParameters {
    /// Part of the shortcut or the text; case and accents do not matter.
    #[garde(length(chars, max = 200))]
    search: Option<String>,
    /// The chat for which `renderedText` is to be filled in.
    #[garde(skip)]
    chat_id: Option<Uuid>,
}

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RenderParameters {
    /// The chat for which `renderedText` is to be filled in.
    #[garde(skip)]
    chat_id: Option<Uuid>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateCannedReplyRequest {
    #[garde(skip)]
    #[schema(min_length = 1, max_length = 32, pattern = "^[a-z0-9_-]+$")]
    shortcut: String,
    /// May have the variables `customer.firstName`, `customer.lastName`, `customer.fullName`,
    /// `customer.phoneNumber`, `agent.firstName`, `agent.lastName` and `organization.name`, as
    /// `{{customer.firstName}}`, or with what stands there if it is not known, as
    /// `{{customer.firstName|friend}}`.
    #[garde(skip)]
    #[schema(min_length = 1, max_length = 4096)]
    text: String,
}

/// Fields that are absent stay as they are.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateCannedReplyRequest {
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 32, pattern = "^[a-z0-9_-]+$")]
    shortcut: Option<String>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 4096)]
    text: Option<String>,
}

fn answer(version: i64, reply: impl Into<CannedReplyResponse>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(version))
        .json(reply.into())
}

/// List canned replies
///
/// Newest first.
#[utoipa::path(tag = "chats", params(ListParameters, CannedReplyParameters),
    responses((status = 200, body = ListResponse<CannedReplyResponse>),
        (status = 404, description = "There is no such chat.")))]
#[get("/canned-replies")]
pub(super) async fn list_canned_replies(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery<CannedReplyParameters>,
) -> Result<Json<ListResponse<CannedReplyResponse>>, Problem> {
    let CannedReplyParameters { search, chat_id } = query.filter;
    let list = application
        .chats
        .list_canned_replies(
            &actor,
            search.as_deref(),
            chat_id.map(Into::into),
            query.page,
            query.include_total,
        )
        .await?;
    let page = list.page.map(CannedReplyResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// Get a canned reply
#[utoipa::path(tag = "chats", params(("id" = Uuid, Path), RenderParameters),
    responses((status = 200, body = CannedReplyResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/canned-replies/{id}")]
pub(super) async fn get_canned_reply(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<CannedReply>,
    ValidatedQuery(query): ValidatedQuery<RenderParameters>,
) -> Result<HttpResponse, Problem> {
    let chat_id = query.chat_id.map(Into::into);
    let found = application
        .chats
        .get_canned_reply(&actor, id, chat_id)
        .await?;
    Ok(answer(found.reply.version, found))
}

/// Keep a canned reply
#[utoipa::path(tag = "chats", request_body = CreateCannedReplyRequest,
    responses(
        (status = 201, body = CannedReplyResponse,
            headers(("Location" = String, description = "The canned reply."),
                ("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`shortcut_taken`; `existingId` tells by which one.")))]
#[post("/canned-replies")]
pub(super) async fn create_canned_reply(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<CreateCannedReplyRequest>,
) -> Result<HttpResponse, Problem> {
    let reply = application
        .chats
        .create_canned_reply(&actor, request.shortcut, request.text)
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/canned-replies/{}", reply.id)))
        .insert_header(etag(reply.version))
        .json(CannedReplyResponse::from(reply)))
}

/// Change a canned reply
#[utoipa::path(tag = "chats", request_body = UpdateCannedReplyRequest,
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = CannedReplyResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`shortcut_taken`; `existingId` tells by which one."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/canned-replies/{id}")]
pub(super) async fn update_canned_reply(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<CannedReply>,
    IfMatch(expected_version): IfMatch,
    Validated(request): Validated<UpdateCannedReplyRequest>,
) -> Result<HttpResponse, Problem> {
    let command = UpdateCannedReply {
        expected_version,
        shortcut: request.shortcut,
        text: request.text,
    };
    let reply = application
        .chats
        .update_canned_reply(&actor, id, command)
        .await?;
    Ok(answer(reply.version, reply))
}

/// Remove a canned reply
#[utoipa::path(tag = "chats",
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to remove.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[delete("/canned-replies/{id}")]
pub(super) async fn remove_canned_reply(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<CannedReply>,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    application
        .chats
        .remove_canned_reply(&actor, id, expected_version)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
