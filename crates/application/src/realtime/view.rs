use std::{collections::HashMap, sync::Arc};

use domain::{
    chats::{AgentsSee, ChatId, Sight},
    event::Event,
    store::Repositories,
};

use super::{PresenceNews, news::Told};
use crate::{Actor, Error, chats::sight_of};

/// So many chats are remembered at most.
const MOST: usize = 1_000;

/// What of what happens a watcher is told.
pub(super) struct View {
    /// What the watcher sees if the organization limits it.
    strictest: Sight,
    /// Whether it does; none if that is not known. Of who sees all it never is.
    limited: Option<bool>,
    /// If it does: whether the watcher sees chats that colleagues have open or type in.
    seen: HashMap<ChatId, bool>,
}

/// What an event changes of what a watcher sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// A chat has come into sight, or has left it.
    Chat,
    Everything,
}

impl View {
    pub(super) fn of(actor: &Actor) -> Self {
        Self {
            strictest: AgentsSee::OwnAndUnassigned.sight_of(actor.user_id(), actor.role()),
            limited: None,
            seen: HashMap::new(),
        }
    }

    pub(super) fn change_by(&mut self, told: &Told) -> Change {
        if self.strictest == Sight::All {
            return Change::Nothing;
        }
        match &told.event.event {
            Event::ChatVisibilityChanged => {
                self.limited = None;
                self.seen.clear();
                Change::Everything
            }
            Event::ChatReassigned { chat_id, from, to }
                if self.strictest.sees(*from) != self.strictest.sees(*to) && told.is_limited() =>
            {
                self.seen.remove(chat_id);
                Change::Chat
            }
            _ => Change::Nothing,
        }
    }

    /// Whether the watcher is told. That a chat is another's now is told to who saw it, and
    /// does not any more.
    pub(super) fn has(&self, told: &Told) -> bool {
        let is_for = told.is_for(self.strictest);
        match &told.event.event {
            Event::ChatReassigned { from, to, .. } => {
                !is_for && self.strictest.sees(*from) && !self.strictest.sees(*to)
            }
            _ => is_for,
        }
    }

    /// Those of the chats of which it is not known whether the watcher sees them.
    pub(super) fn unknown(&self, chats: impl IntoIterator<Item = ChatId>) -> Vec<ChatId> {
        if self.strictest == Sight::All || self.limited == Some(false) {
            return Vec::new();
        }
        let chats = chats.into_iter();
        chats.filter(|id| !self.seen.contains_key(id)).collect()
    }

    pub(super) async fn learn(
        &mut self,
        data: &dyn Repositories,
        actor: &Actor,
        chats: Vec<ChatId>,
    ) -> Result<(), Error> {
        let sight = sight_of(data, actor).await?;
        self.limited = Some(sight != Sight::All);
        if sight == Sight::All {
            return Ok(());
        }
        let assignees = data.chats().assignees(&chats).await?;
        if self.seen.len() + chats.len() > MOST {
            self.seen.clear();
        }
        let sees = |id| assignees.get(&id).is_some_and(|it| sight.sees(*it));
        self.seen.extend(chats.into_iter().map(|id| (id, sees(id))));
        Ok(())
    }

    /// The chat was just looked at, and what is known of it may be older.
    pub(super) fn forget(&mut self, id: ChatId) {
        self.seen.remove(&id);
    }

    /// Whether the watcher sees the chat. What is not known is not seen.
    pub(super) fn sees(&self, id: ChatId) -> bool {
        self.strictest == Sight::All
            || self.limited == Some(false)
            || self.seen.get(&id).copied().unwrap_or_default()
    }

    /// What of who is there is told to the watcher.
    pub(super) fn of_presence(&self, news: Arc<PresenceNews>) -> Option<Arc<PresenceNews>> {
        if news.chats().into_iter().all(|id| self.sees(id)) {
            return Some(news);
        }
        news.within(|id| self.sees(id)).map(Arc::new)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::{auth::UserId, event::LoggedEvent, id::Id};

    use super::*;
    use crate::realtime::news::Audience;

    fn of(own: UserId) -> View {
        View {
            strictest: Sight::OwnAndUnassigned(own),
            limited: None,
            seen: HashMap::new(),
        }
    }

    fn reassigned(from: Option<UserId>, to: Option<UserId>, audience: Audience) -> Told {
        let chat_id = Id::generate();
        let event = LoggedEvent {
            seq: 1,
            event: Event::ChatReassigned { chat_id, from, to },
            occurred_at: DateTime::UNIX_EPOCH,
        };
        Told {
            event: Arc::new(event),
            audience,
        }
    }

    #[test]
    fn that_a_chat_is_out_of_sight_is_told_once_whatever_else_became_of_it() {
        let [own, boss, eva] = [(); 3].map(|()| Some(Id::generate()));
        let mut view = of(own.unwrap());
        for (from, to, now, hidden, change) in [
            (own, boss, boss, true, Change::Chat),
            (None, boss, boss, true, Change::Chat),
            // Eva has it by now, which another event tells.
            (own, boss, eva, true, Change::Chat),
            (boss, eva, eva, false, Change::Nothing),
            // It went to the boss after this.
            (own, None, boss, false, Change::Nothing),
            // It has come back.
            (None, boss, own, false, Change::Chat),
            (boss, own, own, false, Change::Chat),
        ] {
            let told = reassigned(from, to, Audience::Of(now));
            assert_eq!(view.change_by(&told), change, "{from:?} {to:?} {now:?}");
            assert_eq!(view.has(&told), hidden, "{from:?} {to:?} {now:?}");
        }
        // One that was joined into another is there no more.
        let gone = |from, to| view.has(&reassigned(from, to, Audience::Unlimited));
        assert!(gone(own, boss) && !gone(boss, own) && !gone(own, None));
    }

    #[test]
    fn nothing_is_hidden_where_all_see_all() {
        let own = Id::generate();
        let boss = Some(Id::generate());
        let told = reassigned(Some(own), boss, Audience::All);
        assert!(!of(own).has(&told));
        assert_eq!(of(own).change_by(&told), Change::Nothing);
        let limited = reassigned(Some(own), boss, Audience::Of(boss));
        let mut of_admin = View {
            strictest: Sight::All,
            ..of(own)
        };
        assert!(!of_admin.has(&limited) && of_admin.sees(Id::generate()));
        assert_eq!(of_admin.change_by(&limited), Change::Nothing);
    }

    #[test]
    fn what_is_not_known_is_not_seen() {
        let mut view = of(Id::generate());
        let [seen, hidden, unknown] = [(); 3].map(|()| Id::generate());
        view.seen.extend([(seen, true), (hidden, false)]);
        assert!(view.sees(seen) && !view.sees(hidden) && !view.sees(unknown));
        assert_eq!(view.unknown([seen, hidden, unknown]), [unknown]);
        view.limited = Some(false);
        assert!(view.sees(unknown) && view.unknown([unknown]).is_empty());
    }
}
