//! Conversations: reading them and writing in them.

mod camel_case;
mod chat_response;
mod content_response;
mod message_request;
mod message_response;
mod messages;

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json},
};
use application::Application;
use domain::chats::{Chat, ChatFilter, ChatStatus};
use garde::Validate;
use serde::Deserialize;
use utoipa::{IntoParams, openapi::Object};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    extract::{Authenticated, PathId},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

pub(crate) use chat_response::{ChatResponse, CustomerResponse};
pub(crate) use message_response::{MessageErrorResponse, MessageResponse};

pub(crate) fn configure(services: &mut ServiceConfig) {
    services
        .service(list_chats)
        .service(get_chat)
        .service(mark_read)
        .service(messages::list_messages)
        .service(messages::send_message)
        .service(messages::retry_message)
        .service(messages::list_messages_with)
        .service(messages::send_to);
}

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChatParameters {
    #[garde(skip)]
    #[param(schema_with = chat_response::status)]
    status: Option<ChatStatus>,
    /// Only chats of this number.
    #[garde(skip)]
    account_id: Option<Uuid>,
    /// `true`: only chats with messages that you have not read.
    #[garde(skip)]
    unread: Option<bool>,
    /// Part of the customer's name or phone number; case and accents do not matter.
    #[garde(length(chars, max = 200))]
    search: Option<String>,
}

impl From<ChatParameters> for ChatFilter {
    fn from(parameters: ChatParameters) -> Self {
        Self {
            status: parameters.status,
            account_id: parameters.account_id.map(Into::into),
            unread: parameters.unread.unwrap_or_default(),
            search: parameters.search,
        }
    }
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
    let list = application
        .chats
        .list_chats(&actor, query.filter.into(), query.page, query.include_total)
        .await?;
    let page = list.page.map(ChatResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// Get a chat
#[utoipa::path(tag = "chats", params(("chatId" = Uuid, Path)),
    responses((status = 200, body = ChatResponse)))]
#[get("/chats/{chatId}")]
async fn get_chat(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(chat_id): PathId<Chat>,
) -> Result<Json<ChatResponse>, Problem> {
    let chat = application.chats.get_chat(&actor, chat_id).await?;
    Ok(Json(chat.into()))
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
    Ok(HttpResponse::Ok().json(ChatResponse::from(chat)))
}

/// The schema of a word out of a fixed list.
fn one_of(words: &[&str]) -> Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some(words.iter().copied()))
        .build()
}
