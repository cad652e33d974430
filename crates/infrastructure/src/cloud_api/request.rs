//! What the Graph API is asked. Source: cloud API 2.

mod interactive;
mod template;
#[cfg(test)]
mod tests;

use domain::{
    chats::{Attachment, Location},
    whatsapp::{MediaKind, Outgoing, OutgoingContent, PhoneSync, Recipient},
};
use serde_json::{Map, Value, json};

pub(super) fn message(message: &Outgoing) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": message.message_id,
    });
    match &message.recipient {
        Recipient::Phone(digits) => body["to"] = international(digits).into(),
        Recipient::UserId(user_id) => body["recipient"] = user_id.as_str().into(),
    }
    if let Some(wamid) = &message.reply_to {
        body["context"] = json!({ "message_id": wamid });
    }
    let (kind, content) = content(&message.content);
    body["type"] = kind.into();
    body[kind] = content;
    body
}

pub(super) fn phone_sync(what: PhoneSync) -> Value {
    let sync_type = match what {
        PhoneSync::AddressBook => "smb_app_state_sync",
        PhoneSync::History => "history",
    };
    json!({ "messaging_product": "whatsapp", "sync_type": sync_type })
}

/// Without the plus sign Meta would put the business's own country code before it.
fn international(digits: &str) -> String {
    format!("+{}", digits.trim_start_matches('+'))
}

/// The message's type, and the object that is named like it.
fn content(content: &OutgoingContent) -> (&'static str, Value) {
    match content {
        OutgoingContent::Text(text) => (
            "text",
            json!({ "preview_url": text.preview_url, "body": text.body }),
        ),
        OutgoingContent::File {
            kind,
            meta_id,
            attachment,
        } => (kind.as_str(), file(*kind, meta_id, attachment)),
        OutgoingContent::Location(place) => ("location", location(place)),
        OutgoingContent::Contacts(cards) => ("contacts", cards.as_slice().into()),
        OutgoingContent::Reaction { wamid, emoji } => (
            "reaction",
            // An empty one takes the reaction back.
            json!({ "message_id": wamid, "emoji": emoji.as_deref().unwrap_or_default() }),
        ),
        OutgoingContent::Interactive {
            interactive,
            header_meta_id,
        } => (
            "interactive",
            interactive::object(interactive, header_meta_id.as_deref()),
        ),
        OutgoingContent::Template {
            template,
            header_meta_id,
        } => (
            "template",
            template::object(template, header_meta_id.as_deref()),
        ),
    }
}

fn file(kind: MediaKind, meta_id: &str, attachment: &Attachment) -> Value {
    let mut file = json!({ "id": meta_id });
    put(&mut file, "caption", attachment.caption.as_deref());
    put(&mut file, "filename", attachment.filename.as_deref());
    if kind == MediaKind::Audio && attachment.voice == Some(true) {
        file["voice"] = true.into();
    }
    file
}

fn location(place: &Location) -> Value {
    let mut location = json!({ "latitude": place.latitude, "longitude": place.longitude });
    put(&mut location, "name", place.name.as_deref());
    put(&mut location, "address", place.address.as_deref());
    location
}

/// The file in a header.
fn header_file(kind: MediaKind, meta_id: Option<&str>, filename: Option<&str>) -> Value {
    let mut file = json!({ "id": meta_id });
    put(&mut file, "filename", filename);
    let members = [
        ("type".to_owned(), kind.as_str().into()),
        (kind.as_str().to_owned(), file),
    ];
    Value::Object(Map::from_iter(members))
}

/// Meta takes no null for what is not there.
fn put(object: &mut Value, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        object[key] = value.into();
    }
}

pub(super) fn read_receipt(wamid: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "status": "read", "message_id": wamid })
}

/// Source: cloud API 8.
pub(super) fn block_users(user: &Recipient) -> Value {
    let user = match user {
        Recipient::Phone(digits) => json!({ "user": international(digits) }),
        Recipient::UserId(user_id) => json!({ "user_id": user_id }),
    };
    json!({ "messaging_product": "whatsapp", "block_users": [user] })
}

pub(super) fn typing_indicator(wamid: &str) -> Value {
    let mut body = read_receipt(wamid);
    body["typing_indicator"] = json!({ "type": "text" });
    body
}
