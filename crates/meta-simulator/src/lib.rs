//! A stand-in for Meta's `WhatsApp` Business Cloud API, `graph.facebook.com`.
//!
//! To a program it is Meta: it checks tokens and bodies, accepts messages, keeps media behind
//! short-lived URLs, and reports by signed webhooks, which it repeats until they are answered
//! with 200. To a test or a person it is also the customer's phone, and the hand that makes
//! things go wrong.
//!
//! The map: [`Simulator`] is the whole of it. `graph` answers the Graph API, with `validation`
//! as its judge of message bodies; `inbound`, `outbound` and `delivery` make and send the
//! webhooks; `script` is what goes wrong; `limits` is what Meta enforces; `control` and
//! `page.html` are the page that plays the phone.

mod accounts;
mod bounded;
mod codes;
mod contacts;
mod control;
mod delivery;
mod graph;
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
mod validation;
mod wire;

pub use accounts::{Number, Template};
pub use contacts::Customer;
pub use delivery::{DeliveryReport, VerificationFailed};
pub use graph::RecordedRequest;
pub use inbound::{Composed, InboundContent, MediaFile, OrderItem};
pub use limits::Limits;
pub use outbound::{MessageStatus, SentMessage, UnknownMessage};
pub use script::{Behaviour, Script};
pub use server::RunningSimulator;
pub use settings::{Automatic, Settings};
pub use simulator::Simulator;
