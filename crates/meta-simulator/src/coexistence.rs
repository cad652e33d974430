//! Numbers that are also used with the WhatsApp Business app: what the owner does on the phone
//! reaches the program too.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    Customer, InboundContent, Simulator,
    accounts::Number,
    envelope::{contact_object, drop_nulls, envelope, value},
    ids,
    inbound::ReceivedMessage,
    wire,
};

/// A part of the chats from before the program was connected.
#[derive(Clone, Debug, Deserialize)]
pub struct History {
    /// 0 is the last day, 1 the days up to 90, 2 those up to 180.
    pub phase: u8,
    /// Parts of a phase may come in any order, which this tells.
    pub chunk_order: u32,
    /// In percent. 100 is the end.
    pub progress: u8,
    pub threads: Vec<HistoryThread>,
}

/// What was in the chat with one customer.
#[derive(Clone, Debug, Deserialize)]
pub struct HistoryThread {
    pub customer: Customer,
    pub messages: Vec<HistoryMessage>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct HistoryMessage {
    /// Whether the business wrote it.
    #[serde(default)]
    pub from_me: bool,
    pub at: DateTime<Utc>,
    /// `read`, `delivered`, `sent`, `pending`, `played` or `error`.
    pub status: String,
    pub content: InboundContent,
}

/// A change in the phone's address book.
#[derive(Clone, Debug, Deserialize)]
pub struct ContactChange {
    pub full_name: String,
    pub first_name: Option<String>,
    /// Digits with country code.
    pub phone_number: String,
    /// It was taken out, rather than added or changed.
    #[serde(default)]
    pub removed: bool,
}

impl Simulator {
    /// The owner writes to the customer on the phone, which comes as `smb_message_echoes`.
    /// Answers the message's wamid.
    pub async fn owner_sends(
        &self,
        phone_number_id: &str,
        to: &Customer,
        content: InboundContent,
    ) -> String {
        let number = self.number_or_stranger(phone_number_id);
        let now = self.now();
        let wamid = ids::wamid(&to.key());
        let mut message = Map::from_iter([
            ("from".to_owned(), number.wa_id().into()),
            ("id".to_owned(), wamid.as_str().into()),
            ("timestamp".to_owned(), now.timestamp().to_string().into()),
        ]);
        message.extend(recipient(to));
        message.extend(self.content_object(&number, &content));
        let echo = ReceivedMessage {
            wamid: wamid.clone(),
            phone_number_id: number.phone_number_id.clone(),
            customer: to.key(),
            is_echo: true,
            body: Value::Object(message),
            at: now,
        };
        let body = json!({"message_echoes": [echo.body]});
        {
            let mut state = self.state();
            state.contacts.remember(to);
            state.contacts.chat_mut(&number.phone_number_id, &to.key());
            state.received.push(echo);
        }
        self.tell(&number, "smb_message_echoes", body).await;
        wamid
    }

    /// The phone gives a part of its history away. Files come after it, each in a webhook of its
    /// own, and until then have a placeholder.
    pub async fn import_history(&self, phone_number_id: &str, history: &History) {
        let number = self.number_or_stranger(phone_number_id);
        let mut threads = Vec::new();
        let mut files = Vec::new();
        for thread in &history.threads {
            let mut messages = Vec::new();
            for message in &thread.messages {
                let mut object = self.past_message(&number, &thread.customer, message);
                if is_file(&object) {
                    let mut file = object.clone();
                    drop_key(&mut file, "history_context");
                    let contact = contact_object(&thread.customer);
                    files.push(json!({"contacts": [contact], "messages": [file]}));
                    let kind = object["type"].as_str().unwrap_or_default().to_owned();
                    drop_key(&mut object, &kind);
                    object["type"] = "media_placeholder".into();
                }
                messages.push(object);
            }
            threads.push(json!({"id": thread.customer.key(), "messages": messages}));
        }
        let part = json!({
            "metadata": {
                "phase": history.phase,
                "chunk_order": history.chunk_order,
                "progress": history.progress,
            },
            "threads": threads,
        });
        self.tell(&number, "history", json!({"history": [part]}))
            .await;
        for file in files {
            self.tell(&number, "history", file).await;
        }
    }

    /// The owner does not give the history away.
    pub async fn decline_history(&self, phone_number_id: &str) {
        let number = self.number_or_stranger(phone_number_id);
        let title = "History sync is turned off by the business from the WhatsApp Business App";
        let error = json!({
            "code": 2_593_109,
            "title": title,
            "message": title,
            "error_data": {"details": "History sharing is turned off by the business"},
        });
        self.tell(
            &number,
            "history",
            json!({"history": [{"errors": [error]}]}),
        )
        .await;
    }

    /// The phone's address book, or changes of it, as `smb_app_state_sync`.
    pub async fn sync_contacts(&self, phone_number_id: &str, changes: &[ContactChange]) {
        let number = self.number_or_stranger(phone_number_id);
        let now = self.now().timestamp();
        let items: Vec<_> = changes
            .iter()
            .map(|change| {
                let mut contact = json!({
                    "full_name": change.full_name,
                    "first_name": change.first_name,
                    "phone_number": change.phone_number,
                });
                drop_nulls(&mut contact);
                json!({
                    "type": "contact",
                    "contact": contact,
                    "action": if change.removed { "remove" } else { "add" },
                    "metadata": {"timestamp": now.to_string()},
                })
            })
            .collect();
        self.tell(&number, "smb_app_state_sync", json!({"state_sync": items}))
            .await;
    }

    /// Delivers news of a number's chats.
    pub(crate) async fn tell(&self, number: &Number, field: &str, content: Value) {
        let value = value(number, content);
        self.post(wire::to_bytes(&envelope(number, field, &value)))
            .await;
    }

    fn past_message(
        &self,
        number: &Number,
        customer: &Customer,
        message: &HistoryMessage,
    ) -> Value {
        let mut object = if message.from_me {
            let mut object = recipient(customer);
            object.insert("from".to_owned(), number.wa_id().into());
            object
        } else {
            crate::envelope::sender(customer)
        };
        object.insert("id".to_owned(), ids::wamid(&customer.key()).into());
        let timestamp = message.at.timestamp().to_string();
        object.insert("timestamp".to_owned(), timestamp.into());
        object.extend(self.content_object(number, &message.content));
        let context = json!({"status": message.status, "from_me": message.from_me.then_some(true)});
        object.insert("history_context".to_owned(), context);
        drop_nulls(&mut object["history_context"]);
        Value::Object(object)
    }
}

/// The keys of a message object that tell whom it is to.
fn recipient(customer: &Customer) -> Map<String, Value> {
    let keys = [
        ("to", &customer.phone),
        ("to_user_id", &customer.user_id),
        ("to_parent_user_id", &customer.parent_user_id),
    ];
    let known = keys
        .into_iter()
        .filter_map(|(key, id)| Some((key.to_owned(), id.clone()?.into())));
    known.collect()
}

fn is_file(message: &Value) -> bool {
    let kind = message["type"].as_str().unwrap_or_default();
    matches!(kind, "image" | "video" | "audio" | "document" | "sticker")
}

fn drop_key(object: &mut Value, key: &str) {
    if let Value::Object(object) = object {
        object.remove(key);
    }
}
