use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// What a customer sends.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InboundContent {
    Text {
        body: String,
    },
    Image {
        file: MediaFile,
        caption: Option<String>,
    },
    Video {
        file: MediaFile,
        caption: Option<String>,
    },
    Audio {
        file: MediaFile,
        /// Recorded in the chat, rather than a sound file.
        #[serde(default)]
        voice: bool,
    },
    Document {
        file: MediaFile,
        filename: Option<String>,
        caption: Option<String>,
    },
    Sticker {
        file: MediaFile,
        #[serde(default)]
        animated: bool,
    },
    Location {
        latitude: f64,
        longitude: f64,
        name: Option<String>,
        address: Option<String>,
    },
    /// Contact cards, as Meta writes them.
    Contacts {
        contacts: Vec<Value>,
    },
    /// A cart.
    Order {
        catalog_id: String,
        text: Option<String>,
        items: Vec<OrderItem>,
    },
    /// A tap on a reply button of an interactive message.
    ButtonReply {
        id: String,
        title: String,
    },
    /// A choice from an interactive list.
    ListReply {
        id: String,
        title: String,
        description: Option<String>,
    },
    /// A tap on a quick reply of a template.
    Button {
        payload: String,
        text: String,
    },
    /// `emoji` is none when the reaction is taken back.
    Reaction {
        message_id: String,
        emoji: Option<String>,
    },
    /// What a filled-in form (a flow, an address) says; `response` is sent as a string of JSON.
    FlowReply {
        name: String,
        body: String,
        response: Value,
    },
    /// Another content in the place of the one that was sent as `message_id`.
    Edit {
        message_id: String,
        content: Box<InboundContent>,
    },
    /// The message is deleted for everyone.
    Revoke {
        message_id: String,
    },
    /// What Meta passes on by name only, such as `poll_creation`, or not even that.
    Unsupported {
        kind: Option<String>,
    },
    /// The chat was opened for the first time.
    RequestWelcome,
    /// Any content that was passed on from another chat.
    Forwarded {
        content: Box<InboundContent>,
        #[serde(default)]
        many_times: bool,
    },
    /// Any content as a question about a product, which was seen in a message or the catalog.
    AboutProduct {
        catalog_id: String,
        product_retailer_id: String,
        message_id: Option<String>,
        content: Box<InboundContent>,
    },
    /// Any content as the first one after a tap on an ad, which Meta describes in `referral`.
    FromAd {
        referral: Map<String, Value>,
        content: Box<InboundContent>,
    },
    /// Any content as an answer to the message `message_id`.
    Reply {
        message_id: String,
        content: Box<InboundContent>,
    },
    /// A message object of one's own, for whatever is not listed here: `type`, the object of that
    /// name, and whatever else. Sender, id and time are added unless they are there.
    Raw {
        message: Map<String, Value>,
    },
}

/// A file that a customer sends. In JSON, `data` is the bytes in base64.
#[derive(Clone, Debug, Deserialize)]
pub struct MediaFile {
    pub mime_type: String,
    #[serde(rename = "data", deserialize_with = "from_base64")]
    pub bytes: Bytes,
}

/// A line of a cart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderItem {
    pub product_retailer_id: String,
    pub quantity: u32,
    /// In units of the currency, as Meta writes it: 12.5.
    pub item_price: f64,
    /// ISO 4217.
    pub currency: String,
}

impl InboundContent {
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text { body: body.into() }
    }

    pub fn image(bytes: impl Into<Bytes>, mime_type: impl Into<String>) -> Self {
        Self::Image {
            file: MediaFile {
                mime_type: mime_type.into(),
                bytes: bytes.into(),
            },
            caption: None,
        }
    }

    pub fn raw(message: Value) -> Self {
        let message = match message {
            Value::Object(message) => message,
            _ => Map::new(),
        };
        Self::Raw { message }
    }

    #[must_use]
    pub fn in_reply_to(self, wamid: impl Into<String>) -> Self {
        Self::Reply {
            message_id: wamid.into(),
            content: Box::new(self),
        }
    }

    /// Whether Meta opens the service window for it.
    pub(super) fn opens_window(&self) -> bool {
        match self {
            Self::Reaction { .. }
            | Self::Edit { .. }
            | Self::Revoke { .. }
            | Self::RequestWelcome => false,
            Self::Reply { content, .. }
            | Self::Forwarded { content, .. }
            | Self::AboutProduct { content, .. }
            | Self::FromAd { content, .. } => content.opens_window(),
            Self::Raw { message } => {
                let kind = message.get("type").and_then(Value::as_str);
                !matches!(kind, Some("reaction" | "request_welcome" | "system"))
            }
            _ => true,
        }
    }
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
    Ok(bytes.into())
}
