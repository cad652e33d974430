//! HTTP and WebSocket, through the real stack, on in-memory ports.

#![expect(clippy::unwrap_used, reason = "in tests, what cannot go on panics")]

mod audit_log;
mod auth;
mod catalog;
mod chats;
mod customers;
mod files;
mod given;
mod headers;
mod health;
mod idempotency;
mod imports;
mod invitations;
mod isolation;
mod jobs;
mod limits;
mod logo;
mod members;
mod openapi;
mod organizations;
mod problems;
mod realtime;
mod roles;
mod sessions;
mod webhook;
mod whatsapp;
