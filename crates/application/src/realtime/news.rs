use std::{collections::HashMap, sync::Arc};

use domain::{
    auth::UserId,
    chats::{AgentsSee, ChatId, Sight},
    event::LoggedEvent,
    organizations::MemberName,
    realtime::PresentAgent,
    store::{Repositories, StoreError},
};

/// What a hub tells its watchers.
#[derive(Clone)]
pub(super) enum News {
    Event(Told),
    Presence(Arc<PresenceNews>),
}

/// What has changed of who is there. It has no number, and nobody catches up with it: whoever
/// comes is told all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresenceNews {
    /// Nobody else is there, and nobody types of whom it is not told after this.
    All(Vec<PresentAgent>),
    Here(PresentAgent),
    Gone(MemberName),
    Typing {
        agent: MemberName,
        chat_id: ChatId,
        typing: bool,
    },
}

/// An event, and who is told of it.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) event: Arc<LoggedEvent>,
    pub(super) audience: Audience,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    All,
    /// Who sees a chat of this assignee.
    Of(Option<UserId>),
    /// Who sees all chats: this one is there no more.
    Unlimited,
}

impl Told {
    /// Finds out for all of these events at once, by how the chats are now: two queries, and
    /// one where agents see all.
    pub(super) async fn all(
        data: &dyn Repositories,
        events: Vec<LoggedEvent>,
    ) -> Result<Vec<Self>, StoreError> {
        let chat_of = |logged: &LoggedEvent| logged.event.chat_id();
        let mut chats: Vec<_> = events.iter().filter_map(chat_of).collect();
        chats.sort_unstable();
        chats.dedup();
        let is_limited =
            !chats.is_empty() && data.assignment().settings().await?.agents_see != AgentsSee::All;
        let assignees = if is_limited {
            data.chats().assignees(&chats).await?
        } else {
            HashMap::new()
        };
        let limiting = |logged: &LoggedEvent| chat_of(logged).filter(|_| is_limited);
        let told = events.into_iter().map(|logged| Self {
            audience: match limiting(&logged).map(|id| assignees.get(&id)) {
                None => Audience::All,
                Some(Some(assignee)) => Audience::Of(*assignee),
                Some(None) => Audience::Unlimited,
            },
            event: Arc::new(logged),
        });
        Ok(told.collect())
    }

    /// Whether not everybody is told.
    pub(super) fn is_limited(&self) -> bool {
        self.audience != Audience::All
    }

    /// Whether somebody who sees no more than this is told.
    pub(super) fn is_for(&self, sight: Sight) -> bool {
        match self.audience {
            Audience::All => true,
            Audience::Of(assignee) => sight.sees(assignee),
            Audience::Unlimited => sight == Sight::All,
        }
    }
}

impl PresenceNews {
    /// The chats of which it tells.
    pub(super) fn chats(&self) -> Vec<ChatId> {
        match self {
            Self::All(agents) => agents.iter().flat_map(|it| it.viewing.clone()).collect(),
            Self::Here(agent) => agent.viewing.clone(),
            Self::Gone(_) => Vec::new(),
            Self::Typing { chat_id, .. } => vec![*chat_id],
        }
    }

    /// What of it is told to somebody who sees only some chats.
    pub(super) fn within(&self, sees: impl Fn(ChatId) -> bool) -> Option<Self> {
        let limited = |present: &PresentAgent| PresentAgent {
            agent: present.agent.clone(),
            viewing: present
                .viewing
                .iter()
                .copied()
                .filter(|id| sees(*id))
                .collect(),
        };
        match self {
            Self::All(agents) => Some(Self::All(agents.iter().map(limited).collect())),
            Self::Here(agent) => Some(Self::Here(limited(agent))),
            Self::Gone(_) => Some(self.clone()),
            Self::Typing { chat_id, .. } => sees(*chat_id).then(|| self.clone()),
        }
    }
}
