use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json},
};
use application::{
    Application,
    chats::{Addressee, MessageList, SendMessage, SendTo},
};
use domain::{
    chats::{Chat, Message},
    page::Window,
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    MessageResponse,
    message_request::{SendMessageRequest, SendToRequest},
};
use crate::{
    extract::{Authenticated, PathId, PathIds, Validated, ValidatedOrDefault},
    list::{ListParameters, ListQuery, newer_cursor, older_cursor},
    problem::{Fault, Problem},
};

/// A page of a chat's history, newest first, which leads on in both directions.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageListResponse {
    data: Vec<MessageResponse>,
    /// Leads to older messages; null if there are none.
    #[schema(required)]
    next_cursor: Option<String>,
    /// Leads to newer messages; null if there are none.
    #[schema(required)]
    previous_cursor: Option<String>,
    /// How many messages the chat has in all, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

impl From<MessageList> for MessageListResponse {
    fn from(list: MessageList) -> Self {
        Self {
            next_cursor: list.page.older.map(older_cursor),
            previous_cursor: list.page.newer.map(newer_cursor),
            data: list.page.rows.into_iter().map(Into::into).collect(),
            total: list.total,
        }
    }
}

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MessageParameters {
    /// The id of a message to have in the middle, instead of a cursor.
    #[garde(skip)]
    around: Option<Uuid>,
}

/// List a chat's messages
///
/// Reading marks nothing as read.
#[utoipa::path(tag = "chats",
    params(("chatId" = Uuid, Path), ListParameters, MessageParameters),
    responses((status = 200, body = MessageListResponse)))]
#[get("/chats/{chatId}/messages")]
pub(super) async fn list_messages(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(chat_id): PathId<Chat>,
    query: ListQuery<MessageParameters>,
) -> Result<Json<MessageListResponse>, Problem> {
    let (chats, page) = (&application.chats, query.page);
    let list = match query.filter.around {
        Some(_) if page.window != Window::Newest => {
            let detail = "cannot be combined with a cursor";
            return Err(Problem::invalid(vec![Fault::new(
                "/around",
                "conflicting",
                detail,
            )]));
        }
        Some(anchor) => {
            chats
                .list_messages_around(
                    &actor,
                    chat_id,
                    anchor.into(),
                    page.limit,
                    query.include_total,
                )
                .await?
        }
        None => {
            chats
                .list_messages(&actor, chat_id, page, query.include_total)
                .await?
        }
    };
    Ok(Json(list.into()))
}

/// Send a message in a chat
///
/// It is stored and answered at once as `queued`; what becomes of it is told over the
/// WebSocket. More than 24 hours after the customer last wrote, only templates may be sent.
#[utoipa::path(tag = "chats", params(("chatId" = Uuid, Path)), request_body = SendMessageRequest,
    responses((status = 202, body = MessageResponse),
        (status = 409, description = "`service_window_closed`: send a template. \
            `account_needs_reauth`, `account_restricted`, `account_removed`: the number \
            cannot send now. `customer_erased`: nobody is there any more.")))]
#[post("/chats/{chatId}/messages")]
pub(super) async fn send_message(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(chat_id): PathId<Chat>,
    Validated(request): Validated<SendMessageRequest>,
) -> Result<HttpResponse, Problem> {
    let command = SendMessage {
        chat_id,
        reply_to: request.reply_to_id.map(Into::into),
        draft: request.draft()?,
    };
    let message = application.chats.send_message(&actor, command).await?;
    Ok(HttpResponse::Accepted().json(MessageResponse::from(message)))
}

#[derive(Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RetryRequest {
    /// Your word that a message of which nobody knows whether it was sent may arrive twice.
    #[garde(skip)]
    #[serde(default)]
    even_if_uncertain: bool,
}

/// Send a failed message again
#[utoipa::path(tag = "chats", params(("chatId" = Uuid, Path), ("messageId" = Uuid, Path)),
    request_body = Option<RetryRequest>,
    responses((status = 202, body = MessageResponse),
        (status = 409, description = "`message_not_failed`; `message_not_retryable`: it \
            would fail again; `message_uncertain`: it may have been sent; or as for sending.")))]
#[post("/chats/{chatId}/messages/{messageId}/retry")]
pub(super) async fn retry_message(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathIds(chat_id, message_id): PathIds<Chat, Message>,
    ValidatedOrDefault(request): ValidatedOrDefault<RetryRequest>,
) -> Result<HttpResponse, Problem> {
    let message = application
        .chats
        .retry_message(&actor, chat_id, message_id, request.even_if_uncertain)
        .await?;
    Ok(HttpResponse::Accepted().json(MessageResponse::from(message)))
}

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactParameters {
    /// A phone number or a customer's id.
    #[garde(length(min = 1, max = 100))]
    contact: String,
}

/// List what was said with somebody
///
/// If there are several chats that you see, in the one where something was said last.
#[utoipa::path(tag = "whatsapp", params(ListParameters, ContactParameters),
    responses((status = 200, body = MessageListResponse),
        (status = 404, description = "There is no such customer.")))]
#[get("/whatsapp/messages")]
pub(super) async fn list_messages_with(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery<ContactParameters>,
) -> Result<Json<MessageListResponse>, Problem> {
    let addressee = Addressee::from(query.filter.contact.as_str());
    let list = application
        .chats
        .list_messages_with(&actor, &addressee, query.page, query.include_total)
        .await?;
    Ok(Json(list.into()))
}

/// Send a message to somebody
///
/// The chat is found or opened. Somebody who has not written within 24 hours can only be
/// sent a template.
#[utoipa::path(tag = "whatsapp", request_body = SendToRequest,
    responses((status = 202, body = MessageResponse),
        (status = 404, description = "There is no such account or customer."),
        (status = 409, description = "`chat_out_of_sight`: a colleague has the chat, and you \
            do not see it; or as for sending in a chat.")))]
#[post("/whatsapp/messages")]
pub(super) async fn send_to(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<SendToRequest>,
) -> Result<HttpResponse, Problem> {
    let command = SendTo {
        account_id: request.account_id.map(Into::into),
        to: Addressee::from(request.to.as_str()),
        reply_to: request.reply_to_id.map(Into::into),
        draft: request.draft()?,
    };
    let message = application.chats.send_to(&actor, command).await?;
    Ok(HttpResponse::Accepted().json(MessageResponse::from(message)))
}
