use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use thiserror::Error;

use crate::whatsapp::{MediaId, MediaKind, MetaError, TemplateParameters};

/// What a message says. The names of the kinds are Meta's. Source: cloud API 2.3 and 5.5.
///
/// Objects that are shown but not worked with are kept as Meta wrote them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "content", rename_all = "snake_case")]
pub enum MessageContent {
    Text(Text),
    Image(Attachment),
    Video(Attachment),
    Audio(Attachment),
    Document(Attachment),
    Sticker(Attachment),
    Location(Location),
    /// Contact cards.
    Contacts(Vec<Value>),
    /// A reply to buttons, a list or a flow. What a flow answers as a JSON string stands
    /// parsed under `response`.
    Interactive(Value),
    /// A template's quick reply was tapped.
    Button {
        payload: Option<String>,
        text: Option<String>,
    },
    Order(Cart),
    Reaction {
        /// The wamid of the message reacted to.
        message_id: String,
        /// None takes the reaction back.
        emoji: Option<String>,
    },
    /// The customer changed a message.
    Edit {
        /// The wamid of the message that was changed.
        message_id: String,
        content: Box<MessageContent>,
    },
    /// The customer deleted a message.
    Revoke {
        /// The wamid of the message that was deleted.
        message_id: String,
    },
    /// A change of the customer's number or identity.
    System(Value),
    /// The customer opened the chat for the first time.
    RequestWelcome,
    Template(TemplateUse),
    /// Kept whole, though nothing can be made of it.
    Unsupported {
        /// Meta's word for what it was.
        kind: String,
        errors: Vec<MetaError>,
        original: Value,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub body: String,
    pub preview_url: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    #[error("must not be empty")]
    Empty,
    #[error("must have at most 4096 characters")]
    TooLong,
}

impl Text {
    /// Source: cloud API 2.3.
    pub const MAX_LENGTH: usize = 4096;

    pub fn compose(body: String, preview_url: bool) -> Result<Self, TextError> {
        if body.trim().is_empty() {
            Err(TextError::Empty)
        } else if body.chars().count() > Self::MAX_LENGTH {
            Err(TextError::TooLong)
        } else {
            Ok(Self { body, preview_url })
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub media_id: MediaId,
    pub mime_type: String,
    pub caption: Option<String>,
    pub filename: Option<String>,
    /// Of audio: recorded as a voice message.
    pub voice: Option<bool>,
    /// Of stickers.
    pub animated: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    pub name: Option<String>,
    pub address: Option<String>,
    pub url: Option<String>,
}

/// What a customer wants to buy: prices are what the customer saw, to be checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    pub catalog_id: String,
    pub text: Option<String>,
    pub product_items: Vec<CartItem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartItem {
    pub product_retailer_id: String,
    pub quantity: i64,
    /// In the currency's major unit, as Meta wrote it: `9.99`.
    pub item_price: Number,
    pub currency: String,
}

/// A template by name, and what fills it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateUse {
    pub name: String,
    pub language: String,
    pub parameters: TemplateParameters,
}

impl MessageContent {
    /// Meta's word for the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Audio(_) => "audio",
            Self::Document(_) => "document",
            Self::Sticker(_) => "sticker",
            Self::Location(_) => "location",
            Self::Contacts(_) => "contacts",
            Self::Interactive(_) => "interactive",
            Self::Button { .. } => "button",
            Self::Order(_) => "order",
            Self::Reaction { .. } => "reaction",
            Self::Edit { .. } => "edit",
            Self::Revoke { .. } => "revoke",
            Self::System(_) => "system",
            Self::RequestWelcome => "request_welcome",
            Self::Template(_) => "template",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    /// The words in it, for lists and search.
    pub fn text(&self) -> Option<String> {
        let string = |value: &Value, pointer: &str| {
            value
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        match self {
            Self::Text(text) => Some(text.body.clone()),
            Self::Image(file) | Self::Video(file) | Self::Audio(file) | Self::Sticker(file) => {
                file.caption.clone()
            }
            Self::Document(file) => file.caption.clone().or_else(|| file.filename.clone()),
            Self::Location(place) => place.name.clone().or_else(|| place.address.clone()),
            Self::Contacts(cards) => {
                let names: Vec<_> = cards
                    .iter()
                    .filter_map(|card| string(card, "/name/formatted_name"))
                    .collect();
                (!names.is_empty()).then(|| names.join(", "))
            }
            Self::Interactive(reply) => string(reply, "/button_reply/title")
                .or_else(|| string(reply, "/list_reply/title"))
                .or_else(|| string(reply, "/nfm_reply/body"))
                .or_else(|| string(reply, "/call_permission_reply/response")),
            Self::Button { text, payload } => text.clone().or_else(|| payload.clone()),
            Self::Order(cart) => cart.text.clone().filter(|text| !text.is_empty()),
            Self::Reaction { emoji, .. } => emoji.clone(),
            Self::Edit { content, .. } => content.text(),
            Self::System(change) => string(change, "/body"),
            Self::Template(template) => Some(template.name.clone()),
            Self::Revoke { .. } | Self::RequestWelcome | Self::Unsupported { .. } => None,
        }
    }

    /// Whether it speaks of another message rather than for itself. Such a message is kept,
    /// but neither unread nor a chat's last one.
    pub fn is_annotation(&self) -> bool {
        matches!(
            self,
            Self::Reaction { .. } | Self::Edit { .. } | Self::Revoke { .. }
        )
    }

    /// Whether, coming from a customer, it opens the service window. Reactions, system
    /// messages and the first opening of a chat do not. Source: cloud API 7 and 11.
    pub fn opens_service_window(&self) -> bool {
        !self.is_annotation() && !matches!(self, Self::System(_) | Self::RequestWelcome)
    }

    /// Whether it may be sent after the service window has closed.
    pub fn may_leave_window(&self) -> bool {
        matches!(self, Self::Template(_))
    }

    pub fn attachment(&self) -> Option<(MediaKind, &Attachment)> {
        match self {
            Self::Image(file) => Some((MediaKind::Image, file)),
            Self::Video(file) => Some((MediaKind::Video, file)),
            Self::Audio(file) => Some((MediaKind::Audio, file)),
            Self::Document(file) => Some((MediaKind::Document, file)),
            Self::Sticker(file) => Some((MediaKind::Sticker, file)),
            Self::Edit { content, .. } => content.attachment(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_neither_empty_nor_longer_than_meta_takes() {
        assert_eq!(Text::compose(" \n".into(), false), Err(TextError::Empty));
        assert!(Text::compose("é".repeat(4096), false).is_ok());
        assert_eq!(
            Text::compose("é".repeat(4097), false),
            Err(TextError::TooLong)
        );
    }

    #[test]
    fn content_survives_being_stored() {
        let content = MessageContent::Edit {
            message_id: "wamid.1".into(),
            content: Box::new(MessageContent::RequestWelcome),
        };
        let stored = serde_json::to_string(&content).unwrap();
        assert_eq!(
            serde_json::from_str::<MessageContent>(&stored).unwrap(),
            content
        );
    }
}
