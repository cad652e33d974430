use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use deadpool_redis::{
    PoolError,
    redis::{Script, cmd},
};
use domain::{
    rate_limit::{Permit, Quota, RateLimiter},
    store::StoreError,
};

use crate::redis::Redis;

/// Answers how many microseconds to wait; 0 grants. The clock is Redis's own, as those of
/// several machines differ.
static ACQUIRE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("acquire.lua")));

/// Counts over all instances of the program.
pub struct RedisRateLimiter {
    redis: Arc<Redis>,
}

impl RedisRateLimiter {
    pub fn new(redis: Arc<Redis>) -> Self {
        Self { redis }
    }

    fn name(&self, key: &str) -> String {
        self.redis.name(&format!("rate_limit:{key}"))
    }

    async fn wait(&self, keys: &[(String, Quota)]) -> Result<u64, PoolError> {
        let mut connection = self.redis.connection().await?;
        let mut invocation = ACQUIRE.prepare_invoke();
        for (key, quota) in keys {
            let interval = u64::try_from(quota.interval.as_micros()).unwrap_or(u64::MAX);
            invocation
                .key(self.name(key))
                .arg(quota.burst)
                .arg(interval);
        }
        Ok(invocation.invoke_async(&mut connection).await?)
    }

    async fn forget(&self, key: &str) -> Result<(), PoolError> {
        let mut connection = self.redis.connection().await?;
        cmd("DEL")
            .arg(self.name(key))
            .query_async::<()>(&mut connection)
            .await?;
        Ok(())
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn acquire(&self, keys: &[(String, Quota)]) -> Result<Permit, StoreError> {
        match self.wait(keys).await.map_err(unavailable)? {
            0 => Ok(Permit::Granted),
            wait => Ok(Permit::Denied {
                retry_after: Duration::from_micros(wait),
            }),
        }
    }

    async fn reset(&self, key: &str) -> Result<(), StoreError> {
        self.forget(key).await.map_err(unavailable)
    }
}

fn unavailable(error: PoolError) -> StoreError {
    StoreError::Unavailable(error.into())
}
