use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{chats::ChatId, event::Event, organizations::MemberName, realtime::Presence};
use tokio::{
    sync::{
        Notify,
        broadcast::{Receiver, WeakSender},
    },
    time::Instant,
};

use super::{
    PresenceNews,
    board::Board,
    news::{News, Told},
};

/// Where an organization's watchers and their hub meet. The hub's task lives as long as the
/// sender, which it alone holds.
pub(super) struct Lobby {
    news: WeakSender<News>,
    board: Mutex<Board>,
    /// The event log has grown.
    pub(super) grown: Notify,
    /// Somebody has come, gone or turned to another chat.
    pub(super) moved: Notify,
}

/// A watcher's place; given up when it is dropped.
pub(super) struct Seat {
    lobby: Arc<Lobby>,
    number: u64,
}

/// What a watcher has who was let in.
pub(super) struct Admission {
    pub(super) seat: Seat,
    pub(super) news: Receiver<News>,
    /// Who is there; what changes of it from now on is among the news.
    pub(super) present: Vec<PresenceNews>,
}

impl Lobby {
    pub(super) fn new(news: WeakSender<News>) -> Self {
        Self {
            news,
            board: Mutex::new(Board::new()),
            grown: Notify::new(),
            moved: Notify::new(),
        }
    }

    /// None if the hub's task is gone.
    pub(super) fn admit(
        self: &Arc<Self>,
        agent: &MemberName,
        viewing: Option<ChatId>,
    ) -> Option<Admission> {
        let sender = self.news.upgrade()?;
        let mut board = self.board();
        let admission = Admission {
            seat: Seat {
                lobby: self.clone(),
                number: board.sit(agent.clone(), viewing),
            },
            news: sender.subscribe(),
            present: board.all(),
        };
        drop(board);
        self.moved.notify_one();
        Some(admission)
    }

    pub(super) fn hear(&self, presence: Presence) {
        let asks = presence == Presence::WhoIsHere;
        self.change(|board| board.hear(presence, Instant::now()));
        if asks {
            self.moved.notify_one();
        }
    }

    pub(super) fn expire(&self) {
        self.change(|board| board.expire(Instant::now()));
    }

    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.board().next_expiry()
    }

    /// Passes an event on.
    pub(super) fn follow(&self, told: Told) {
        let done_typing = match &told.event.event {
            Event::MessageQueued { message } => message.sent_by.map(|by| (by, message.chat_id)),
            _ => None,
        };
        self.send([News::Event(told)]);
        if let Some((user, chat_id)) = done_typing {
            self.change(|board| board.stop_typing(user, chat_id).into_iter().collect());
        }
    }

    pub(super) fn tell(&self, anyway: bool) -> Vec<Presence> {
        self.board().tell(anyway, Instant::now())
    }

    /// Watchers are told under the lock, so that who comes meanwhile is told either before
    /// or after the change.
    fn change(&self, change: impl FnOnce(&mut Board) -> Vec<PresenceNews>) {
        let mut board = self.board();
        let news = change(&mut board).into_iter().map(Arc::new);
        self.send(news.map(News::Presence));
    }

    fn send(&self, news: impl IntoIterator<Item = News>) {
        let Some(sender) = self.news.upgrade() else {
            return;
        };
        for news in news {
            // Refused only if the last watcher has just left.
            let _ = sender.send(news);
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        // Nothing that holds it can panic half way through a change.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Who is there. What changes of it is among the news, as far as it is not in here yet.
    pub(super) fn present(&self) -> Vec<PresenceNews> {
        self.lobby.board().all()
    }

    pub(super) fn view(&self, chat: Option<ChatId>) {
        self.lobby.board().view(self.number, chat);
        self.lobby.moved.notify_one();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.lobby.board().rise(self.number);
        self.lobby.moved.notify_one();
    }
}
