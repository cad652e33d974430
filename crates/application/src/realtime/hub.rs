use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use domain::{
    event::LoggedEvent, organizations::OrganizationId, realtime::Hint, store::StoreError,
};
use futures_util::{StreamExt, stream::BoxStream};
use tokio::{
    sync::{
        Notify,
        broadcast::{self, Receiver, Sender, WeakSender},
    },
    task::JoinHandle,
    time,
};

use crate::{Error, Ports};

/// Hints may get lost: then a hub looks for itself after so long.
const POLL: Duration = Duration::from_secs(5);
const PAGE: u32 = 500;
/// A watcher that is further behind goes back to the log.
const CAPACITY: usize = 1_024;

/// The hubs of the organizations that are being watched: a task for each, which ends when
/// nobody watches any more, and one task that passes hints on to them.
pub(super) struct Hubs {
    ports: Ports,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    hubs: HashMap<OrganizationId, Handle>,
    listener: Option<JoinHandle<()>>,
}

/// How a hub's task is reached. It lives as long as the sender, which it alone holds.
struct Handle {
    events: WeakSender<Arc<LoggedEvent>>,
    grown: Arc<Notify>,
}

struct Hub {
    ports: Ports,
    organization: OrganizationId,
    events: Sender<Arc<LoggedEvent>>,
    grown: Arc<Notify>,
    last_seq: i64,
}

impl Hubs {
    pub(super) fn new(ports: Ports) -> Self {
        Self {
            ports,
            open: Arc::default(),
        }
    }

    /// Every event that is logged from now on.
    pub(super) async fn join(
        &self,
        organization: OrganizationId,
    ) -> Result<Receiver<Arc<LoggedEvent>>, Error> {
        let joined = lock(&self.open).join(organization);
        if let Some(receiver) = joined {
            return Ok(receiver);
        }
        if !lock(&self.open).is_listening() {
            let hints = self.ports.realtime.subscribe().await;
            lock(&self.open).listen(hints, Arc::downgrade(&self.open));
        }
        let data = self.ports.store.read(organization);
        let last_seq = data.events().last_seq().await?;
        let mut open = lock(&self.open);
        if let Some(receiver) = open.join(organization) {
            return Ok(receiver);
        }
        let (events, receiver) = broadcast::channel(CAPACITY);
        let hub = Hub {
            ports: self.ports.clone(),
            organization,
            events,
            grown: Arc::default(),
            last_seq,
        };
        open.hubs.insert(organization, hub.handle());
        tokio::spawn(hub.run(self.open.clone()));
        Ok(receiver)
    }
}

impl Open {
    fn join(&self, organization: OrganizationId) -> Option<Receiver<Arc<LoggedEvent>>> {
        let events = self.hubs.get(&organization)?.events.upgrade()?;
        Some(events.subscribe())
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
                if let Some(hub) = self.hubs.get(&organization) {
                    hub.grown.notify_one();
                }
            }
            Hint::Unknown => self.hubs.values().for_each(|hub| hub.grown.notify_one()),
        }
    }
}

impl Hub {
    fn handle(&self) -> Handle {
        Handle {
            events: self.events.downgrade(),
            grown: self.grown.clone(),
        }
    }

    async fn run(mut self, open: Arc<Mutex<Open>>) {
        while self.is_watched(&open) {
            if let Err(error) = self.tell_news().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    organization.id = %self.organization,
                    "The event log cannot be read; watchers wait"
                );
            }
            tokio::select! {
                () = self.grown.notified() => {}
                () = time::sleep(POLL) => {}
            }
        }
    }

    /// Whether anybody listens. If not, nobody can find the hub from then on.
    fn is_watched(&self, open: &Mutex<Open>) -> bool {
        let mut open = lock(open);
        let watched = self.events.receiver_count() > 0;
        if !watched {
            open.hubs.remove(&self.organization);
        }
        watched
    }

    async fn tell_news(&mut self) -> Result<(), StoreError> {
        let data = self.ports.store.read(self.organization);
        loop {
            let news = data.events().after(self.last_seq, PAGE).await?;
            let was_full = news.len() >= PAGE as usize;
            for event in news {
                self.last_seq = event.seq;
                // Refused only if the last watcher has just left.
                let _ = self.events.send(Arc::new(event));
            }
            if !was_full {
                return Ok(());
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds it can panic half way through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
