//! Each port's contract, run on every implementation.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "what surprises a test fails it"
)]

mod accounts;
mod assignment;
mod audit;
mod auth;
mod automation;
mod availability;
mod canned_replies;
mod catalog;
mod chats;
mod cloud_api;
mod coexistence;
mod contacts;
mod customers;
mod deliveries;
mod events;
mod files;
mod given;
mod idempotency;
mod imports;
mod jobs;
mod mail;
mod media;
mod message_retention;
mod message_search;
mod messages;
mod migrations;
mod notes;
mod organizations;
mod pages;
mod query_plans;
mod rate_limit;
mod realtime;
mod redis;
mod storage;
mod tenancy;
mod transactions;
