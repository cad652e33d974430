use actix_web::{
    HttpResponse, delete, get,
    http::header::LOCATION,
    post, put,
    web::{Data, Json},
};
use application::{
    Application,
    chats::{AuthoredNote, UpdateNote},
};
use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    chats::{Chat, Note},
    id::Id,
    organizations::MemberName,
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Authenticated, IfMatch, PathId, PathIds, Validated, etag, present},
    list::{ListParameters, ListQuery, ListResponse},
    organizations::MemberNameResponse,
    problem::Problem,
};

/// What the team says among itself about a chat. The customer never sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoteResponse {
    id: Uuid,
    chat_id: Uuid,
    author: MemberNameResponse,
    text: String,
    /// The ids of the members whom it calls.
    mentions: Vec<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    version: i64,
}

impl NoteResponse {
    pub(crate) fn new(note: Note, author: MemberName) -> Self {
        Self {
            id: note.id.uuid(),
            chat_id: note.chat_id.uuid(),
            author: author.into(),
            text: note.text,
            mentions: note.mentions.into_iter().map(Id::uuid).collect(),
            created_at: note.created_at,
            updated_at: note.updated_at,
            version: note.version,
        }
    }
}

impl From<AuthoredNote> for NoteResponse {
    fn from(AuthoredNote { note, author }: AuthoredNote) -> Self {
        Self::new(note, author)
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateNoteRequest {
    #[garde(skip)]
    #[schema(min_length = 1, max_length = 4096)]
    text: String,
    /// The ids of active members whom it calls.
    #[garde(length(max = Note::MAX_MENTIONS))]
    #[serde(default)]
    #[schema(max_items = 50)]
    mentions: Vec<Uuid>,
}

/// Fields that are absent stay as they are.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateNoteRequest {
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 4096)]
    text: Option<String>,
    #[garde(inner(length(max = Note::MAX_MENTIONS)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<Uuid>, required = false, max_items = 50)]
    mentions: Option<Vec<Uuid>>,
}

fn user_ids(ids: Vec<Uuid>) -> Vec<UserId> {
    ids.into_iter().map(Into::into).collect()
}

fn answer(note: AuthoredNote) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(note.note.version))
        .json(NoteResponse::from(note))
}

/// List a chat's notes
///
/// Newest first.
#[utoipa::path(tag = "chats", params(("chatId" = Uuid, Path), ListParameters),
    responses((status = 200, body = ListResponse<NoteResponse>)))]
#[get("/chats/{chatId}/notes")]
pub(super) async fn list_notes(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(chat_id): PathId<Chat>,
    query: ListQuery,
) -> Result<Json<ListResponse<NoteResponse>>, Problem> {
    let list = application
        .chats
        .list_notes(&actor, chat_id, query.page, query.include_total)
        .await?;
    let page = list.page.map(NoteResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// Get a note
#[utoipa::path(tag = "chats", params(("chatId" = Uuid, Path), ("noteId" = Uuid, Path)),
    responses((status = 200, body = NoteResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/chats/{chatId}/notes/{noteId}")]
pub(super) async fn get_note(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathIds(chat_id, id): PathIds<Chat, Note>,
) -> Result<HttpResponse, Problem> {
    let note = application.chats.get_note(&actor, chat_id, id).await?;
    Ok(answer(note))
}

/// Write a note
///
/// For the team alone. Those whom it mentions are told by `note.created` over the WebSocket,
/// as everybody is.
#[utoipa::path(tag = "chats", params(("chatId" = Uuid, Path)), request_body = CreateNoteRequest,
    responses((status = 201, body = NoteResponse,
        headers(("Location" = String, description = "The note."),
            ("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[post("/chats/{chatId}/notes")]
pub(super) async fn create_note(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(chat_id): PathId<Chat>,
    Validated(request): Validated<CreateNoteRequest>,
) -> Result<HttpResponse, Problem> {
    let note = application
        .chats
        .create_note(&actor, chat_id, request.text, user_ids(request.mentions))
        .await?;
    let location = format!("/api/chats/{chat_id}/notes/{}", note.note.id);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header(etag(note.note.version))
        .json(NoteResponse::from(note)))
}

/// Change a note of your own
#[utoipa::path(tag = "chats", request_body = UpdateNoteRequest,
    params(("chatId" = Uuid, Path), ("noteId" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = NoteResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 403, description = "`not_author`: it is somebody else's; or `forbidden`."),
        (status = 412, description = "`version_mismatch`: it was changed meanwhile.")))]
#[put("/chats/{chatId}/notes/{noteId}")]
pub(super) async fn update_note(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathIds(chat_id, id): PathIds<Chat, Note>,
    IfMatch(expected_version): IfMatch,
    Validated(request): Validated<UpdateNoteRequest>,
) -> Result<HttpResponse, Problem> {
    let command = UpdateNote {
        expected_version,
        text: request.text,
        mentions: request.mentions.map(user_ids),
    };
    let note = application
        .chats
        .update_note(&actor, chat_id, id, command)
        .await?;
    Ok(answer(note))
}

/// Remove a note of your own
#[utoipa::path(tag = "chats",
    params(("chatId" = Uuid, Path), ("noteId" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to remove.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 403, description = "`not_author`: it is somebody else's; or `forbidden`."),
        (status = 412, description = "`version_mismatch`: it was changed meanwhile.")))]
#[delete("/chats/{chatId}/notes/{noteId}")]
pub(super) async fn remove_note(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathIds(chat_id, id): PathIds<Chat, Note>,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    application
        .chats
        .remove_note(&actor, chat_id, id, expected_version)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
