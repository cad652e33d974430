//! Contents as Meta writes them in webhooks.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{InboundContent, MediaFile};
use crate::{Simulator, accounts::Number, envelope::drop_nulls, media::Media, wire};

impl Simulator {
    /// The keys of a message object that depend on its content.
    pub(crate) fn content_object(
        &self,
        number: &Number,
        content: &InboundContent,
    ) -> Map<String, Value> {
        match content {
            InboundContent::Reply {
                message_id,
                content,
            } => {
                let answered = json!({"from": number.wa_id(), "id": message_id});
                self.with(number, content, "context", answered)
            }
            InboundContent::Forwarded {
                content,
                many_times,
            } => {
                let how = if *many_times {
                    "frequently_forwarded"
                } else {
                    "forwarded"
                };
                self.with(number, content, "context", json!({how: true}))
            }
            InboundContent::AboutProduct {
                catalog_id,
                product_retailer_id,
                message_id,
                content,
            } => {
                let mut product = json!({
                    "from": number.wa_id(),
                    "id": message_id,
                    "referred_product": {
                        "catalog_id": catalog_id,
                        "product_retailer_id": product_retailer_id,
                    },
                });
                drop_nulls(&mut product);
                self.with(number, content, "context", product)
            }
            InboundContent::FromAd { referral, content } => {
                self.with(number, content, "referral", json!(referral))
            }
            InboundContent::RequestWelcome => {
                Map::from_iter([("type".to_owned(), "request_welcome".into())])
            }
            InboundContent::Unsupported { kind } => unsupported(kind.as_deref()),
            InboundContent::Raw { message } => message.clone(),
            content => {
                let (kind, mut object) = self.typed_object(number, content);
                drop_nulls(&mut object);
                Map::from_iter([("type".to_owned(), kind.into()), (kind.to_owned(), object)])
            }
        }
    }

    /// The content, with one more key beside it.
    fn with(
        &self,
        number: &Number,
        content: &InboundContent,
        key: &str,
        value: Value,
    ) -> Map<String, Value> {
        let mut object = self.content_object(number, content);
        object.insert(key.to_owned(), value);
        object
    }

    /// The type, and the object of that name.
    fn typed_object(&self, number: &Number, content: &InboundContent) -> (&'static str, Value) {
        match content {
            InboundContent::Text { body } => ("text", json!({"body": body})),
            InboundContent::Image { file, caption } => {
                let details = json!({"caption": caption});
                ("image", self.media_object(number, file, details))
            }
            InboundContent::Video { file, caption } => {
                let details = json!({"caption": caption});
                ("video", self.media_object(number, file, details))
            }
            InboundContent::Audio { file, voice } => {
                let details = json!({"voice": voice});
                ("audio", self.media_object(number, file, details))
            }
            InboundContent::Document {
                file,
                filename,
                caption,
            } => {
                let details = json!({"filename": filename, "caption": caption});
                ("document", self.media_object(number, file, details))
            }
            InboundContent::Sticker { file, animated } => {
                let details = json!({"animated": animated});
                ("sticker", self.media_object(number, file, details))
            }
            InboundContent::Edit {
                message_id,
                content,
            } => (
                "edit",
                json!({
                    "original_message_id": message_id,
                    "message": self.content_object(number, content),
                }),
            ),
            content => plain_object(content),
        }
    }

    /// Keeps the file and describes it as webhooks do: its sha256 in base64, a URL for 5 minutes.
    fn media_object(&self, number: &Number, file: &MediaFile, details: Value) -> Value {
        let now = self.now();
        let mut state = self.state();
        let bytes = file.bytes.clone();
        let media = Media::received(&number.phone_number_id, &file.mime_type, bytes, now);
        let mut object = details;
        object["id"] = json!(media.id);
        object["mime_type"] = json!(media.mime_type);
        object["sha256"] = json!(STANDARD.encode(wire::sha256(&media.bytes)));
        object["url"] = json!(media.url(&state.public_url, &self.inner.settings.app_secret, now));
        state.media.add(media);
        object
    }
}

/// The type and object of contents without files.
fn plain_object(content: &InboundContent) -> (&'static str, Value) {
    match content {
        InboundContent::Location {
            latitude,
            longitude,
            name,
            address,
        } => (
            "location",
            json!({"latitude": latitude, "longitude": longitude, "name": name, "address": address}),
        ),
        InboundContent::Contacts { contacts } => ("contacts", json!(contacts)),
        InboundContent::Order {
            catalog_id,
            text,
            items,
        } => (
            "order",
            json!({"catalog_id": catalog_id, "text": text, "product_items": items}),
        ),
        InboundContent::ButtonReply { id, title } => {
            interactive("button_reply", json!({"id": id, "title": title}))
        }
        InboundContent::ListReply {
            id,
            title,
            description,
        } => interactive(
            "list_reply",
            json!({"id": id, "title": title, "description": description}),
        ),
        InboundContent::FlowReply {
            name,
            body,
            response,
        } => interactive(
            "nfm_reply",
            json!({"name": name, "body": body, "response_json": response.to_string()}),
        ),
        InboundContent::Button { payload, text } => {
            ("button", json!({"payload": payload, "text": text}))
        }
        InboundContent::Reaction { message_id, emoji } => (
            "reaction",
            json!({"message_id": message_id, "emoji": emoji}),
        ),
        InboundContent::Revoke { message_id } => {
            ("revoke", json!({"original_message_id": message_id}))
        }
        // The others are more than a type and an object of that name.
        _ => ("unknown", Value::Null),
    }
}

fn interactive(kind: &str, mut reply: Value) -> (&'static str, Value) {
    drop_nulls(&mut reply);
    ("interactive", json!({"type": kind, kind: reply}))
}

fn unsupported(kind: Option<&str>) -> Map<String, Value> {
    let title = "Message type unknown";
    let details = "Message type is currently not supported.";
    let error = json!({
        "code": 131_051,
        "title": title,
        "message": title,
        "error_data": {"details": details},
    });
    let mut object = Map::from_iter([
        ("type".to_owned(), "unsupported".into()),
        ("errors".to_owned(), json!([error])),
    ]);
    if let Some(kind) = kind {
        object.insert("unsupported".to_owned(), json!({"type": kind}));
    }
    object
}
