use std::{io, sync::Arc, time::Duration};

use async_trait::async_trait;
use deadpool_redis::{
    PoolError,
    redis::{Msg, RedisError, aio::PubSub, cmd},
};
use domain::{
    id::Id,
    organizations::OrganizationId,
    realtime::{Hint, Presence, Realtime},
};
use futures_util::stream::{BoxStream, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::time::{self, MissedTickBehavior};
use tokio_util::task::AbortOnDropHandle;

use super::{
    InProcessRealtime,
    waiting::{Waiting, Word},
};
use crate::redis::Redis;

/// A connection that is silent for longer is asked whether it lives.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(5);
const FIRST_RECONNECT: Duration = Duration::from_millis(100);
const LAST_RECONNECT: Duration = Duration::from_secs(5);

/// Reaches the subscribers of all instances, over two Redis channels.
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
        let channels = Channels {
            events: redis.name("events"),
            presence: redis.name("presence"),
        };
        let local = InProcessRealtime::new();
        let waiting = Arc::<Waiting>::default();
        let listener = listen(redis.clone(), channels.clone(), instance, local.clone());
        let publisher = Publisher {
            redis,
            channels,
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
        self.waiting.add(Word::Grown(organization));
    }

    async fn tell(&self, organization: OrganizationId, presence: Presence) {
        let presence = Arc::new(presence);
        let hint = Hint::Presence(organization, presence.clone());
        self.local.hint(hint);
        self.waiting.add(Word::Presence(organization, presence));
    }

    async fn subscribe(&self) -> BoxStream<'static, Hint> {
        self.local.subscribe().await
    }
}

#[derive(Clone)]
struct Channels {
    events: String,
    presence: String,
}

impl Channels {
    fn names(&self) -> [&str; 2] {
        [&self.events, &self.presence]
    }
}

/// What goes over the channel of presence.
#[derive(Serialize, Deserialize)]
struct Told {
    instance: Id<RedisRealtime>,
    organization: OrganizationId,
    presence: Arc<Presence>,
}

/// Tells the other instances.
struct Publisher {
    redis: Arc<Redis>,
    channels: Channels,
    instance: Id<RedisRealtime>,
}

impl Publisher {
    async fn run(self, waiting: Arc<Waiting>) {
        // An outage is logged once.
        let mut failing = false;
        loop {
            for word in waiting.take().await {
                match self.publish(word).await {
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

    async fn publish(&self, word: Word) -> Result<(), PoolError> {
        let (channel, payload) = match word {
            Word::Grown(organization) => (
                &self.channels.events,
                format!("{} {organization}", self.instance),
            ),
            Word::Presence(organization, presence) => {
                let told = Told {
                    instance: self.instance,
                    organization,
                    presence,
                };
                let payload = serde_json::to_string(&told).map_err(io::Error::other);
                let payload = payload.map_err(RedisError::from)?;
                (&self.channels.presence, payload)
            }
        };
        let mut connection = self.redis.connection().await?;
        cmd("PUBLISH")
            .arg(channel)
            .arg(payload)
            .query_async::<()>(&mut connection)
            .await?;
        Ok(())
    }
}

async fn listen(
    redis: Arc<Redis>,
    channels: Channels,
    instance: Id<RedisRealtime>,
    local: InProcessRealtime,
) {
    let mut pause = FIRST_RECONNECT;
    loop {
        let error = match redis.subscribe(&channels.names()).await {
            Ok(subscription) => {
                tracing::info!("listening for other instances' events");
                pause = FIRST_RECONNECT;
                local.hint(Hint::Unknown);
                relay(subscription, &channels, instance, &local).await
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
    channels: &Channels,
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
                    if let Some(hint) = read(&message, channels, instance) {
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
fn read(message: &Msg, channels: &Channels, instance: Id<RedisRealtime>) -> Option<Hint> {
    let payload = message.get_payload::<String>().unwrap_or_default();
    if message.get_channel_name() == channels.presence {
        // What another version says and is not understood is as good as lost.
        let told: Told = serde_json::from_str(&payload).ok()?;
        let is_own = told.instance == instance;
        return (!is_own).then_some(Hint::Presence(told.organization, told.presence));
    }
    let (sender, organization) = payload.split_once(' ').unwrap_or_default();
    if sender.parse() == Ok(instance) {
        return None;
    }
    Some(organization.parse().map_or(Hint::Unknown, Hint::Grown))
}

fn broken() -> RedisError {
    io::Error::from(io::ErrorKind::ConnectionAborted).into()
}
