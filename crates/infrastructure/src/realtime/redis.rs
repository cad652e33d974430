use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use deadpool_redis::{
    PoolError,
    redis::{Msg, RedisError, aio::PubSub, cmd},
};
use domain::{
    id::Id,
    organizations::OrganizationId,
    realtime::{Hint, Realtime},
};
use futures_util::stream::{BoxStream, StreamExt};
use tokio::{
    sync::Notify,
    time::{self, MissedTickBehavior},
};
use tokio_util::task::AbortOnDropHandle;

use super::InProcessRealtime;
use crate::redis::Redis;

/// A connection that is silent for longer is asked whether it lives.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(5);
const FIRST_RECONNECT: Duration = Duration::from_millis(100);
const LAST_RECONNECT: Duration = Duration::from_secs(5);

/// Reaches the subscribers of all instances, over one Redis channel.
///
/// This instance's own are told at once. One task tells the others, so that nobody waits for
/// Redis, which may take its time to fail; another listens for this process. Whenever that
/// one has had to connect, subscribers are told that hints may have been lost.
pub struct RedisRealtime {
    waiting: Arc<Waiting>,
    local: InProcessRealtime,
    _tasks: [AbortOnDropHandle<()>; 2],
}

impl RedisRealtime {
    /// Starts to listen, within the current Tokio runtime, until it is dropped.
    pub fn start(redis: Arc<Redis>) -> Self {
        let instance = Id::<Self>::generate();
        let channel = redis.name("events");
        let local = InProcessRealtime::new();
        let waiting = Arc::<Waiting>::default();
        let listener = listen(redis.clone(), channel.clone(), instance, local.clone());
        let publisher = Publisher {
            redis,
            channel,
            instance,
        };
        let tasks = [
            tokio::spawn(listener),
            tokio::spawn(publisher.run(waiting.clone())),
        ];
        Self {
            waiting,
            local,
            _tasks: tasks.map(AbortOnDropHandle::new),
        }
    }
}

#[async_trait]
impl Realtime for RedisRealtime {
    async fn announce(&self, organization: OrganizationId) {
        self.local.hint(Hint::Grown(organization));
        self.waiting.add(organization);
    }

    async fn subscribe(&self) -> BoxStream<'static, Hint> {
        self.local.subscribe().await
    }
}

/// The organizations of which the other instances are still to be told. Each waits once,
/// however much happens in it meanwhile.
#[derive(Default)]
struct Waiting {
    organizations: Mutex<Vec<OrganizationId>>,
    added: Notify,
}

impl Waiting {
    fn add(&self, organization: OrganizationId) {
        let mut waiting = self.locked();
        if !waiting.contains(&organization) {
            waiting.push(organization);
            self.added.notify_one();
        }
    }

    async fn take(&self) -> Vec<OrganizationId> {
        loop {
            let taken = mem::take(&mut *self.locked());
            if !taken.is_empty() {
                return taken;
            }
            self.added.notified().await;
        }
    }

    fn locked(&self) -> MutexGuard<'_, Vec<OrganizationId>> {
        // Nothing that holds it can panic half way through a change.
        self.organizations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the other instances.
struct Publisher {
    redis: Arc<Redis>,
    channel: String,
    instance: Id<RedisRealtime>,
}

impl Publisher {
    async fn run(self, waiting: Arc<Waiting>) {
        // An outage is logged once.
        let mut failing = false;
        loop {
            for organization in waiting.take().await {
                match self.publish(organization).await {
                    Ok(()) if failing => {
                        failing = false;
                        tracing::info!("events are announced to other instances again");
                    }
                    Err(error) if !failing => {
                        failing = true;
                        tracing::warn!(%error, "events are not announced to other instances");
                    }
                    _ => {}
                }
            }
        }
    }

    async fn publish(&self, organization: OrganizationId) -> Result<(), PoolError> {
        let mut connection = self.redis.connection().await?;
        cmd("PUBLISH")
            .arg(&self.channel)
            .arg(format!("{} {organization}", self.instance))
            .query_async::<()>(&mut connection)
            .await?;
        Ok(())
    }
}

async fn listen(
    redis: Arc<Redis>,
    channel: String,
    instance: Id<RedisRealtime>,
    local: InProcessRealtime,
) {
    let mut pause = FIRST_RECONNECT;
    loop {
        let error = match redis.subscribe(&channel).await {
            Ok(subscription) => {
                tracing::info!("listening for other instances' events");
                pause = FIRST_RECONNECT;
                local.hint(Hint::Unknown);
                relay(subscription, instance, &local).await
            }
            Err(error) => error,
        };
        if pause == FIRST_RECONNECT {
            tracing::warn!(%error, "not listening for other instances' events");
        }
        time::sleep(pause).await;
        pause = (pause * 2).min(LAST_RECONNECT);
    }
}

/// Passes hints on until the connection breaks.
async fn relay(
    subscription: PubSub,
    instance: Id<RedisRealtime>,
    local: &InProcessRealtime,
) -> RedisError {
    let (mut commands, mut messages) = subscription.split();
    let mut pings = time::interval(PING_INTERVAL);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => {
                    if let Some(hint) = read(&message, instance) {
                        local.hint(hint);
                    }
                }
                None => return broken(),
            },
            _ = pings.tick() => match time::timeout(PING_TIMEOUT, commands.ping::<()>()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error,
                Err(_) => return broken(),
            },
        }
    }
}

/// What another instance says; none if it was this one.
fn read(message: &Msg, instance: Id<RedisRealtime>) -> Option<Hint> {
    let payload = message.get_payload::<String>().unwrap_or_default();
    let (sender, organization) = payload.split_once(' ').unwrap_or_default();
    if sender.parse() == Ok(instance) {
        return None;
    }
    Some(organization.parse().map_or(Hint::Unknown, Hint::Grown))
}

fn broken() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::ConnectionAborted).into()
}
