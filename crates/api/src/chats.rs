//! Conversations: reading them and writing in them.

mod assignment;
mod automation;
mod camel_case;
mod canned_replies;
mod chat_request;
mod chat_response;
mod content_response;
mod export;
mod interactive;
mod message_request;
mod message_response;
mod messages;
mod named_product;
mod notes;
mod search;
mod template_button;
mod template_response;

use actix_web::{
    HttpResponse, get, post, put,
    web::{Data, Json},
};
use application::Application;
use domain::chats::{Chat, ChatOverview};
use utoipa::openapi::Object;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    extract::{Authenticated, IfMatch, PathId, Validated, etag},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

use chat_request::{ChatParameters, UpdateChatRequest};
use chat_response::LabelListResponse;
pub(crate) use chat_response::{ChatResponse, CustomerResponse, marketing_consent};
pub(crate) use message_response::{MessageErrorResponse, MessageResponse};
pub(crate) use notes::NoteResponse;

pub(crate) fn configure(services: &mut ServiceConfig) {
    services
        .service(list_chats)
        // Before the chat whose id it would else be.
        .service(assignment::get_assignment_settings)
        .service(assignment::update_assignment_settings)
        .service(automation::get_automation)
        .service(automation::update_automation)
        .service(get_chat)
        .service(update_chat)
        .service(list_labels)
        .service(mark_read)
        .service(show_typing)
        .service(messages::list_messages)
        .service(messages::send_message)
        .service(messages::retry_message)
        .service(messages::list_messages_with)
        .service(messages::send_to)
        .service(search::search_messages)
        .service(export::export_chat)
        .service(notes::list_notes)
        .service(notes::get_note)
        .service(notes::create_note)
        .service(notes::update_note)
        .service(notes::remove_note)
        .service(canned_replies::list_canned_replies)
        .service(canned_replies::get_canned_reply)
        .service(canned_replies::create_canned_reply)
        .service(canned_replies::update_canned_reply)
        .service(canned_replies::remove_canned_reply);
}

/// List chats
///
/// Those in which something was said last come first.
#[utoipa::path(tag = "chats", params(ListParameters, ChatParameters),
    responses((status = 200, body = ListResponse<ChatResponse>)))]
#[get("/chats")]
async fn list_chats(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery<ChatParameters>,
) -> Result<Json<ListResponse<ChatResponse>>, Problem> {
    let filter = query.filter.into_filter(actor.user_id());
    let list = application
        .chats
        .list_chats(&actor, filter, query.page, query.include_total)
        .await?;
    let page = list.page.map(ChatResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// Get a chat
#[utoipa::path(tag = "chats", params(("chatId" = Uuid, Path)),
    responses((status = 200, body = ChatResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/chats/{chatId}")]
async fn get_chat(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(chat_id): PathId<Chat>,
) -> Result<HttpResponse, Problem> {
    let chat = application.chats.get_chat(&actor, chat_id).await?;
    Ok(answer(chat))
}

fn answer(chat: ChatOverview) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(chat.chat.version))
        .json(ChatResponse::from(chat))
}

/// Change a chat
///
/// A chat that nobody has goes to whoever is first. It is taken from somebody by naming its
/// present version in `If-Match`; whoever has it may hand it on, or back, without. A chat
/// that is snoozed opens again at `snoozedUntil`, and any chat when the customer writes.
#[utoipa::path(tag = "chats", request_body = UpdateChatRequest,
    params(("chatId" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses((status = 200, body = ChatResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`chat_already_assigned`; `detail` tells to whom."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it."),
        (status = 422, description = "`invalid`: at `/assigneeId`, `not_a_member`; at \
            `/snoozedUntil`, `required`, `not_snoozed`, `not_in_the_future` or `too_late`.")))]
#[put("/chats/{chatId}")]
async fn update_chat(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(chat_id): PathId<Chat>,
    if_match: IfMatch,
    Validated(request): Validated<UpdateChatRequest>,
) -> Result<HttpResponse, Problem> {
    let command = request.into_command(if_match);
    let chat = application
        .chats
        .update_chat(&actor, chat_id, command)
        .await?;
    Ok(answer(chat))
}

/// List the labels in use
///
/// The 500 that most of the chats that you see have, the most used first.
#[utoipa::path(tag = "chats", responses((status = 200, body = LabelListResponse)))]
#[get("/labels")]
async fn list_labels(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<Json<LabelListResponse>, Problem> {
    let labels = application.chats.list_labels(&actor).await?;
    Ok(Json(labels.into()))
}

/// Mark a chat as read
///
/// For you alone; your colleagues' unread counts stay. The customer is shown that the
/// messages were read, if the account is set to do so.
#[utoipa::path(tag = "chats", params(("chatId" = Uuid, Path)),
    responses((status = 200, body = ChatResponse)))]
#[post("/chats/{chatId}/read")]
async fn mark_read(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(chat_id): PathId<Chat>,
) -> Result<HttpResponse, Problem> {
    let chat = application.chats.mark_read(&actor, chat_id).await?;
    Ok(answer(chat))
}

/// Show that you type
///
/// Your colleagues see it for six seconds, the customer for 25 or until the answer: call it
/// every few seconds while somebody types; Meta is asked at most once in 20 seconds for a
/// chat. Meta marks the messages as read thereby: a customer whose account is set not to
/// show that, or whose service window is closed, is shown nothing.
#[utoipa::path(tag = "chats", params(("chatId" = Uuid, Path)),
    responses((status = 204, description = "It is shown, or will be in a moment.")))]
#[post("/chats/{chatId}/typing")]
async fn show_typing(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(chat_id): PathId<Chat>,
) -> Result<HttpResponse, Problem> {
    application.chats.show_typing(&actor, chat_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The schema of a word out of a fixed list.
pub(crate) fn one_of(words: &[&str]) -> Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some(words.iter().copied()))
        .build()
}
