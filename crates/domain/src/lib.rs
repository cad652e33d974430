//! What the business is: entities, values, rules, events and the ports.
//!
//! No I/O and no framework lives here. A feature `F` of the product is the module `F`;
//! what several features share stands beside them:
//!
//! | module | what it holds |
//! |---|---|
//! | [`id`], [`page`] | typed ids; keyset pages |
//! | [`clock`], [`storage`], [`mail`], [`realtime`], [`rate_limit`] | ports to time and the outside |
//! | [`store`] | units of work: a transaction, its repositories and its outbox |
//! | [`event`], [`job`] | what happened, what must happen next |
//! | [`audit`] | who did what |
//! | [`sealed`] | secrets that must be read again |
//! | [`request_id`] | which request the present work is part of |
//! | [`money`], [`text`] | values that several features check alike |

pub mod audit;
pub mod auth;
pub mod catalog;
pub mod chats;
pub mod clock;
pub mod customers;
pub mod event;
pub mod id;
pub mod imports;
pub mod job;
pub mod mail;
pub mod money;
pub mod organizations;
pub mod page;
pub mod rate_limit;
pub mod realtime;
pub mod request_id;
pub mod sealed;
pub mod storage;
pub mod store;
pub mod text;
pub mod whatsapp;
