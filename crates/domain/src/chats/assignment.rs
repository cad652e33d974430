//! Giving chats that nobody has to those who are free, in turn.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};

use super::{AgentsSee, Chat, ChatId, ChatStatus};
use crate::{auth::UserId, store::StoreError};

/// An organization's settings for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentSettings {
    pub enabled: bool,
    /// Who has so many open chats is given no more.
    pub capacity: u16,
    /// Which chats those see who may not see all of them.
    pub agents_see: AgentsSee,
    pub updated_at: DateTime<Utc>,
    /// Counts changes, from 1; 0 before anything was set.
    pub version: i64,
}

impl AssignmentSettings {
    pub const MAX_CAPACITY: u16 = 500;

    /// Whether somebody with so many open chats may be given one more.
    pub fn has_room(&self, open: u64) -> bool {
        open < u64::from(self.capacity)
    }

    /// The turn of the candidate below capacity who was given a chat the longest ago, or
    /// never. `open` tells how many open chats each has; who is not in it has none.
    pub fn next_turn(
        &self,
        candidates: &[Candidate],
        open: &HashMap<UserId, u64>,
        now: DateTime<Utc>,
    ) -> Option<Turn> {
        let open_of = |id| open.get(id).copied().unwrap_or_default();
        let next = candidates
            .iter()
            .filter(|it| self.has_room(open_of(&it.user_id)))
            .min_by_key(|it| (it.last_assigned_at, it.user_id))?;
        let latest = candidates.iter().filter_map(|it| it.last_assigned_at).max();
        let after_all = latest.map(|at| at + Duration::microseconds(1));
        Some(Turn {
            user_id: next.user_id,
            at: after_all.map_or(now, |at| at.max(now)),
        })
    }
}

impl Default for AssignmentSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            capacity: 20,
            agents_see: AgentsSee::All,
            updated_at: DateTime::default(),
            version: 0,
        }
    }
}

/// A member who is active and available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub user_id: UserId,
    /// When a chat was last given to the member by the program.
    pub last_assigned_at: Option<DateTime<Utc>>,
}

/// Whose turn it is, and when it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    pub user_id: UserId,
    /// Later than all turns before, whatever the clock says: it alone keeps their order.
    pub at: DateTime<Utc>,
}

impl Chat {
    /// Whether somebody is to be found for it.
    pub fn waits_for_assignment(&self) -> bool {
        self.status == ChatStatus::Open && self.assignee_id.is_none()
    }

    /// Whether a chat that was so `before` and is so now lets one be assigned: it waits, or
    /// somebody has one open chat less.
    pub fn lets_assign(&self, before: &Self) -> bool {
        let load = |chat: &Self| chat.assignee_id.filter(|_| chat.status == ChatStatus::Open);
        let begins_to_wait = self.waits_for_assignment() && !before.waits_for_assignment();
        begins_to_wait || load(before).is_some_and(|id| load(self) != Some(id))
    }
}

#[async_trait]
pub trait AssignmentRepository: Send + Sync {
    /// The organization's settings; what nobody has set is off, in version 0.
    async fn settings(&self) -> Result<AssignmentSettings, StoreError>;

    /// As `settings`, and until this unit of work ends nobody else changes them or gives
    /// chats away by them.
    async fn lock(&self) -> Result<AssignmentSettings, StoreError>;

    /// Stores the settings as the version after `settings.version`. False if that is not the
    /// stored one any more.
    async fn save(&self, settings: &AssignmentSettings) -> Result<bool, StoreError>;

    /// The open chat that nobody has and that was made first.
    async fn next_chat(&self) -> Result<Option<ChatId>, StoreError>;

    /// The members who are active and available, in no order.
    async fn candidates(&self) -> Result<Vec<Candidate>, StoreError>;

    /// How many open chats each of these has; who has none may be missing.
    async fn open_chats(&self, of: &[UserId]) -> Result<HashMap<UserId, u64>, StoreError>;

    /// The turn was taken.
    async fn note_turn(&self, turn: Turn) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests;
