//! Hints that an organization's event log has grown, and who is there.

mod in_process;
mod redis;
mod waiting;

pub use in_process::InProcessRealtime;
pub use redis::RedisRealtime;
