use std::{
    collections::HashMap,
    future,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use domain::{
    chats::ChatId,
    organizations::{MemberName, OrganizationId},
    realtime::{Hint, Presence},
    store::StoreError,
};
use futures_util::{StreamExt, stream::BoxStream};
use tokio::{
    sync::broadcast::{self, Sender},
    task::JoinHandle,
    time::{self, Instant, MissedTickBehavior},
};

use super::{
    lobby::{Admission, Lobby},
    news::{News, Told},
};
use crate::{Error, Ports};

/// Hints may get lost: then a hub looks for itself after so long.
const POLL: Duration = Duration::from_secs(5);
const PAGE: u32 = 500;
/// A watcher that is further behind goes back to the log.
const CAPACITY: usize = 1_024;
/// Other instances are told at most so often who comes and goes, so that a page that is
/// loaded again is no news.
const PAUSE: Duration = Duration::from_millis(200);

/// The hubs of the organizations that are being watched: a task for each, which ends when
/// nobody watches any more, and one task that passes hints on to them.
pub(super) struct Hubs {
    ports: Ports,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    lobbies: HashMap<OrganizationId, Arc<Lobby>>,
    listener: Option<JoinHandle<()>>,
}

struct Hub {
    ports: Ports,
    organization: OrganizationId,
    news: Sender<News>,
    lobby: Arc<Lobby>,
    last_seq: i64,
}

impl Hubs {
    pub(super) fn new(ports: Ports) -> Self {
        Self {
            ports,
            open: Arc::default(),
        }
    }

    /// Every event that is logged from now on, and who is there.
    pub(super) async fn join(
        &self,
        organization: OrganizationId,
        agent: &MemberName,
        viewing: Option<ChatId>,
    ) -> Result<Admission, Error> {
        let admission = lock(&self.open).admit(organization, agent, viewing);
        if let Some(admission) = admission {
            return Ok(admission);
        }
        if !lock(&self.open).is_listening() {
            let hints = self.ports.realtime.subscribe().await;
            lock(&self.open).listen(hints, Arc::downgrade(&self.open));
        }
        let data = self.ports.store.read(organization);
        let last_seq = data.events().last_seq().await?;
        let mut open = lock(&self.open);
        if let Some(admission) = open.admit(organization, agent, viewing) {
            return Ok(admission);
        }
        let (news, _) = broadcast::channel(CAPACITY);
        let lobby = Arc::new(Lobby::new(news.downgrade()));
        let admission = lobby
            .admit(agent, viewing)
            .ok_or_else(|| Error::internal("a hub is gone before it begins"))?;
        open.lobbies.insert(organization, lobby.clone());
        let hub = Hub {
            ports: self.ports.clone(),
            organization,
            news,
            lobby,
            last_seq,
        };
        tokio::spawn(hub.run(self.open.clone()));
        Ok(admission)
    }
}

impl Open {
    fn admit(
        &self,
        organization: OrganizationId,
        agent: &MemberName,
        viewing: Option<ChatId>,
    ) -> Option<Admission> {
        self.lobbies.get(&organization)?.admit(agent, viewing)
    }

    fn is_listening(&self) -> bool {
        self.listener
            .as_ref()
            .is_some_and(|listener| !listener.is_finished())
    }

    fn listen(&mut self, mut hints: BoxStream<'static, Hint>, open: Weak<Mutex<Self>>) {
        if self.is_listening() {
            return;
        }
        self.listener = Some(tokio::spawn(async move {
            while let Some(hint) = hints.next().await
                && let Some(open) = open.upgrade()
            {
                lock(&open).pass_on(hint);
            }
        }));
    }

    fn pass_on(&self, hint: Hint) {
        match hint {
            Hint::Grown(organization) => {
                if let Some(lobby) = self.lobbies.get(&organization) {
                    lobby.grown.notify_one();
                }
            }
            Hint::Presence(organization, presence) => {
                if let Some(lobby) = self.lobbies.get(&organization) {
                    lobby.hear(Arc::unwrap_or_clone(presence));
                }
            }
            Hint::Unknown => {
                for lobby in self.lobbies.values() {
                    lobby.grown.notify_one();
                }
            }
        }
    }
}

impl Hub {
    async fn run(mut self, open: Arc<Mutex<Open>>) {
        let mut poll = time::interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heartbeat = time::interval(Presence::HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told_at = Instant::now();
        let mut tell_at = None;
        self.tell(Presence::WhoIsHere).await;
        while self.is_watched(&open) {
            let expiry = self.lobby.next_expiry();
            tokio::select! {
                () = self.lobby.grown.notified() => {
                    poll.reset();
                    self.tell_news().await;
                }
                _ = poll.tick() => self.tell_news().await,
                () = self.lobby.moved.notified() => tell_at = Some(told_at + PAUSE),
                () = until(tell_at) => {
                    (tell_at, told_at) = (None, Instant::now());
                    self.tell_who_is_here(false).await;
                }
                _ = heartbeat.tick() => self.tell_who_is_here(true).await,
                () = until(expiry) => self.lobby.expire(),
            }
        }
        self.tell_who_is_here(true).await;
    }

    /// Whether anybody listens. If not, nobody can find the hub from then on.
    fn is_watched(&self, open: &Mutex<Open>) -> bool {
        let mut open = lock(open);
        let watched = self.news.receiver_count() > 0;
        if !watched {
            open.lobbies.remove(&self.organization);
        }
        watched
    }

    async fn tell_who_is_here(&self, anyway: bool) {
        for presence in self.lobby.tell(anyway) {
            self.tell(presence).await;
        }
    }

    async fn tell(&self, presence: Presence) {
        self.ports.realtime.tell(self.organization, presence).await;
    }

    async fn tell_news(&mut self) {
        if let Err(error) = self.try_to_tell_news().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                organization.id = %self.organization,
                "The event log cannot be read; watchers wait"
            );
        }
    }

    async fn try_to_tell_news(&mut self) -> Result<(), StoreError> {
        let data = self.ports.store.read(self.organization);
        loop {
            let news = data.events().after(self.last_seq, PAGE).await?;
            let was_full = news.len() >= PAGE as usize;
            for told in Told::all(data.as_ref(), news).await? {
                self.last_seq = told.event.seq;
                self.lobby.follow(told);
            }
            if !was_full {
                return Ok(());
            }
        }
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => time::sleep_until(time).await,
        None => future::pending().await,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds it can panic half way through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
