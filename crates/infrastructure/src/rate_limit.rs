//! Rate limits by the generic cell rate algorithm: of each key only the time is kept at which
//! its last permit would have been earned, had all been taken at the even pace.

mod in_process;
mod redis;

use std::time::Duration;

use domain::rate_limit::{Allowance, Quota};

pub use in_process::InProcessRateLimiter;
pub use redis::RedisRateLimiter;

/// How a key stands whose last permit will be earned in so many microseconds.
fn allowance(quota: Quota, earned_in: u64) -> Allowance {
    let interval = u64::try_from(quota.interval.as_micros()).unwrap_or(u64::MAX);
    let unused = interval
        .saturating_mul(quota.burst.into())
        .saturating_sub(earned_in);
    let permits = unused.checked_div(interval);
    Allowance {
        remaining: permits.map_or(quota.burst, |permits| {
            u32::try_from(permits).unwrap_or(quota.burst)
        }),
        reset_after: Duration::from_micros(earned_in),
    }
}
