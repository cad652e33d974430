//! What users can do: one file per use case, under its feature.
//!
//! A use case knows the order of effects. It opens units of work and calls the outside only
//! between them, never within one.

mod actor;
mod audit;
pub mod auth;
pub mod catalog;
pub mod chats;
pub mod customers;
mod error;
mod files;
mod idempotency;
mod images;
pub mod imports;
pub mod mails;
pub mod organizations;
mod ports;
pub mod realtime;
mod sealing;
pub mod throttle;
pub mod whatsapp;
pub mod worker;

pub use actor::Actor;
pub use error::{Error, FieldError};
pub use idempotency::{Idempotency, Replay};
pub use ports::{Ports, Settings};
pub use sealing::{SealingKeys, SealingKeysError};

use std::sync::Arc;

/// Everything the program can do.
#[derive(Clone)]
pub struct Application {
    pub auth: auth::Auth,
    pub organizations: organizations::Organizations,
    pub whatsapp: whatsapp::WhatsApp,
    pub chats: chats::Chats,
    pub catalog: catalog::Catalog,
    pub customers: customers::Customers,
    pub imports: imports::Imports,
    pub realtime: realtime::Realtime,
    pub idempotency: Idempotency,
    pub ports: Ports,
    files: files::Files,
}

impl Application {
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let auth = auth::Auth::new(ports.clone(), settings.clone());
        let whatsapp = whatsapp::WhatsApp::new(ports.clone(), settings.clone());
        let images = images::Images::new();
        Self {
            catalog: catalog::Catalog::new(
                ports.clone(),
                images.clone(),
                whatsapp.clone(),
                settings.clone(),
            ),
            organizations: organizations::Organizations::new(
                ports.clone(),
                settings,
                auth.clone(),
                images,
            ),
            auth,
            chats: chats::Chats::new(ports.clone(), whatsapp.clone()),
            customers: customers::Customers::new(ports.clone()),
            imports: imports::Imports::new(ports.clone()),
            whatsapp,
            realtime: realtime::Realtime::new(ports.clone()),
            idempotency: Idempotency::new(ports.clone()),
            files: files::Files::new(ports.clone()),
            ports,
        }
    }
}
