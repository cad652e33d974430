//! How it is done for real: one module per outside system. Each adapter owns its settings and
//! bounds the time and the size of whatever it asks of the outside.

pub mod clock;
pub mod cloud_api;
pub mod database;
mod hex;
pub mod mail;
pub mod rate_limit;
pub mod realtime;
pub mod redis;
mod setting;
pub mod storage;
mod tls;

pub use setting::InvalidSetting;
