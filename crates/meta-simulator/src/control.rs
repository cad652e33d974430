//! The page that plays the customer's phone, and the JSON API behind it. All paths are relative
//! to where the simulator is mounted.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET api/state?number=&contact=` | | everything the page shows; the messages of that chat |
//! | `POST api/numbers` | a [`Number`] | 204 |
//! | `PUT api/numbers/{phone_number_id}/health` | a [`Health`](crate::Health) | 204 |
//! | `POST api/messages` | `{phone_number_id, customer, content}`: a [`Customer`] and an [`InboundContent`] | `{wamid}` |
//! | `POST api/echoes` | the same, as the owner writes on the phone | `{wamid}` |
//! | `POST api/history` | `{phone_number_id, history}`: a [`History`](crate::History), or null if the owner declines | 204 |
//! | `POST api/contacts` | `{phone_number_id, changes}`: of [`ContactChange`](crate::ContactChange) | 204 |
//! | `POST api/announcements` | `{phone_number_id, kind, ...}`: an [`Announcement`](crate::Announcement) | 204 |
//! | `POST api/statuses` | `{wamid, status, error_code?}` | 204, or 404 |
//! | `POST api/scripts` | `{to, behaviour, ..., times?}`: a [`Script`] | 204 |
//! | `DELETE api/scripts/{to}` | | 204 |
//! | `PUT api/settings` | `{automatic, status_delay_ms, limits, answers_paused}` | 204 |
//! | `POST api/templates` | a [`TemplateDefinition`](crate::TemplateDefinition) | `{id}` |
//! | `POST api/catalogs` | a [`Catalog`](crate::Catalog) | 204 |
//! | `POST api/tokens` | `{access_token, expires_at}` | 204 |
//! | `GET api/media/{id}` | | the file, without a token |
//! | `POST api/media/{id}/expire` | | 204, or 404 |

mod assets;
mod news;
mod state;

use std::time::Duration;

use actix_web::{
    HttpResponse,
    web::{self, Data, Json, Path},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Automatic, Behaviour, Customer, InboundContent, Limits, Number, Script, Simulator,
    simulator::State,
};

/// Room for a photo in base64.
const MAX_JSON: usize = 32 * 1024 * 1024;
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(web::JsonConfig::default().limit(MAX_JSON))
        .route("", web::get().to(assets::page))
        .route("/", web::get().to(assets::page))
        .route("/assets/{name}", web::get().to(assets::asset))
        .route("/api/state", web::get().to(state::read))
        .route("/api/numbers", web::post().to(add_number))
        .route("/api/numbers/{id}/health", web::put().to(news::set_health))
        .route("/api/messages", web::post().to(send_message))
        .route("/api/echoes", web::post().to(news::echo))
        .route("/api/history", web::post().to(news::import_history))
        .route("/api/contacts", web::post().to(news::sync_contacts))
        .route("/api/announcements", web::post().to(news::announce))
        .route("/api/statuses", web::post().to(set_status))
        .route("/api/scripts", web::post().to(add_script))
        .route("/api/scripts/{to}", web::delete().to(clear_scripts))
        .route("/api/settings", web::put().to(change_settings))
        .route("/api/templates", web::post().to(news::define_template))
        .route("/api/catalogs", web::post().to(news::add_catalog))
        .route("/api/tokens", web::post().to(news::set_token_expiry))
        .route("/api/media/{id}", web::get().to(read_media))
        .route("/api/media/{id}/expire", web::post().to(news::expire_media));
}

fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

async fn add_number(simulator: Data<Simulator>, number: Json<Number>) -> HttpResponse {
    simulator.add_number(number.into_inner());
    no_content()
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
        Ok(()) => no_content(),
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
    no_content()
}

async fn clear_scripts(simulator: Data<Simulator>, to: Path<String>) -> HttpResponse {
    simulator.clear_scripts(&to);
    no_content()
}

#[derive(Serialize, Deserialize)]
struct Changes {
    automatic: Option<Automatic>,
    status_delay_ms: u64,
    limits: Limits,
    answers_paused: bool,
}

impl Changes {
    /// What there would be to change.
    fn of(simulator: &Simulator, state: &State) -> Self {
        Self {
            automatic: state.automatic,
            status_delay_ms: u64::try_from(state.status_delay.as_millis()).unwrap_or(u64::MAX),
            limits: state.limits,
            answers_paused: *simulator.inner.answers_paused.borrow(),
        }
    }
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
    no_content()
}

async fn read_media(simulator: Data<Simulator>, id: Path<String>) -> HttpResponse {
    match simulator.state().media.find(&id, simulator.now()) {
        Some(media) => HttpResponse::Ok()
            .content_type(media.mime_type.as_str())
            .body(media.bytes.clone()),
        None => HttpResponse::NotFound().finish(),
    }
}
