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
    pub fn per(count: u32, period: Duration) -> Self {
        Self {
            burst: count,
            interval: period / count.max(1),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    Granted,
    /// Nothing was used up. It may be granted after this time.
    Denied {
        retry_after: Duration,
    },
}

#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Uses one permit of each key, or, if one of them has none left, of none.
    async fn acquire(&self, keys: &[(String, Quota)]) -> Result<Permit, StoreError>;

    /// Forgets what was used of a key.
    async fn reset(&self, key: &str) -> Result<(), StoreError>;
}
