use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use domain::{
    clock::Clock,
    rate_limit::{Permit, Quota, RateLimiter},
    store::StoreError,
};
use infrastructure::rate_limit::InProcessRateLimiter;

/// Counts in process, and can be down as Redis can.
pub struct BreakableRateLimiter {
    limiter: InProcessRateLimiter,
    down: AtomicBool,
}

impl BreakableRateLimiter {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            limiter: InProcessRateLimiter::new(clock),
            down: AtomicBool::new(false),
        }
    }

    /// From now on nothing can be counted, or everything again.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.down.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("told to be down".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl RateLimiter for BreakableRateLimiter {
    async fn acquire(&self, keys: &[(String, Quota)]) -> Result<Permit, StoreError> {
        self.check()?;
        self.limiter.acquire(keys).await
    }

    async fn reset(&self, key: &str) -> Result<(), StoreError> {
        self.check()?;
        self.limiter.reset(key).await
    }
}
