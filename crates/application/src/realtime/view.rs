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
    /// If the organization limits what agents see.
    strictest: Sight,
    /// Whether the watcher sees chats that colleagues have open or type in. Only of who may
    /// be limited.
    seen: HashMap<ChatId, bool>,
}

impl View {
    pub(super) fn of(actor: &Actor) -> Self {
        Self {
            strictest: AgentsSee::OwnAndUnassigned.sight_of(actor.user_id(), actor.role()),
            seen: HashMap::new(),
        }
    }

    /// Whether the watcher now sees other chats than before, and must fetch everything afresh.
    pub(super) fn changes_by(&mut self, event: &Event) -> bool {
        match event {
            Event::ChatVisibilityChanged => {
                self.seen.clear();
                self.strictest != Sight::All
            }
            Event::ChatUpdated { overview } => {
                self.seen.remove(&overview.chat.id);
                false
            }
            _ => false,
        }
    }

    /// Whether the watcher is told. That a chat is another's now is told to who saw it, and
    /// does not any more.
    pub(super) fn has(&self, told: &Told) -> bool {
        let is_for = told.is_for(self.strictest);
        match &told.event.event {
            Event::ChatReassigned { from, .. } => !is_for && self.strictest.sees(*from),
            _ => is_for,
        }
    }

    /// The chats in it of which it is not known whether the watcher sees them.
    pub(super) fn unknown_in(&self, news: &PresenceNews) -> Vec<ChatId> {
        if self.strictest == Sight::All {
            return Vec::new();
        }
        let mut unknown = news.chats();
        unknown.retain(|id| !self.seen.contains_key(id));
        unknown
    }

    pub(super) async fn learn(
        &mut self,
        data: &dyn Repositories,
        actor: &Actor,
        chats: Vec<ChatId>,
    ) -> Result<(), Error> {
        let sight = sight_of(data, actor).await?;
        let assignees = data.chats().assignees(&chats).await?;
        if self.seen.len() + chats.len() > MOST {
            self.seen.clear();
        }
        let sees = |id| assignees.get(&id).is_some_and(|it| sight.sees(*it));
        self.seen.extend(chats.into_iter().map(|id| (id, sees(id))));
        Ok(())
    }

    pub(super) fn of_presence(&self, news: Arc<PresenceNews>) -> Option<Arc<PresenceNews>> {
        if self.strictest == Sight::All {
            return Some(news);
        }
        let sees = |id| self.seen.get(&id).copied().unwrap_or_default();
        news.within(sees).map(Arc::new)
    }
}
