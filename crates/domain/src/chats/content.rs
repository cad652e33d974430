use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use thiserror::Error;

use super::{ContentFaults, Interactive, NamedProduct, TemplateUse};
use crate::whatsapp::{MediaId, MediaKind, MetaError};

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
    /// What such replies are to; written here.
    InteractiveMessage(Interactive),
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
    /// What it said is not kept any more.
    Expired {
        /// What `kind` answered while it was.
        kind: String,
    },
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

impl Attachment {
    const MAX_CAPTION: usize = 1024;
    pub(super) const MAX_FILENAME: usize = 240;

    /// Tells what Meta would refuse of a file that is sent as this. Source: cloud API 2.3.
    pub fn check(&self, kind: MediaKind, faults: &mut ContentFaults) {
        use MediaKind::{Audio, Document, Sticker};
        let detail = "does not go with this type";
        match &self.caption {
            Some(_) if matches!(kind, Audio | Sticker) => faults.unexpected("/caption", detail),
            Some(caption) if caption.chars().count() > Self::MAX_CAPTION => {
                let detail = format!("must have at most {} characters", Self::MAX_CAPTION);
                faults.add("/caption", "too_long", detail);
            }
            _ => {}
        }
        match &self.filename {
            Some(_) if kind != Document => faults.unexpected("/filename", detail),
            filename => {
                faults.optional_text("/filename", filename.as_deref(), Self::MAX_FILENAME);
            }
        }
        if self.voice.is_some() && kind != Audio {
            faults.unexpected("/voice", detail);
        }
    }
}

impl Location {
    const MAX_LINE: usize = 1000;

    /// Tells what Meta would refuse of a place; `at` is where it stands.
    pub fn check(&self, at: &str, faults: &mut ContentFaults) {
        for (name, value, limit) in [
            ("latitude", self.latitude, 90.0),
            ("longitude", self.longitude, 180.0),
        ] {
            if !(-limit..=limit).contains(&value) {
                let detail = format!("must be from -{limit} to {limit}");
                faults.add(format!("{at}/{name}"), "out_of_range", detail);
            }
        }
        for (name, line) in [("name", &self.name), ("address", &self.address)] {
            faults.optional_text(format!("{at}/{name}"), line.as_deref(), Self::MAX_LINE);
        }
    }
}

/// What a customer wants to buy: prices are what the customer saw, to be checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    pub catalog_id: String,
    pub text: Option<String>,
    pub product_items: Vec<CartItem>,
    /// Those of them that are known here.
    #[serde(default)]
    pub products: Vec<NamedProduct>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartItem {
    pub product_retailer_id: String,
    pub quantity: i64,
    /// In the currency's major unit, as Meta wrote it: `9.99`.
    pub item_price: Number,
    pub currency: String,
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
            Self::Interactive(_) | Self::InteractiveMessage(_) => "interactive",
            Self::Button { .. } => "button",
            Self::Order(_) => "order",
            Self::Reaction { .. } => "reaction",
            Self::Edit { .. } => "edit",
            Self::Revoke { .. } => "revoke",
            Self::System(_) => "system",
            Self::RequestWelcome => "request_welcome",
            Self::Template(_) => "template",
            Self::Expired { .. } => "expired",
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
            Self::InteractiveMessage(message) => message.text().map(str::to_owned),
            Self::Button { text, payload } => text.clone().or_else(|| payload.clone()),
            Self::Order(cart) => cart.text.clone().filter(|text| !text.is_empty()),
            Self::Reaction { emoji, .. } => emoji.clone(),
            Self::Edit { content, .. } => content.text(),
            Self::System(change) => string(change, "/body"),
            Self::Template(template) => Some(template.name.clone()),
            Self::Revoke { .. }
            | Self::RequestWelcome
            | Self::Expired { .. }
            | Self::Unsupported { .. } => None,
        }
    }

    /// The wamid of the message that it speaks of rather than for itself.
    pub fn annotates(&self) -> Option<&str> {
        match self {
            Self::Reaction { message_id, .. }
            | Self::Edit { message_id, .. }
            | Self::Revoke { message_id } => Some(message_id),
            _ => None,
        }
    }

    /// Whether it speaks of another message rather than for itself. Such a message is kept,
    /// but neither unread nor a chat's last one.
    pub fn is_annotation(&self) -> bool {
        self.annotates().is_some()
    }

    /// Whether, coming from a customer, it opens the service window. Reactions, system
    /// messages and the first opening of a chat do not. Source: cloud API 7 and 11.
    pub fn opens_service_window(&self) -> bool {
        !self.is_annotation() && !matches!(self, Self::System(_) | Self::RequestWelcome)
    }

    /// Whether it stands for a file that comes later, in a delivery of its own. Source: cloud
    /// API 5.5, coexistence.
    pub fn awaits_file(&self) -> bool {
        matches!(self, Self::Unsupported { kind, .. } if kind == "media_placeholder")
    }

    /// Whether it may be sent after the service window has closed.
    pub fn may_leave_window(&self) -> bool {
        matches!(self, Self::Template(_))
    }

    /// The stored file that goes with it: as what, and which.
    pub fn file(&self) -> Option<(MediaKind, MediaId)> {
        match self {
            Self::InteractiveMessage(message) => message.file(),
            Self::Template(template) => template.file(),
            other => other.attachment().map(|(kind, file)| (kind, file.media_id)),
        }
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

/// Whether Meta shows it as a reaction: one emoji, whole. Source: cloud API 2.3.
pub fn is_emoji(text: &str) -> bool {
    emojis::get(text).is_some()
}

#[cfg(test)]
mod tests;
