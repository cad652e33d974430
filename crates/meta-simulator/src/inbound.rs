//! The customer's side: what they write becomes a webhook.

mod content;
mod object;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub use content::{InboundContent, MediaFile, OrderItem};

use crate::{
    Customer, Simulator,
    accounts::Number,
    envelope::{contact_object, envelope, sender, value},
    ids, wire,
};

/// A webhook that was not delivered yet.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The ids of its messages, in order.
    pub wamids: Vec<String>,
    pub body: Vec<u8>,
}

/// A message that was written on a phone.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedMessage {
    pub(crate) wamid: String,
    pub(crate) phone_number_id: String,
    /// The customer's phone number, or else user id.
    pub(crate) customer: String,
    /// Whether it was the business's phone.
    pub(crate) is_echo: bool,
    /// The message object of the webhook.
    pub(crate) body: Value,
    pub(crate) at: DateTime<Utc>,
}

impl Simulator {
    /// The customer writes to the number. The webhook is delivered before this returns, if the
    /// callback takes it at the first try; else it is repeated in the background, which
    /// [`idle`](Self::idle) waits for. Answers the message's wamid. What a blocked customer writes
    /// goes nowhere.
    pub async fn customer_sends(
        &self,
        phone_number_id: &str,
        from: &Customer,
        content: InboundContent,
    ) -> String {
        let blocked = {
            let state = self.state();
            let chat = state.contacts.chat(phone_number_id, &from.key());
            chat.is_some_and(|chat| chat.blocked)
        };
        let mut composed = self.compose(phone_number_id, &[(from, content)]);
        if !blocked {
            self.post(composed.body).await;
        }
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
        let value = value(&number, json!({"contacts": contacts, "messages": objects}));
        Composed {
            wamids,
            body: wire::to_bytes(&envelope(&number, "messages", &value)),
        }
    }

    pub(crate) fn number_or_stranger(&self, phone_number_id: &str) -> Number {
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
            customer: key.clone(),
            is_echo: false,
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
}
