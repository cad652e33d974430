//! The page that plays the customer's phone, and the JSON API behind it. All paths are relative
//! to where the simulator is mounted.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET api/state?number=&contact=` | | everything the page shows; the messages of that chat |
//! | `POST api/numbers` | a [`Number`] | 204 |
//! | `POST api/messages` | `{phone_number_id, customer, content}`: a [`Customer`] and an [`InboundContent`] | `{wamid}` |
//! | `POST api/statuses` | `{wamid, status, error_code?}` | 204, or 404 |
//! | `POST api/scripts` | `{to, behaviour, ..., times?}`: a [`Script`] | 204 |
//! | `DELETE api/scripts/{to}` | | 204 |
//! | `PUT api/settings` | `{automatic, status_delay_ms, limits, answers_paused}` | 204 |
//! | `GET api/media/{id}` | | the file, without a token |

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::header::ContentType,
    web::{self, Data, Json, Path, Query},
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Automatic, Behaviour, Customer, InboundContent, Limits, Number, Script, Simulator,
    contacts::Chat, simulator::State,
};

/// Room for a photo in base64.
const MAX_JSON: usize = 32 * 1024 * 1024;
/// How many messages of a chat the page shows.
const SHOWN_MESSAGES: usize = 200;
/// How many chats of a number the page shows.
const SHOWN_CHATS: usize = 50;
/// How many of the latest requests the page shows.
const SHOWN_REQUESTS: usize = 12;
/// How long Meta shows that the business is typing.
const TYPING: TimeDelta = TimeDelta::seconds(25);

pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(web::JsonConfig::default().limit(MAX_JSON))
        .route("", web::get().to(page))
        .route("/", web::get().to(page))
        .route("/api/state", web::get().to(read_state))
        .route("/api/numbers", web::post().to(add_number))
        .route("/api/messages", web::post().to(send_message))
        .route("/api/statuses", web::post().to(set_status))
        .route("/api/scripts", web::post().to(add_script))
        .route("/api/scripts/{to}", web::delete().to(clear_scripts))
        .route("/api/settings", web::put().to(change_settings))
        .route("/api/media/{id}", web::get().to(read_media));
}

async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .body(include_str!("page.html"))
}

#[derive(Deserialize)]
struct StateQuery {
    number: Option<String>,
    contact: Option<String>,
}

async fn read_state(simulator: Data<Simulator>, query: Query<StateQuery>) -> HttpResponse {
    let now = simulator.now();
    let state = simulator.state();
    let numbers = state.accounts.numbers();
    let number = query.number.as_deref().unwrap_or_default();
    let contact = query.contact.as_deref().unwrap_or_default();
    let chat = state
        .contacts
        .chat(number, contact)
        .cloned()
        .unwrap_or_default();
    HttpResponse::Ok().json(json!({
        "numbers": numbers,
        "chats": state.chats(number),
        "messages": state.messages(number, contact, &chat),
        "typing": chat.typing_since.is_some_and(|at| now - at < TYPING),
        "scripts": state.scripts.get(&contact.to_owned()),
        "settings": Changes {
            automatic: state.automatic,
            status_delay_ms: u64::try_from(state.status_delay.as_millis()).unwrap_or(u64::MAX),
            limits: state.limits,
            answers_paused: *simulator.inner.answers_paused.borrow(),
        },
        "webhooks": state.webhooks,
        "pending": *simulator.inner.pending.borrow(),
        "callback_url": state.callback_url,
        "requests": state.requests.iter().rev().take(SHOWN_REQUESTS).collect::<Vec<_>>(),
    }))
}

async fn add_number(simulator: Data<Simulator>, number: Json<Number>) -> HttpResponse {
    simulator.add_number(number.into_inner());
    HttpResponse::NoContent().finish()
}

#[derive(Deserialize)]
struct CustomerMessage {
    phone_number_id: String,
    customer: Customer,
    content: InboundContent,
}

async fn send_message(simulator: Data<Simulator>, message: Json<CustomerMessage>) -> HttpResponse {
    let CustomerMessage {
        phone_number_id,
        customer,
        content,
    } = message.into_inner();
    if customer.key().is_empty() {
        return HttpResponse::UnprocessableEntity().body("A customer has a phone or a user_id.");
    }
    let wamid = simulator
        .customer_sends(&phone_number_id, &customer, content)
        .await;
    HttpResponse::Ok().json(json!({"wamid": wamid}))
}

#[derive(Deserialize)]
struct NewStatus {
    wamid: String,
    status: String,
    error_code: Option<u32>,
}

async fn set_status(simulator: Data<Simulator>, new: Json<NewStatus>) -> HttpResponse {
    match simulator
        .set_status(&new.wamid, &new.status, new.error_code)
        .await
    {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(error) => HttpResponse::NotFound().body(error.to_string()),
    }
}

#[derive(Deserialize)]
struct NewScript {
    to: String,
    times: Option<u32>,
    #[serde(flatten)]
    behaviour: Behaviour,
}

async fn add_script(simulator: Data<Simulator>, new: Json<NewScript>) -> HttpResponse {
    let NewScript {
        to,
        times,
        behaviour,
    } = new.into_inner();
    simulator.script(&to, Script { behaviour, times });
    HttpResponse::NoContent().finish()
}

async fn clear_scripts(simulator: Data<Simulator>, to: Path<String>) -> HttpResponse {
    simulator.clear_scripts(&to);
    HttpResponse::NoContent().finish()
}

#[derive(Serialize, Deserialize)]
struct Changes {
    automatic: Option<Automatic>,
    status_delay_ms: u64,
    limits: Limits,
    answers_paused: bool,
}

async fn change_settings(simulator: Data<Simulator>, changes: Json<Changes>) -> HttpResponse {
    simulator.set_automatic_statuses(changes.automatic);
    simulator.set_status_delay(Duration::from_millis(changes.status_delay_ms));
    simulator.set_limits(changes.limits);
    if changes.answers_paused {
        simulator.pause_answers();
    } else {
        simulator.resume_answers();
    }
    HttpResponse::NoContent().finish()
}

async fn read_media(simulator: Data<Simulator>, id: Path<String>) -> HttpResponse {
    match simulator.state().media.find(&id, simulator.now()) {
        Some(media) => HttpResponse::Ok()
            .content_type(media.mime_type.as_str())
            .body(media.bytes.clone()),
        None => HttpResponse::NotFound().finish(),
    }
}

impl State {
    /// Who has a chat with the number.
    fn chats(&self, number: &str) -> Vec<Value> {
        let keys = self.contacts.of_number(number).take(SHOWN_CHATS);
        keys.map(|key| json!({"key": key, "customer": self.contacts.customer(key)}))
            .collect()
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
        let received = self
            .received
            .iter()
            .filter(|message| message.phone_number_id == number && message.from == contact);
        let received = received.map(|message| {
            let shown = json!({
                "wamid": message.wamid,
                "direction": "in",
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
