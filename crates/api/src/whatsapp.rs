//! WhatsApp accounts, Meta's webhook, contacts and media.

mod accounts;
mod contacts;
mod health_response;
mod media;
mod webhook;

pub(crate) use health_response::HealthResponse;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(services: &mut ServiceConfig) {
    services
        .service(accounts::list_accounts)
        .service(accounts::connect_account)
        .service(accounts::get_account)
        .service(accounts::update_account)
        .service(accounts::remove_account)
        .service(accounts::check_account)
        .service(webhook::verify_webhook)
        .service(webhook::receive_delivery)
        .service(contacts::list_contacts)
        .service(contacts::sync_contacts)
        .service(contacts::get_contact)
        .service(contacts::block_contact)
        .service(contacts::unblock_contact)
        .service(media::upload_media)
        .service(media::get_media);
}
