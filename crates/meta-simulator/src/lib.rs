//! A stand-in for Meta's `WhatsApp` Business Cloud API, `graph.facebook.com`.
//!
//! To a program it is Meta: it checks tokens and bodies, accepts messages, keeps media behind
//! short-lived URLs, and reports by signed webhooks, which it repeats until they are answered
//! with 200. To a test or a person it is also the customer's phone, and the hand that makes
//! things go wrong.
//!
//! The map: [`Simulator`] is the whole of it. `graph` answers the Graph API, with `validation`
//! and `templates` as judges of message bodies; `inbound`, `outbound`, `coexistence` and
//! `announcement` make the webhooks, which `delivery` sends; `script` is what goes wrong; `limits`
//! is what Meta enforces; `control` and the folder `page` are the page that plays the phone.

mod accounts;
mod announcement;
mod bounded;
mod catalog;
mod codes;
mod coexistence;
mod contacts;
mod control;
mod delivery;
mod envelope;
mod graph;
mod health;
mod ids;
mod inbound;
mod limits;
mod media;
#[cfg(feature = "openapi")]
pub mod openapi;
mod outbound;
mod script;
mod server;
mod settings;
mod simulator;
mod templates;
mod validation;
mod wire;

pub use accounts::Number;
pub use announcement::Announcement;
pub use catalog::{Catalog, Product};
pub use coexistence::{ContactChange, History, HistoryMessage, HistoryThread};
pub use contacts::Customer;
pub use delivery::{DeliveryReport, VerificationFailed};
pub use graph::RecordedRequest;
pub use health::Health;
pub use inbound::{Composed, InboundContent, MediaFile, OrderItem};
pub use limits::Limits;
pub use outbound::{MessageStatus, SentMessage, UnknownMessage};
pub use script::{Behaviour, Script};
pub use server::RunningSimulator;
pub use settings::{Automatic, Settings};
pub use simulator::Simulator;
pub use templates::{Template, TemplateDefinition};
