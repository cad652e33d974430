//! The customer's side: what they write becomes a webhook.

mod content;

use std::mem;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

pub use content::{InboundContent, MediaFile, OrderItem};

use crate::{Customer, Simulator, accounts::Number, ids, media::Media, wire};

/// A webhook that was not delivered yet.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The ids of its messages, in order.
    pub wamids: Vec<String>,
    pub body: Vec<u8>,
}

/// A message that a customer wrote.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedMessage {
    pub(crate) wamid: String,
    pub(crate) phone_number_id: String,
    /// The customer's phone number, or else user id.
    pub(crate) from: String,
    /// The message object of the webhook.
    pub(crate) body: Value,
    pub(crate) at: DateTime<Utc>,
}

impl Simulator {
    /// The customer writes to the number. The webhook is delivered before this returns, if the
    /// callback takes it at the first try; else it is repeated in the background, which
    /// [`idle`](Self::idle) waits for. Answers the message's wamid.
    pub async fn customer_sends(
        &self,
        phone_number_id: &str,
        from: &Customer,
        content: InboundContent,
    ) -> String {
        let mut composed = self.compose(phone_number_id, &[(from, content)]);
        self.post(composed.body).await;
        composed.wamids.pop().unwrap_or_default()
    }

    /// Writes the webhook of these messages, one after the other in one delivery, without
    /// delivering it. For Meta the customers have written: windows open, media are there. Also
    /// numbers that the simulator does not know can be written to.
    pub fn compose(
        &self,
        phone_number_id: &str,
        messages: &[(&Customer, InboundContent)],
    ) -> Composed {
        let number = self.number_or_stranger(phone_number_id);
        let mut contacts: Vec<Value> = Vec::new();
        let mut objects = Vec::new();
        let mut wamids = Vec::new();
        for (customer, content) in messages {
            let contact = contact_object(customer);
            if !contacts.contains(&contact) {
                contacts.push(contact);
            }
            let received = self.receive(&number, customer, content);
            wamids.push(received.wamid);
            objects.push(received.body);
        }
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": metadata(&number),
            "contacts": contacts,
            "messages": objects,
        });
        Composed {
            wamids,
            body: wire::to_bytes(&envelope(&number, &value)),
        }
    }

    fn number_or_stranger(&self, phone_number_id: &str) -> Number {
        let known = self.state().accounts.number_or_provision(phone_number_id);
        known.unwrap_or_else(|| Number {
            business_account_id: "0".to_owned(),
            phone_number_id: phone_number_id.to_owned(),
            display_phone_number: "15550100000".to_owned(),
            access_token: String::new(),
            verified_name: String::new(),
        })
    }

    fn receive(
        &self,
        number: &Number,
        customer: &Customer,
        content: &InboundContent,
    ) -> ReceivedMessage {
        let now = self.now();
        let key = customer.key();
        let mut message = sender(customer);
        message.insert("id".to_owned(), ids::wamid(&key).into());
        message.insert("timestamp".to_owned(), now.timestamp().to_string().into());
        message.extend(self.content_object(number, content));
        let received = ReceivedMessage {
            wamid: message["id"].as_str().unwrap_or_default().to_owned(),
            phone_number_id: number.phone_number_id.clone(),
            from: key.clone(),
            body: Value::Object(message),
            at: now,
        };

        let mut state = self.state();
        state.contacts.remember(customer);
        let chat = state.contacts.chat_mut(&number.phone_number_id, &key);
        if content.opens_window() {
            chat.last_inbound = Some(now);
        }
        state.pace.count(&number.phone_number_id, now);
        state.received.push(received.clone());
        received
    }

    /// The keys of a message object that depend on its content.
    fn content_object(&self, number: &Number, content: &InboundContent) -> Map<String, Value> {
        let (kind, object) = match content {
            InboundContent::Text { body } => ("text", json!({"body": body})),
            InboundContent::Image { file, caption } => {
                let details = json!({"caption": caption});
                ("image", self.media_object(number, file, details))
            }
            InboundContent::Video { file, caption } => {
                let details = json!({"caption": caption});
                ("video", self.media_object(number, file, details))
            }
            InboundContent::Audio { file, voice } => (
                "audio",
                self.media_object(number, file, json!({"voice": voice})),
            ),
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
            InboundContent::ButtonReply { id, title } => (
                "interactive",
                json!({"type": "button_reply", "button_reply": {"id": id, "title": title}}),
            ),
            InboundContent::ListReply {
                id,
                title,
                description,
            } => {
                let mut reply = json!({"id": id, "title": title, "description": description});
                drop_nulls(&mut reply);
                (
                    "interactive",
                    json!({"type": "list_reply", "list_reply": reply}),
                )
            }
            InboundContent::Button { payload, text } => {
                ("button", json!({"payload": payload, "text": text}))
            }
            InboundContent::Reaction { message_id, emoji } => (
                "reaction",
                json!({"message_id": message_id, "emoji": emoji}),
            ),
            InboundContent::Reply {
                message_id,
                content,
            } => {
                let mut object = self.content_object(number, content);
                let answered = json!({"from": number.wa_id(), "id": message_id});
                object.insert("context".to_owned(), answered);
                return object;
            }
            InboundContent::Raw { message } => return message.clone(),
        };
        let mut object = object;
        drop_nulls(&mut object);
        Map::from_iter([("type".to_owned(), kind.into()), (kind.to_owned(), object)])
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

/// A whole webhook of one change.
pub(crate) fn envelope(number: &Number, value: &Value) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": number.business_account_id,
            "changes": [{"field": "messages", "value": value}],
        }],
    })
}

pub(crate) fn metadata(number: &Number) -> Value {
    json!({
        "display_phone_number": number.wa_id(),
        "phone_number_id": number.phone_number_id,
    })
}

/// An item of `contacts[]`.
pub(crate) fn contact_object(customer: &Customer) -> Value {
    let name = Some(&customer.name).filter(|name| !name.is_empty());
    let mut profile = json!({"name": name, "username": customer.username});
    drop_nulls(&mut profile);
    let is_known = profile != json!({});
    let mut contact = json!({
        "profile": is_known.then_some(profile),
        "wa_id": customer.phone,
        "user_id": customer.user_id,
    });
    drop_nulls(&mut contact);
    contact
}

fn sender(customer: &Customer) -> Map<String, Value> {
    let phone = customer
        .phone
        .clone()
        .map(|phone| ("from".to_owned(), phone.into()));
    let user = customer.user_id.clone();
    let user = user.map(|user_id| ("from_user_id".to_owned(), user_id.into()));
    phone.into_iter().chain(user).collect()
}

/// Meta leaves out what is not there.
pub(crate) fn drop_nulls(value: &mut Value) {
    if let Value::Object(object) = value {
        let kept = mem::take(object)
            .into_iter()
            .filter(|(_, value)| !value.is_null());
        *object = kept.collect();
    }
}
