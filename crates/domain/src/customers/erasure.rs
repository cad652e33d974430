//! Having a person forgotten.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::CustomerId;
use crate::{
    auth::UserId,
    chats::{ChatId, Expired},
    store::StoreError,
    whatsapp::PhoneNumberId,
};

/// That a customer is to be forgotten, and how far that is.
#[derive(Clone, Debug, PartialEq)]
pub struct Erasure {
    pub customer_id: CustomerId,
    pub requested_by: UserId,
    pub requested_at: DateTime<Utc>,
    /// By what the rest is found; none when all is gone.
    pub traces: Option<Traces>,
    /// What has gone.
    pub counts: ErasureCounts,
}

/// Under which names a person is to be found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Traces {
    /// The customer, and those who were merged into them.
    pub customers: Vec<CustomerId>,
    /// Also those that were joined into others.
    pub chats: Vec<ChatId>,
    /// By which Meta knows the person: user ids, and numbers in every way they are written.
    pub identities: Vec<String>,
    /// The organization's own, to which they may have written, also those that it has no more.
    pub numbers: Vec<PhoneNumberId>,
    pub business_accounts: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErasureCounts {
    pub contacts: u64,
    pub chats: u64,
    pub consents: u64,
    pub messages: u64,
    pub files: u64,
    pub notes: u64,
    pub events: u64,
    pub deliveries: u64,
}

/// A stretch of a log in which everything was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked<P> {
    /// Where to go on; none at the end.
    pub next: Option<P>,
    /// How many entries spoke of the person.
    pub erased: u64,
    /// Whether one that does had to be left for later.
    pub is_pending: bool,
}

impl<P> Looked<P> {
    /// There is nothing to look at.
    pub const NOTHING: Self = Self {
        next: None,
        erased: 0,
        is_pending: false,
    };
}

#[async_trait]
pub trait CustomerErasureRepository: Send + Sync {
    /// By what is to be found of a customer, who is locked.
    async fn traces(&self, id: CustomerId) -> Result<Traces, StoreError>;

    /// Stores the erasure with its traces. From now on nobody finds the customer, whose row
    /// stays with nothing in it, for what refers to it; their contacts have no names, their
    /// chats are resolved and nobody's, nothing that waits is sent to them, and what they said
    /// of marketing is gone. Answers the erasure with the counts.
    async fn begin(&self, erasure: Erasure) -> Result<Erasure, StoreError>;

    /// The erasure, which nobody else changes before this unit of work ends.
    async fn lock(&self, id: CustomerId) -> Result<Option<Erasure>, StoreError>;

    /// Stores counts and traces.
    async fn update(&self, erasure: &Erasure) -> Result<(), StoreError>;

    /// Empties at most `limit` messages as retention does, takes Meta's ids from them, which
    /// have numbers in them, and has files go that were uploaded for them and sent to nobody
    /// else. What waits in them is not sent any more; what is being sent is left for later.
    async fn erase_messages(
        &self,
        traces: &Traces,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Expired, StoreError>;

    /// Whether a message still says something, or there is a note, once everybody has ended
    /// who is writing in the chats right now.
    async fn is_anything_left(&self, traces: &Traces) -> Result<bool, StoreError>;

    /// Removes at most `limit` notes; answers how many.
    async fn erase_notes(&self, traces: &Traces, limit: u32) -> Result<u64, StoreError>;

    /// Has the next `limit` events of the log say no more than that the person was erased.
    async fn erase_events(
        &self,
        traces: &Traces,
        after: i64,
        limit: u32,
    ) -> Result<Looked<i64>, StoreError>;

    /// Removes what imports, reports of Meta's and repeated requests remember.
    async fn erase_memories(&self, traces: &Traces) -> Result<(), StoreError>;
}
