//! Rate limits by the generic cell rate algorithm: of each key only the time is kept at which
//! its last permit would have been earned, had all been taken at the even pace.

mod in_process;
mod redis;

pub use in_process::InProcessRateLimiter;
pub use redis::RedisRateLimiter;
