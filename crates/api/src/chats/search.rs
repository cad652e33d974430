use actix_web::{
    get,
    web::{Data, Json},
};
use application::Application;
use chrono::{DateTime, Utc};
use domain::chats::{ExcerptPart, FoundMessage, MessageFilter};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{ChatResponse, MessageResponse};
use crate::{
    extract::Authenticated,
    list::{ListParameters, ListQuery, ListResponse},
    problem::{Fault, Problem},
};

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SearchParameters {
    /// Words that must all be in the message; their beginnings suffice, but where another word
    /// follows without a space (`AB-12`). Case and accents do not matter.
    #[garde(length(chars, max = 200))]
    q: String,
    /// Only messages of this chat.
    #[garde(skip)]
    chat_id: Option<Uuid>,
    #[garde(skip)]
    from: Option<DateTime<Utc>>,
    /// Excluded.
    #[garde(skip)]
    to: Option<DateTime<Utc>>,
    #[garde(skip)]
    #[param(inline)]
    r#type: Option<SearchedType>,
}

/// What a message that has words can be.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SearchedType {
    Text,
    Image,
    Video,
    Audio,
    Document,
    Sticker,
    Location,
    Contacts,
    Interactive,
    Button,
    Order,
    System,
    Template,
}

impl SearchedType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
            Self::Location => "location",
            Self::Contacts => "contacts",
            Self::Interactive => "interactive",
            Self::Button => "button",
            Self::Order => "order",
            Self::System => "system",
            Self::Template => "template",
        }
    }
}

/// A message that was found. `GET /api/chats/{chatId}/messages?around=` shows it among those
/// around it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundMessageResponse {
    message: MessageResponse,
    chat: ChatResponse,
    /// The text around the first word that fits, in parts that follow each other.
    excerpt: Vec<ExcerptPartResponse>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ExcerptPartResponse {
    text: String,
    /// Whether it is a word that fits, to be highlighted.
    is_match: bool,
}

impl From<FoundMessage> for FoundMessageResponse {
    fn from(found: FoundMessage) -> Self {
        Self {
            message: found.message.into(),
            chat: found.chat.into(),
            excerpt: found.excerpt.0.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ExcerptPart> for ExcerptPartResponse {
    fn from(part: ExcerptPart) -> Self {
        Self {
            text: part.text,
            is_match: part.is_match,
        }
    }
}

impl From<&SearchParameters> for MessageFilter {
    fn from(parameters: &SearchParameters) -> Self {
        Self {
            chat_id: parameters.chat_id.map(Into::into),
            kind: parameters.r#type.map(|kind| kind.as_str().to_owned()),
            from: parameters.from,
            to: parameters.to,
            ..Self::default()
        }
    }
}

/// Search messages
///
/// Newest first. `q` needs at least two letters or digits. In writing without spaces, such
/// as Chinese and Thai, any part of a text is found. Deleted messages are not found, and
/// what is found is not counted: `include=total` is refused.
#[utoipa::path(tag = "chats", params(ListParameters, SearchParameters),
    responses((status = 200, body = ListResponse<FoundMessageResponse>)))]
#[get("/messages/search")]
pub(super) async fn search_messages(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery<SearchParameters>,
) -> Result<Json<ListResponse<FoundMessageResponse>>, Problem> {
    if query.include_total {
        let fault = Fault::new("/include", "unsupported", "is not possible for searches");
        return Err(Problem::invalid(vec![fault]));
    }
    let filter = MessageFilter::from(&query.filter);
    let found = application
        .chats
        .search_messages(&actor, &query.filter.q, &filter, query.page)
        .await?;
    Ok(Json(ListResponse::new(found.map(Into::into), None)))
}
