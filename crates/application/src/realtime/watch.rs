use std::{collections::VecDeque, sync::Arc, time::Duration};

use domain::{
    chats::ChatId,
    event::{Event, LoggedEvent},
    organizations::{MemberName, Permission},
    realtime::Presence,
};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{self, Instant, Interval, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

use super::{
    PresenceNews,
    hub::Hubs,
    lobby::{Admission, Seat},
    news::{News, Told},
    view::{Change, View},
};
use crate::{Actor, Error, Ports, chats::find_chat};

/// Who is further behind than this starts afresh.
const MOST_BEHIND: u64 = 10_000;
const PAGE: u32 = 500;
/// Sessions also end without an event, by time.
const SESSION_CHECK: Duration = Duration::from_secs(20);
const RETRY: Duration = Duration::from_secs(1);
/// Who types says so every few seconds; more often is not passed on.
const TYPING_PAUSE: Duration = Duration::from_secs(1);

/// One person's view of what happens in the organization, in order and without gaps.
pub struct Watch {
    ports: Ports,
    actor: Actor,
    hubs: Arc<Hubs>,
    view: View,
    /// What the actor is called.
    name: MemberName,
    viewing: Option<ChatId>,
    typed_at: Option<Instant>,
    // Given up before the hub is left: that is what wakes it to see that nobody listens.
    seat: Seat,
    hub: Receiver<News>,
    /// Who is there, not passed on yet.
    present: VecDeque<Arc<PresenceNews>>,
    stop: CancellationToken,
    session_check: Interval,
    /// The number of the last event that was passed on.
    last_seq: i64,
    /// Events that were read and not passed on yet.
    backlog: VecDeque<Told>,
    /// Whether the log has events that the hub has not told us of.
    behind: bool,
    resync: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    Event(Arc<LoggedEvent>),
    Presence(Arc<PresenceNews>),
    /// What happened up to this number cannot be told any more: fetch everything afresh.
    Resync {
        seq: i64,
    },
}

/// Why a watch is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchEnd {
    SessionEnded,
    TooSlow,
    /// The program is about to stop.
    Closing,
}

impl Watch {
    pub(super) async fn begin(
        ports: Ports,
        actor: Actor,
        hubs: Arc<Hubs>,
        stop: CancellationToken,
        after: Option<i64>,
    ) -> Result<Self, Error> {
        let data = ports.store.read(actor.organization_id());
        let name = data.members().names(&[actor.user_id()]).await?.pop();
        let name = name.ok_or(Error::NotFound("member"))?;
        // Joined before the log is looked at: what is logged between the two is not missed.
        let Admission {
            seat,
            news: hub,
            present,
        } = hubs.join(actor.organization_id(), &name, None).await?;
        let newest = data.events().last_seq().await?;
        let resumed = match after {
            Some(after) if after == newest => Some(after),
            Some(after) => {
                let oldest = data.events().first_seq().await?;
                let is_kept = oldest.is_some_and(|oldest| oldest - 1 <= after) && after < newest;
                let is_near = after.abs_diff(newest) <= MOST_BEHIND;
                (is_kept && is_near).then_some(after)
            }
            None => None,
        };
        let mut session_check = time::interval(SESSION_CHECK);
        // The first check is at once: the session may have ended before the hub was joined.
        session_check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            view: View::of(&actor),
            ports,
            actor,
            hubs,
            name,
            viewing: None,
            typed_at: None,
            seat,
            hub,
            present: into_queue(present),
            stop,
            session_check,
            last_seq: resumed.unwrap_or(newest),
            backlog: VecDeque::new(),
            behind: resumed.is_some_and(|seq| seq < newest),
            resync: after.is_some() && resumed.is_none(),
        })
    }

    /// What happens next, or why nothing more will be told. Nothing is lost if this is
    /// dropped before it is ready.
    pub async fn next(&mut self) -> Result<Frame, WatchEnd> {
        if self.resync {
            self.resync = false;
            return Ok(Frame::Resync { seq: self.last_seq });
        }
        loop {
            if self.stop.is_cancelled() {
                return Err(WatchEnd::Closing);
            }
            if let Some(news) = self.present.front().cloned() {
                if !self.look_at(&news).await {
                    continue;
                }
                self.present.pop_front();
                if let Some(news) = self.view.of_presence(news)
                    && !self.is_own_typing(&news)
                {
                    return Ok(Frame::Presence(news));
                }
            } else if let Some(told) = self.backlog.pop_front() {
                let event = &told.event.event;
                self.last_seq = told.event.seq;
                if self.ends_session(event) {
                    return Err(WatchEnd::SessionEnded);
                }
                let change = self.view.change_by(&told);
                if change != Change::Nothing {
                    // Who has which chat open was told as far as the chats were seen.
                    self.present = into_queue(self.seat.present());
                }
                if change == Change::Everything {
                    return Ok(Frame::Resync { seq: self.last_seq });
                }
                if self.view.has(&told) && self.concerns(event) {
                    return Ok(Frame::Event(told.event));
                }
            } else if self.behind {
                self.catch_up().await;
            } else {
                self.wait().await?;
            }
        }
    }

    /// The actor types in the chat, and the colleagues shall see it.
    pub async fn typing(&mut self, chat_id: ChatId) -> Result<(), Error> {
        let is_too_soon = self.typed_at.is_some_and(|at| at.elapsed() < TYPING_PAUSE);
        self.actor.require(Permission::ChatsWrite)?;
        if is_too_soon {
            return Ok(());
        }
        self.typed_at = Some(Instant::now());
        self.check_chat(chat_id).await?;
        let presence = Presence::typing(self.name.clone(), chat_id);
        let organization = self.actor.organization_id();
        self.ports.realtime.tell(organization, presence).await;
        Ok(())
    }

    /// The chat is open before the actor now; none if no chat is.
    pub async fn view(&mut self, chat_id: Option<ChatId>) -> Result<(), Error> {
        if chat_id == self.viewing {
            return Ok(());
        }
        if let Some(chat_id) = chat_id {
            self.check_chat(chat_id).await?;
            self.view.forget(chat_id);
        }
        self.viewing = chat_id;
        self.seat.view(chat_id);
        Ok(())
    }

    async fn check_chat(&self, chat_id: ChatId) -> Result<(), Error> {
        let data = self.ports.store.read(self.actor.organization_id());
        find_chat(data.as_ref(), &self.actor, chat_id)
            .await
            .map(drop)
    }

    /// Learns whether the actor sees the chats in it, and still the one that is open. False if
    /// that cannot be told now.
    async fn look_at(&mut self, news: &PresenceNews) -> bool {
        let unknown = self
            .view
            .unknown(news.chats().into_iter().chain(self.viewing));
        if !unknown.is_empty() {
            let data = self.ports.store.read(self.actor.organization_id());
            if let Err(error) = self.view.learn(data.as_ref(), &self.actor, unknown).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Which chats a watcher sees cannot be told now; it waits"
                );
                time::sleep(RETRY).await;
                return false;
            }
        }
        if self.viewing.is_some_and(|id| !self.view.sees(id)) {
            self.viewing = None;
            self.seat.view(None);
        }
        true
    }

    async fn wait(&mut self) -> Result<(), WatchEnd> {
        tokio::select! {
            () = self.stop.cancelled() => Err(WatchEnd::Closing),
            _ = self.session_check.tick() => self.check_session().await,
            news = self.hub.recv() => match news {
                Ok(News::Presence(news)) => {
                    self.present.push_back(news);
                    Ok(())
                }
                Ok(News::Event(told)) => {
                    if told.event.seq > self.last_seq {
                        self.backlog.push_back(told);
                    }
                    Ok(())
                }
                Err(RecvError::Lagged(missed)) if missed > MOST_BEHIND => Err(WatchEnd::TooSlow),
                // The hub's task went down with the thread that it ran on; there is another.
                Err(RecvError::Lagged(_) | RecvError::Closed) => {
                    self.behind = true;
                    Ok(())
                }
            },
        }
    }

    /// Reads on in the log.
    async fn catch_up(&mut self) {
        if let Err(error) = self.try_to_catch_up().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "The event log cannot be read; a watcher waits"
            );
            time::sleep(RETRY).await;
        }
    }

    async fn try_to_catch_up(&mut self) -> Result<(), Error> {
        let organization = self.actor.organization_id();
        // Joined anew before the log is read: nothing falls between the two.
        let admission = self
            .hubs
            .join(organization, &self.name, self.viewing)
            .await?;
        let data = self.ports.store.read(organization);
        let page = data.events().after(self.last_seq, PAGE).await?;
        let was_full = page.len() >= PAGE as usize;
        let told = Told::all(data.as_ref(), page).await?;
        self.seat = admission.seat;
        self.hub = admission.news;
        self.present = into_queue(admission.present);
        self.behind = was_full;
        self.backlog.extend(told);
        Ok(())
    }

    async fn check_session(&self) -> Result<(), WatchEnd> {
        let now = self.ports.clock.now();
        let system = self.ports.store.read_system();
        let session = system.sessions().signed_in(self.actor.session_id(), now);
        match session.await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(WatchEnd::SessionEnded),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Whether a watcher's session lives cannot be told now"
                );
                Ok(())
            }
        }
    }

    fn ends_session(&self, event: &Event) -> bool {
        matches!(event, Event::SessionEnded { session_id } if *session_id == self.actor.session_id())
    }

    fn concerns(&self, event: &Event) -> bool {
        match event {
            Event::ChatRead { user_id, .. } => *user_id == self.actor.user_id(),
            _ => true,
        }
    }

    fn is_own_typing(&self, news: &PresenceNews) -> bool {
        matches!(news, PresenceNews::Typing { agent, .. } if agent.user_id == self.name.user_id)
    }
}

fn into_queue(news: Vec<PresenceNews>) -> VecDeque<Arc<PresenceNews>> {
    news.into_iter().map(Arc::new).collect()
}
