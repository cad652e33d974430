//! HTTP and WebSocket, through the real stack, on in-memory ports.

#![expect(clippy::unwrap_used, reason = "in tests, what cannot go on panics")]

mod auth;
mod chats;
mod given;
mod health;
mod idempotency;
mod isolation;
mod jobs;
mod openapi;
mod organizations;
mod problems;
mod realtime;
mod sessions;
mod webhook;
mod whatsapp;
