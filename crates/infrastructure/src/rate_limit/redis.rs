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

use super::allowance;
use crate::redis::Redis;

/// The clock is Redis's own, as those of several machines differ.
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

    async fn run(&self, keys: &[(String, Quota)]) -> Result<Vec<u64>, PoolError> {
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
        let answer = self.run(keys).await.map_err(unavailable)?;
        match *answer.as_slice() {
            [0, ref earned_in @ ..] if earned_in.len() == keys.len() => {
                let allowances = keys.iter().zip(earned_in);
                let allowances =
                    allowances.map(|((_, quota), &earned_in)| allowance(*quota, earned_in));
                Ok(Permit::Granted(allowances.collect()))
            }
            [wait, index] => Ok(Permit::Denied {
                index: usize::try_from(index).unwrap_or_default(),
                retry_after: Duration::from_micros(wait),
            }),
            _ => Err(StoreError::Broken(
                "the script of the rate limits answered what it cannot".into(),
            )),
        }
    }

    async fn reset(&self, key: &str) -> Result<(), StoreError> {
        self.forget(key).await.map_err(unavailable)
    }
}

fn unavailable(error: PoolError) -> StoreError {
    StoreError::Unavailable(error.into())
}
