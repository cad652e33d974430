//! How often something may happen, counted over all instances of the program.

use std::time::Duration;

use async_trait::async_trait;

use crate::store::StoreError;

/// `burst` times at once, then once every `interval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub burst: u32,
    pub interval: Duration,
}

impl Quota {
    /// `count` times within `period`, all of them at once if need be.
    pub const fn per(count: u32, period: Duration) -> Self {
        Self {
            burst: count,
            interval: match period.checked_div(count) {
                Some(interval) => interval,
                None => period,
            },
        }
    }

    /// The time within which all of it comes back.
    pub fn period(self) -> Duration {
        self.interval.saturating_mul(self.burst)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// What is left of each key's quota, in the order in which they were asked for.
    Granted(Vec<Allowance>),
    /// Nothing was used up. It may be granted after this time.
    Denied {
        /// Which of the keys has nothing left; the one to be waited for longest.
        index: usize,
        retry_after: Duration,
    },
}

/// How a key stands after a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// So many more would be granted now.
    pub remaining: u32,
    /// When the whole burst is there again.
    pub reset_after: Duration,
}

#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Uses one permit of each key, or, if one of them has none left, of none.
    async fn acquire(&self, keys: &[(String, Quota)]) -> Result<Permit, StoreError>;

    /// Forgets what was used of a key.
    async fn reset(&self, key: &str) -> Result<(), StoreError>;
}
