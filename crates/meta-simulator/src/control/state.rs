//! Everything that the page shows, in one answer.

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Changes;
use crate::{Simulator, contacts::Chat, simulator::State};

/// How many messages of a chat the page shows.
const SHOWN_MESSAGES: usize = 200;
/// How many chats of a number the page shows.
const SHOWN_CHATS: usize = 50;
/// How many of the latest requests the page shows.
const SHOWN_REQUESTS: usize = 30;
/// How long Meta shows that the business is typing.
const TYPING: TimeDelta = TimeDelta::seconds(25);

#[derive(Deserialize)]
pub(super) struct StateQuery {
    number: Option<String>,
    contact: Option<String>,
}

pub(super) async fn read(simulator: Data<Simulator>, query: Query<StateQuery>) -> HttpResponse {
    let now = simulator.now();
    let state = simulator.state();
    let number = query.number.as_deref().unwrap_or_default();
    let contact = query.contact.as_deref().unwrap_or_default();
    let contact = &state.contacts.key_of(contact);
    let chat = state.contacts.chat(number, contact);
    let chat = chat.cloned().unwrap_or_default();
    let known = state.accounts.number(number);
    let account = known.map_or("", |number| &number.business_account_id);
    let templates = state.accounts.templates.of_account(account);
    let catalogs = state.accounts.catalogs.iter();
    let catalogs = catalogs.filter(|catalog| catalog.business_account_id == account);
    HttpResponse::Ok().json(json!({
        "numbers": state.accounts.numbers(),
        "health": state.accounts.health(number),
        "templates": templates.collect::<Vec<_>>(),
        "catalogs": catalogs.collect::<Vec<_>>(),
        "chats": state.chats(number),
        "contact": contact,
        "messages": state.messages(number, contact, &chat),
        "typing": chat.typing_since.is_some_and(|at| now - at < TYPING),
        "blocked": chat.blocked,
        "marketing_stopped": chat.marketing_stopped,
        "scripts": state.scripts.get(contact),
        "settings": Changes::of(&simulator, &state),
        "webhooks": state.webhooks,
        "pending": *simulator.inner.pending.borrow(),
        "callback_url": state.callback_url,
        "requests": state.requests.iter().rev().take(SHOWN_REQUESTS).collect::<Vec<_>>(),
    }))
}

impl State {
    /// Who has a chat with the number, and what was said last.
    fn chats(&self, number: &str) -> Vec<Value> {
        let keys = self.contacts.of_number(number).take(SHOWN_CHATS);
        let shown = keys.map(|key| {
            let received = self.received.iter().rev().find(|message| {
                message.phone_number_id == number && self.contacts.key_of(&message.customer) == key
            });
            let sent = self.sent.iter().rev().find(|message| {
                message.phone_number_id == number && self.contacts.key_of(&message.to) == key
            });
            let received = received.map(|message| (message.at, &message.body));
            let last = received
                .into_iter()
                .chain(sent.map(|message| (message.at, &message.body)))
                .max_by_key(|(at, _)| *at);
            json!({
                "key": key,
                "customer": self.contacts.customer_or_stranger(key),
                "last": last.map(|(at, body)| json!({"at": at, "body": body})),
            })
        });
        shown.collect()
    }

    /// The messages between a number and a contact, oldest first.
    fn messages(&self, number: &str, contact: &str, chat: &Chat) -> Vec<Value> {
        let sent = self.sent.iter().filter(|message| {
            message.phone_number_id == number && self.contacts.key_of(&message.to) == contact
        });
        let sent = sent.map(|message| {
            let shown = json!({
                "wamid": message.wamid,
                "direction": "out",
                "at": message.at,
                "body": message.body,
                "statuses": message.statuses,
            });
            (message.at, shown)
        });
        let received = self.received.iter().filter(|message| {
            message.phone_number_id == number && self.contacts.key_of(&message.customer) == contact
        });
        let received = received.map(|message| {
            let shown = json!({
                "wamid": message.wamid,
                "direction": if message.is_echo { "out" } else { "in" },
                "is_echo": message.is_echo,
                "at": message.at,
                "body": message.body,
                "read": chat.read_until >= Some(message.at),
            });
            (message.at, shown)
        });
        let mut messages: Vec<_> = received.chain(sent).collect();
        messages.sort_by_key(|(at, _)| *at);
        let skipped = messages.len().saturating_sub(SHOWN_MESSAGES);
        messages
            .into_iter()
            .skip(skipped)
            .map(|(_, shown)| shown)
            .collect()
    }
}
