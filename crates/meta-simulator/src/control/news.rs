//! What happens beside messages: news of Meta's, the owner's phone, and what Meta knows.

use actix_web::{
    HttpResponse,
    web::{Data, Json, Path},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::no_content;
use crate::{
    Announcement, Catalog, ContactChange, Customer, Health, History, InboundContent, Simulator,
    TemplateDefinition,
};

#[derive(Deserialize)]
pub(super) struct NewAnnouncement {
    phone_number_id: String,
    #[serde(flatten)]
    announcement: Announcement,
}

pub(super) async fn announce(
    simulator: Data<Simulator>,
    new: Json<NewAnnouncement>,
) -> HttpResponse {
    simulator
        .announce(&new.phone_number_id, &new.announcement)
        .await;
    no_content()
}

#[derive(Deserialize)]
pub(super) struct NewEcho {
    phone_number_id: String,
    customer: Customer,
    content: InboundContent,
}

pub(super) async fn echo(simulator: Data<Simulator>, new: Json<NewEcho>) -> HttpResponse {
    let NewEcho {
        phone_number_id,
        customer,
        content,
    } = new.into_inner();
    let wamid = simulator
        .owner_sends(&phone_number_id, &customer, content)
        .await;
    HttpResponse::Ok().json(json!({"wamid": wamid}))
}

#[derive(Deserialize)]
pub(super) struct NewHistory {
    phone_number_id: String,
    /// None if the owner keeps it.
    history: Option<History>,
}

pub(super) async fn import_history(
    simulator: Data<Simulator>,
    new: Json<NewHistory>,
) -> HttpResponse {
    let number = &new.phone_number_id;
    match &new.history {
        Some(history) => simulator.import_history(number, history).await,
        None => simulator.decline_history(number).await,
    }
    no_content()
}

#[derive(Deserialize)]
pub(super) struct NewContacts {
    phone_number_id: String,
    changes: Vec<ContactChange>,
}

pub(super) async fn sync_contacts(
    simulator: Data<Simulator>,
    new: Json<NewContacts>,
) -> HttpResponse {
    simulator
        .sync_contacts(&new.phone_number_id, &new.changes)
        .await;
    no_content()
}

pub(super) async fn define_template(
    simulator: Data<Simulator>,
    template: Json<TemplateDefinition>,
) -> HttpResponse {
    let id = simulator.define_template(template.into_inner());
    HttpResponse::Ok().json(json!({"id": id.to_string()}))
}

pub(super) async fn add_catalog(
    simulator: Data<Simulator>,
    catalog: Json<Catalog>,
) -> HttpResponse {
    simulator.add_catalog(catalog.into_inner());
    no_content()
}

pub(super) async fn set_health(
    simulator: Data<Simulator>,
    number: Path<String>,
    health: Json<Health>,
) -> HttpResponse {
    simulator.set_health(&number, health.into_inner());
    no_content()
}

#[derive(Deserialize)]
pub(super) struct TokenExpiry {
    access_token: String,
    expires_at: Option<DateTime<Utc>>,
}

pub(super) async fn set_token_expiry(
    simulator: Data<Simulator>,
    new: Json<TokenExpiry>,
) -> HttpResponse {
    simulator.set_token_expiry(&new.access_token, new.expires_at);
    no_content()
}

pub(super) async fn expire_media(simulator: Data<Simulator>, id: Path<String>) -> HttpResponse {
    if simulator.expire_media(&id) {
        no_content()
    } else {
        HttpResponse::NotFound().finish()
    }
}
