//! The ports with nothing outside: what they are asked stays here, to be read by tests.

mod clock;
mod cloud_api;
mod mail;
mod rate_limit;
mod storage;

pub use clock::SettableClock;
pub use cloud_api::{Answer, CATALOG, Call, CallKind, ScriptedCatalog, ScriptedCloudApi};
pub use mail::RecordedMailer;
pub use rate_limit::BreakableRateLimiter;
pub use storage::{MapFile, MapStorage};

pub use infrastructure::{rate_limit::InProcessRateLimiter, realtime::InProcessRealtime};
