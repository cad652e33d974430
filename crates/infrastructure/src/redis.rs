//! The Redis that all instances of the program share.

use std::time::Duration;

use deadpool_redis::{
    Connection, Manager, Pool, PoolError, Runtime,
    redis::{Client, RedisError, aio::PubSub, cmd},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{InvalidSetting, tls};

/// Bounds every wait for a connection; replies are bounded by the client's half second.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_CONNECTIONS: usize = 16;

/// Connections are opened when they are first needed.
pub struct Redis {
    pool: Pool,
    client: Client,
    namespace: String,
}

impl Redis {
    /// `url` is `redis://` or, with TLS, `rediss://`. The namespace begins every key and
    /// channel, so that several installations can share one Redis.
    pub fn new(url: &SecretString, namespace: &str) -> Result<Self, InvalidSetting> {
        tls::use_ring();
        let client =
            Client::open(url.expose_secret()).map_err(|error| InvalidSetting::new("url", error))?;
        let manager =
            Manager::new(url.expose_secret()).map_err(|error| InvalidSetting::new("url", error))?;
        let pool = Pool::builder(manager)
            .runtime(Runtime::Tokio1)
            .max_size(MAX_CONNECTIONS)
            .timeouts(deadpool_redis::Timeouts {
                wait: Some(CONNECTION_TIMEOUT),
                create: Some(CONNECTION_TIMEOUT),
                recycle: Some(CONNECTION_TIMEOUT),
            })
            .build()
            .map_err(|error| InvalidSetting::new("url", error))?;
        Ok(Self {
            pool,
            client,
            namespace: namespace.to_owned(),
        })
    }

    /// Whether Redis answers now.
    pub async fn check(&self) -> Result<(), PoolError> {
        let mut connection = self.connection().await?;
        cmd("PING").query_async::<()>(&mut connection).await?;
        Ok(())
    }

    pub(crate) async fn connection(&self) -> Result<Connection, PoolError> {
        self.pool.get().await
    }

    /// A connection of its own: one that listens can do nothing else.
    pub(crate) async fn subscribe(&self, channels: &[&str]) -> Result<PubSub, RedisError> {
        let subscribing = async {
            let mut subscription = self.client.get_async_pubsub().await?;
            subscription.subscribe(channels).await?;
            Ok(subscription)
        };
        tokio::time::timeout(CONNECTION_TIMEOUT, subscribing)
            .await
            .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
    }

    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}:{name}", self.namespace)
    }
}
