use chrono::{DateTime, Utc};
use domain::chats::{
    Direction, Message, MessageError, MessageOrigin, MessageStatus, Reaction, ReplyTo,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{ToSchema, openapi::Object};
use uuid::Uuid;

use super::{camel_case::camel_case, content_response::ContentResponse, one_of};

/// A message, whoever sent it. What it says stands under the key that is its type.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageResponse {
    id: Uuid,
    chat_id: Uuid,
    account_id: Uuid,
    #[schema(schema_with = direction)]
    direction: Direction,
    #[serde(flatten)]
    content: ContentResponse,
    #[schema(schema_with = status)]
    status: MessageStatus,
    /// Why it failed.
    error: Option<MessageErrorResponse>,
    /// The message that this one answers.
    reply_to: Option<ReplyToResponse>,
    reactions: Vec<ReactionResponse>,
    /// The user who wrote it here.
    sent_by: Option<Uuid>,
    /// `phone` if the owner wrote it on the phone, else why the program wrote it by itself.
    #[schema(schema_with = origin)]
    origin: Option<MessageOrigin>,
    /// Meta's id.
    wamid: Option<String>,
    /// Whether it was forwarded, and the product asked about.
    context: Option<Value>,
    /// The advertisement or post that led the customer here.
    referral: Option<Value>,
    created_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    read_at: Option<DateTime<Utc>>,
    failed_at: Option<DateTime<Utc>>,
    edited_at: Option<DateTime<Utc>>,
    /// When the customer deleted it.
    revoked_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageErrorResponse {
    /// Meta's; 0 if it is not Meta who says so.
    code: i64,
    title: String,
    detail: Option<String>,
    /// What to make of it, in plain words.
    hint: Option<String>,
    /// Whether it may be sent again unchanged.
    retryable: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReplyToResponse {
    /// Null if it is not known here.
    message_id: Option<Uuid>,
    wamid: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReactionResponse {
    emoji: String,
    #[schema(schema_with = direction)]
    direction: Direction,
    created_at: DateTime<Utc>,
}

fn direction() -> Object {
    one_of(&["inbound", "outbound"])
}

fn origin() -> Object {
    one_of(&["greeting", "away", "phone"])
}

fn status() -> Object {
    one_of(&[
        "received",
        "queued",
        "sending",
        "sent",
        "delivered",
        "read",
        "failed",
        "uncertain",
    ])
}

impl From<Message> for MessageResponse {
    fn from(message: Message) -> Self {
        Self {
            id: message.id.uuid(),
            chat_id: message.chat_id.uuid(),
            account_id: message.account_id.uuid(),
            direction: message.direction,
            content: message.content.into(),
            status: message.status,
            error: message.error.map(Into::into),
            reply_to: message.reply_to.map(Into::into),
            reactions: message.reactions.into_iter().map(Into::into).collect(),
            sent_by: message.sent_by.map(domain::id::Id::uuid),
            origin: message.origin,
            wamid: message.wamid,
            context: message.context.map(camel_case),
            referral: message.referral.map(camel_case),
            created_at: message.created_at,
            sent_at: message.sent_at,
            delivered_at: message.delivered_at,
            read_at: message.read_at,
            failed_at: message.failed_at,
            edited_at: message.edited_at,
            revoked_at: message.revoked_at,
        }
    }
}

impl From<MessageError> for MessageErrorResponse {
    fn from(error: MessageError) -> Self {
        Self {
            code: error.code,
            title: error.title,
            detail: error.detail,
            hint: error.hint,
            retryable: error.retryable,
        }
    }
}

impl From<ReplyTo> for ReplyToResponse {
    fn from(reply_to: ReplyTo) -> Self {
        Self {
            message_id: reply_to.message_id.map(domain::id::Id::uuid),
            wamid: reply_to.wamid,
        }
    }
}

impl From<Reaction> for ReactionResponse {
    fn from(reaction: Reaction) -> Self {
        Self {
            emoji: reaction.emoji,
            direction: reaction.direction,
            created_at: reaction.created_at,
        }
    }
}
