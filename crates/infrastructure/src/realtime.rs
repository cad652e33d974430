//! Hints that an organization's event log has grown.

mod in_process;
mod redis;

pub use in_process::InProcessRealtime;
pub use redis::RedisRealtime;
