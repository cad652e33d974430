use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ChatId;
use crate::{
    auth::UserId,
    id::Id,
    page::{Page, PageRequest},
    store::StoreError,
};

pub type NoteId = Id<Note>;

/// What the team says among itself about a chat. The customer never sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub id: NoteId,
    pub chat_id: ChatId,
    /// The only one who may change it.
    pub author_id: UserId,
    pub text: String,
    /// Whom it calls, each once.
    pub mentions: Vec<UserId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    pub version: i64,
}

impl Note {
    pub const MAX_LENGTH: usize = 4096;
    pub const MAX_MENTIONS: usize = 50;
}

#[async_trait]
pub trait NoteRepository: Send + Sync {
    async fn find(&self, id: NoteId) -> Result<Option<Note>, StoreError>;

    /// Newest first.
    async fn list(&self, chat_id: ChatId, page: PageRequest) -> Result<Page<Note>, StoreError>;

    async fn count(&self, chat_id: ChatId) -> Result<u64, StoreError>;

    async fn insert(&self, note: &Note) -> Result<(), StoreError>;

    /// Stores text and mentions as the version after `note.version`, if that is still the
    /// stored one; else answers false.
    async fn update(&self, note: &Note) -> Result<bool, StoreError>;

    /// False if that is not the stored version any more.
    async fn remove(&self, id: NoteId, version: i64) -> Result<bool, StoreError>;
}
