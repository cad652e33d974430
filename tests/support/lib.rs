//! What the test suites share.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::return_self_not_must_use,
    reason = "in tests, what cannot go on panics"
)]

pub mod app;
pub mod client;
pub mod program;
pub mod s3;
pub mod smtp;
pub mod stores;
