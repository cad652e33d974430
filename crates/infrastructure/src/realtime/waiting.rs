use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{organizations::OrganizationId, realtime::Presence};
use tokio::sync::Notify;

/// While Redis is away, older presence is forgotten: it is said again.
const MOST_PRESENCE: usize = 1_024;

/// What the other instances are still to be told.
#[derive(Default)]
pub(super) struct Waiting {
    words: Mutex<Words>,
    added: Notify,
}

#[derive(Default)]
struct Words {
    /// Each waits once, however much happens in it meanwhile.
    grown: Vec<OrganizationId>,
    presence: VecDeque<(OrganizationId, Arc<Presence>)>,
}

pub(super) enum Word {
    Grown(OrganizationId),
    Presence(OrganizationId, Arc<Presence>),
}

impl Waiting {
    pub(super) fn add(&self, word: Word) {
        let mut words = self.locked();
        match word {
            Word::Grown(organization) if words.grown.contains(&organization) => return,
            Word::Grown(organization) => words.grown.push(organization),
            Word::Presence(organization, presence) => {
                if words.presence.len() >= MOST_PRESENCE {
                    words.presence.pop_front();
                }
                words.presence.push_back((organization, presence));
            }
        }
        self.added.notify_one();
    }

    /// Events go first.
    pub(super) async fn take(&self) -> Vec<Word> {
        loop {
            let Words { grown, presence } = mem::take(&mut *self.locked());
            let grown = grown.into_iter().map(Word::Grown);
            let presence = presence
                .into_iter()
                .map(|(organization, presence)| Word::Presence(organization, presence));
            let taken: Vec<_> = grown.chain(presence).collect();
            if !taken.is_empty() {
                return taken;
            }
            self.added.notified().await;
        }
    }

    fn locked(&self) -> MutexGuard<'_, Words> {
        // Nothing that holds it can panic half way through a change.
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
