use async_trait::async_trait;

use super::{Consent, CustomerChange, CustomerId};
use crate::{
    auth::UserId,
    chats::{Message, Note},
    page::{Page, PageRequest, Position},
    store::StoreError,
};

/// What a customer's timeline is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimelineKind {
    Message,
    Note,
    Consent,
    Change,
}

/// One thing that happened with a customer.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineEntry {
    Message(Box<Message>),
    /// About one of the customer's chats.
    Note(Note),
    Consent(Consent),
    Change(CustomerChange),
}

impl TimelineKind {
    pub const ALL: [Self; 4] = [Self::Message, Self::Note, Self::Consent, Self::Change];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Note => "note",
            Self::Consent => "consent",
            Self::Change => "change",
        }
    }
}

impl TimelineEntry {
    pub fn kind(&self) -> TimelineKind {
        match self {
            Self::Message(_) => TimelineKind::Message,
            Self::Note(_) => TimelineKind::Note,
            Self::Consent(_) => TimelineKind::Consent,
            Self::Change(_) => TimelineKind::Change,
        }
    }

    pub fn position(&self) -> Position {
        let (at, id) = match self {
            Self::Message(message) => (message.created_at, message.id.uuid()),
            Self::Note(note) => (note.created_at, note.id.uuid()),
            Self::Consent(consent) => (consent.occurred_at, consent.id.uuid()),
            Self::Change(change) => (change.changed_at, change.id.uuid()),
        };
        Position { at, id }
    }

    /// Who did it here; none if it was the customer or the program.
    pub fn actor_id(&self) -> Option<UserId> {
        match self {
            Self::Message(message) => message.sent_by,
            Self::Note(note) => Some(note.author_id),
            Self::Consent(consent) => consent.noted_by(),
            Self::Change(change) => change.changed_by,
        }
    }
}

/// What happened with customers, from wherever it is kept.
#[async_trait]
pub trait CustomerHistory: Send + Sync {
    /// Keeps what became of customers.
    async fn append(&self, changes: &[CustomerChange]) -> Result<(), StoreError>;

    /// What is of one of these kinds, newest first.
    async fn list(
        &self,
        id: CustomerId,
        kinds: &[TimelineKind],
        page: PageRequest,
    ) -> Result<Page<TimelineEntry>, StoreError>;

    async fn count(&self, id: CustomerId, kinds: &[TimelineKind]) -> Result<u64, StoreError>;
}
