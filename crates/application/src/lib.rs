//! What users can do: one file per use case, under its feature.
//!
//! A use case knows the order of effects. It opens units of work and calls the outside only
//! between them, never within one.

mod actor;
pub mod auth;
pub mod chats;
mod error;
mod idempotency;
pub mod organizations;
mod ports;
pub mod realtime;
pub mod whatsapp;
pub mod worker;

pub use actor::Actor;
pub use error::{Error, FieldError};
pub use idempotency::{Idempotency, Replay};
pub use ports::{Ports, Settings};

use std::sync::Arc;

/// Everything the program can do.
#[derive(Clone)]
pub struct Application {
    pub auth: auth::Auth,
    pub organizations: organizations::Organizations,
    pub whatsapp: whatsapp::WhatsApp,
    pub chats: chats::Chats,
    pub realtime: realtime::Realtime,
    pub idempotency: Idempotency,
    pub ports: Ports,
}

impl Application {
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let whatsapp = whatsapp::WhatsApp::new(ports.clone(), settings.clone());
        Self {
            auth: auth::Auth::new(ports.clone(), settings.clone()),
            organizations: organizations::Organizations::new(ports.clone()),
            chats: chats::Chats::new(ports.clone(), whatsapp.clone()),
            whatsapp,
            realtime: realtime::Realtime::new(ports.clone()),
            idempotency: Idempotency::new(ports.clone()),
            ports,
        }
    }
}
