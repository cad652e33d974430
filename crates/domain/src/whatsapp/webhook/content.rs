//! What a message says.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Number, Value};

use super::read;
use crate::{
    chats::{Attachment, Cart, CartItem, Location, MessageContent, Text},
    id::Id,
    whatsapp::{MediaId, MediaKind, MetaError},
};

/// A file that came with a message: not the file itself, but where it can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The id under which the message's content names it.
    pub media_id: MediaId,
    pub kind: MediaKind,
    /// Meta's id, good for 7 days.
    pub meta_id: String,
    /// Good for 5 minutes.
    pub url: Option<String>,
    pub mime_type: String,
    /// Lower-case hex.
    pub sha256: Option<String>,
    pub filename: Option<String>,
}

/// Reads the object that is named like the message's type. Whatever cannot be read so is
/// kept whole, as unsupported.
pub(super) fn read_content(message: &Value) -> (MessageContent, Option<File>) {
    let kind = read::text(message, "type").unwrap_or_else(|| "unknown".into());
    let object = message.get(&kind).unwrap_or(&Value::Null);
    let media = match kind.as_str() {
        "image" => Some(MediaKind::Image),
        "video" => Some(MediaKind::Video),
        "audio" | "voice" => Some(MediaKind::Audio),
        "document" => Some(MediaKind::Document),
        "sticker" => Some(MediaKind::Sticker),
        _ => None,
    };
    let read = match (media, kind.as_str()) {
        (Some(media), _) => read_file(media, object),
        (None, "edit") => read_edit(object),
        (None, kind) => read_plain(kind, object).map(|content| (content, None)),
    };
    read.unwrap_or_else(|| (unsupported(kind, message), None))
}

fn read_plain(kind: &str, object: &Value) -> Option<MessageContent> {
    Some(match kind {
        "text" => MessageContent::Text(Text {
            body: object.get("body")?.as_str()?.to_owned(),
            preview_url: false,
        }),
        "location" => MessageContent::Location(Location {
            latitude: read::decimal(object, "latitude")?,
            longitude: read::decimal(object, "longitude")?,
            name: read::text(object, "name"),
            address: read::text(object, "address"),
            url: read::text(object, "url"),
        }),
        "contacts" => MessageContent::Contacts(object.as_array()?.clone()),
        "interactive" => MessageContent::Interactive(read_interactive(object)?),
        "button" => read_button(object)?,
        "order" => MessageContent::Order(read_cart(object)?),
        "reaction" => MessageContent::Reaction {
            message_id: read::text(object, "message_id")?,
            emoji: read::text(object, "emoji"),
        },
        "revoke" => MessageContent::Revoke {
            message_id: read::text(object, "original_message_id")?,
        },
        "system" => MessageContent::System(object.as_object().map(|_| object.clone())?),
        "request_welcome" => MessageContent::RequestWelcome,
        _ => return None,
    })
}

fn read_button(object: &Value) -> Option<MessageContent> {
    let payload = read::text(object, "payload");
    let text = read::text(object, "text");
    (payload.is_some() || text.is_some()).then_some(MessageContent::Button { payload, text })
}

fn read_file(kind: MediaKind, object: &Value) -> Option<(MessageContent, Option<File>)> {
    let file = File {
        media_id: Id::generate(),
        kind,
        meta_id: read::text(object, "id")?,
        url: read::text(object, "url"),
        mime_type: read::text(object, "mime_type")
            .unwrap_or_else(|| "application/octet-stream".into()),
        sha256: read::text(object, "sha256").and_then(|digest| hex_digest(&digest)),
        filename: read::text(object, "filename"),
    };
    let attachment = Attachment {
        media_id: file.media_id,
        mime_type: file.mime_type.clone(),
        caption: read::text(object, "caption"),
        filename: file.filename.clone(),
        voice: read::boolean(object, "voice"),
        animated: read::boolean(object, "animated"),
    };
    let content = match kind {
        MediaKind::Image => MessageContent::Image(attachment),
        MediaKind::Video => MessageContent::Video(attachment),
        MediaKind::Audio => MessageContent::Audio(attachment),
        MediaKind::Document => MessageContent::Document(attachment),
        MediaKind::Sticker => MessageContent::Sticker(attachment),
    };
    Some((content, Some(file)))
}

/// Webhooks have digests in base64, the rest of the API in hex. Anything else is no digest.
fn hex_digest(digest: &str) -> Option<String> {
    const SHA256_LENGTH: usize = 32;
    let is_hex = digest.len() == 2 * SHA256_LENGTH && digest.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex {
        return Some(digest.to_ascii_lowercase());
    }
    let bytes = BASE64_STANDARD.decode(digest).ok()?;
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in &bytes {
        write!(hex, "{byte:02x}").ok()?;
    }
    (bytes.len() == SHA256_LENGTH).then_some(hex)
}

fn read_edit(object: &Value) -> Option<(MessageContent, Option<File>)> {
    let message_id = read::text(object, "original_message_id")?;
    let (content, file) = read_content(object.get("message").filter(|m| m.is_object())?);
    let edit = MessageContent::Edit {
        message_id,
        content: Box::new(content),
    };
    Some((edit, file))
}

fn read_interactive(object: &Value) -> Option<Value> {
    object.as_object()?;
    let mut reply = object.clone();
    if let Some(flow) = reply.get_mut("nfm_reply").and_then(Value::as_object_mut)
        && let Some(response) = flow.get("response_json").and_then(Value::as_str)
        && let Some(response) = read::value(response)
    {
        flow.insert("response".into(), response);
    }
    Some(reply)
}

fn read_cart(object: &Value) -> Option<Cart> {
    let items = read::items(object, "product_items");
    let cart = Cart {
        catalog_id: read::text(object, "catalog_id")?,
        text: read::text(object, "text"),
        product_items: items.iter().map(read_cart_item).collect::<Option<_>>()?,
        products: Vec::new(),
    };
    (!cart.product_items.is_empty()).then_some(cart)
}

fn read_cart_item(item: &Value) -> Option<CartItem> {
    Some(CartItem {
        product_retailer_id: read::text(item, "product_retailer_id")?,
        quantity: read::integer(item, "quantity")?,
        item_price: read_price(item)?,
        currency: read::text(item, "currency")?,
    })
}

fn read_price(item: &Value) -> Option<Number> {
    match item.get("item_price")? {
        Value::Number(price) => Some(price.clone()),
        Value::String(price) => price.trim().parse().ok(),
        _ => None,
    }
}

fn unsupported(kind: String, message: &Value) -> MessageContent {
    let named = message
        .get("unsupported")
        .and_then(|object| read::text(object, "type"));
    MessageContent::Unsupported {
        kind: named.unwrap_or(kind),
        errors: read::items(message, "errors")
            .iter()
            .map(read_error)
            .collect(),
        original: message.clone(),
    }
}

/// Source: cloud API 6.1, in the spelling of webhooks; older ones have `details` on top.
pub(super) fn read_error(error: &Value) -> MetaError {
    // 0 is a code of Meta's: that of a bad token.
    const NO_CODE: i64 = -1;
    let data = error.get("error_data");
    let details = data
        .and_then(|data| read::text(data, "details"))
        .or_else(|| data.and_then(Value::as_str).map(str::to_owned))
        .or_else(|| read::text(error, "details"));
    let title = read::text(error, "title").or_else(|| read::text(error, "message"));
    MetaError {
        code: read::integer(error, "code").unwrap_or(NO_CODE),
        subcode: read::integer(error, "error_subcode"),
        title: title.unwrap_or_else(|| "Meta gave no reason".into()),
        details,
        transient: read::boolean(error, "is_transient").unwrap_or_default(),
        server_error: false,
        trace_id: read::text(error, "fbtrace_id"),
    }
}
