use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    clock::Clock,
    rate_limit::{Permit, Quota, RateLimiter},
    store::StoreError,
};

use super::allowance;

/// Counts within this process alone.
pub struct InProcessRateLimiter {
    clock: Arc<dyn Clock>,
    uses: Mutex<Uses>,
}

/// Per key, the earned time of the last permit, in microseconds since 1970. A time that has
/// passed says nothing, so those keys are forgotten.
#[derive(Default)]
struct Uses {
    earned: HashMap<String, i64>,
    sweep_at: usize,
}

impl InProcessRateLimiter {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            uses: Mutex::default(),
        }
    }

    fn with_uses<T>(&self, work: impl FnOnce(&mut Uses) -> T) -> T {
        work(&mut self.uses.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl RateLimiter for InProcessRateLimiter {
    async fn acquire(&self, keys: &[(String, Quota)]) -> Result<Permit, StoreError> {
        let now = self.clock.now().timestamp_micros();
        Ok(self.with_uses(|uses| uses.acquire(keys, now)))
    }

    async fn reset(&self, key: &str) -> Result<(), StoreError> {
        self.with_uses(|uses| uses.earned.remove(key));
        Ok(())
    }
}

impl Uses {
    fn acquire(&mut self, keys: &[(String, Quota)], now: i64) -> Permit {
        let (mut wait, mut longest) = (0, 0);
        let mut earned = Vec::with_capacity(keys.len());
        for (index, (key, quota)) in keys.iter().enumerate() {
            let interval = i64::try_from(quota.interval.as_micros()).unwrap_or(i64::MAX);
            let last = self.earned.get(key).map_or(now, |&last| last.max(now));
            let next = last.saturating_add(interval);
            let ahead = interval.saturating_mul(quota.burst.into());
            let excess = next.saturating_sub(ahead).saturating_sub(now);
            if excess > wait {
                (wait, longest) = (excess, index);
            }
            earned.push(next);
        }
        if wait > 0 {
            return Permit::Denied {
                index: longest,
                retry_after: Duration::from_micros(wait.unsigned_abs()),
            };
        }
        self.sweep(now);
        let allowances = keys.iter().zip(&earned);
        let allowances = allowances
            .map(|((_, quota), earned)| allowance(*quota, (earned - now).unsigned_abs()))
            .collect();
        let keys = keys.iter().map(|(key, _)| key.clone());
        self.earned.extend(keys.zip(earned));
        Permit::Granted(allowances)
    }

    /// Waits until the map has doubled, so that a permit costs the same however many keys
    /// there are.
    fn sweep(&mut self, now: i64) {
        const SMALL: usize = 1024;
        if self.earned.len() >= self.sweep_at.max(SMALL) {
            self.earned.retain(|_, earned| *earned > now);
            self.sweep_at = self.earned.len() * 2;
        }
    }
}
