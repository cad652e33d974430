//! Units of work: one transaction, the repositories within it, and its outbox.

use std::error::Error;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::{
    audit::AuditLog,
    auth::{OneTimeTokenRepository, SessionRepository, UserRepository},
    catalog::{CategoryRepository, PriceHistory, ProductRepository, StockLedger},
    chats::{
        AssignmentRepository, AutomationRepository, CannedReplyRepository, ChatRepository,
        MessageRepository, MessageRetention, MessageSearch, NoteRepository, Retention,
    },
    customers::{
        CustomerFieldRepository, CustomerHistory, CustomerMergeRepository, CustomerRepository,
        SegmentRepository,
    },
    event::{Event, LoggedEvent},
    imports::{ImportRepository, ImportedCustomers, ImportedProducts},
    job::{Job, JobQueue},
    organizations::{
        InvitationDirectory, InvitationRepository, MemberRepository, OrganizationId,
        OrganizationRepository,
    },
    storage::{FileDirectory, FileRepository},
    whatsapp::{
        AccountDirectory, AccountRepository, ContactRepository, DeliveryRepository, MediaDirectory,
        MediaRepository,
    },
};

#[derive(Debug, Error)]
pub enum StoreError {
    /// The database cannot be reached, is too busy, or took too long: the same may succeed
    /// later.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// A mistake of ours: a broken constraint, a row that cannot be read, a write through a
    /// read scope.
    #[error("the database refused")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}

/// Opens units of work. The only way to the data.
#[async_trait]
pub trait Store: Send + Sync {
    /// A unit of work on one organization's data.
    async fn begin(&self, organization: OrganizationId) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// One organization's data without a transaction; writing through it is an error.
    fn read(&self, organization: OrganizationId) -> Box<dyn Repositories>;

    /// A unit of work across organizations: for registration, sign-in and what comes from
    /// Meta, and nothing else.
    async fn begin_system(&self) -> Result<Box<dyn SystemUnitOfWork>, StoreError>;

    /// The same without a transaction; writing through it is an error.
    fn read_system(&self) -> Box<dyn SystemRepositories>;

    fn jobs(&self) -> &dyn JobQueue;

    /// Whether the database answers and its schema is the one that this program needs.
    async fn check(&self) -> Result<(), StoreError>;
}

/// The data of one organization: no method can see another's.
pub trait Repositories: Send + Sync {
    fn organizations(&self) -> &dyn OrganizationRepository;
    fn members(&self) -> &dyn MemberRepository;
    fn invitations(&self) -> &dyn InvitationRepository;
    fn audit_log(&self) -> &dyn AuditLog;
    fn files(&self) -> &dyn FileRepository;
    fn accounts(&self) -> &dyn AccountRepository;
    fn contacts(&self) -> &dyn ContactRepository;
    fn media(&self) -> &dyn MediaRepository;
    fn customers(&self) -> &dyn CustomerRepository;
    fn customer_history(&self) -> &dyn CustomerHistory;
    fn customer_merges(&self) -> &dyn CustomerMergeRepository;
    fn customer_fields(&self) -> &dyn CustomerFieldRepository;
    fn segments(&self) -> &dyn SegmentRepository;
    fn imports(&self) -> &dyn ImportRepository;
    fn imported_customers(&self) -> &dyn ImportedCustomers;
    fn imported_products(&self) -> &dyn ImportedProducts;
    fn chats(&self) -> &dyn ChatRepository;
    fn messages(&self) -> &dyn MessageRepository;
    fn message_search(&self) -> &dyn MessageSearch;
    fn message_retention(&self) -> &dyn MessageRetention;
    fn notes(&self) -> &dyn NoteRepository;
    fn canned_replies(&self) -> &dyn CannedReplyRepository;
    fn assignment(&self) -> &dyn AssignmentRepository;
    fn automation(&self) -> &dyn AutomationRepository;
    fn categories(&self) -> &dyn CategoryRepository;
    fn products(&self) -> &dyn ProductRepository;
    fn prices(&self) -> &dyn PriceHistory;
    fn stock(&self) -> &dyn StockLedger;
    fn events(&self) -> &dyn EventLog;
    fn idempotency_keys(&self) -> &dyn IdempotencyKeys;
}

/// One transaction. Dropping it rolls back; after an error, nothing can be committed.
#[async_trait]
pub trait UnitOfWork: Repositories {
    /// Has the event logged, and the jobs that it sets off stored, when this commits.
    fn record(&self, event: Event);

    /// Has a job stored when this commits, to run at once.
    fn enqueue(&self, job: Job);

    /// Ends the transaction. Events get their numbers here, last of all, so that an
    /// organization's numbers follow its commits; then workers and readers are woken.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// What belongs to no organization, or leads to one.
pub trait SystemRepositories: Send + Sync {
    fn users(&self) -> &dyn UserRepository;
    fn sessions(&self) -> &dyn SessionRepository;
    fn one_time_tokens(&self) -> &dyn OneTimeTokenRepository;
    fn invitations(&self) -> &dyn InvitationDirectory;
    fn files(&self) -> &dyn FileDirectory;
    fn accounts(&self) -> &dyn AccountDirectory;
    fn media(&self) -> &dyn MediaDirectory;
    fn deliveries(&self) -> &dyn DeliveryRepository;
    fn maintenance(&self) -> &dyn Maintenance;
}

#[async_trait]
pub trait SystemUnitOfWork: SystemRepositories {
    /// Has the event logged in an organization, and the jobs that it sets off stored, when
    /// this commits.
    fn record(&self, organization: OrganizationId, event: Event);

    /// Has a job of the whole installation stored when this commits.
    fn enqueue(&self, job: Job);

    /// Goes on, in the same transaction and with what was recorded, within one organization.
    fn narrow(self: Box<Self>, organization: OrganizationId) -> Box<dyn UnitOfWork>;

    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// The organization's events, kept for a time so that readers can resume.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// The number of the last event; 0 before the first.
    async fn last_seq(&self) -> Result<i64, StoreError>;

    /// The number of the oldest event that is still kept, if any is.
    async fn first_seq(&self) -> Result<Option<i64>, StoreError>;

    /// The events after a number, in order.
    async fn after(&self, seq: i64, limit: u32) -> Result<Vec<LoggedEvent>, StoreError>;
}

/// An answer that is kept for the case that the same request comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    pub status: u16,
    /// The headers that belong to the answer, such as `Location`.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Nobody used the key before: it is claimed now, until the time given.
    Claimed,
    /// A request with this key is still running.
    InProgress,
    /// The key was used for a request of this fingerprint, with this answer.
    Answered {
        fingerprint: [u8; 32],
        answer: KeptAnswer,
    },
}

/// The `Idempotency-Key`s that the organization's clients used.
#[async_trait]
pub trait IdempotencyKeys: Send + Sync {
    /// Claims the key, or tells what became of the request that claimed it before. A claim
    /// whose time is over, and an answer older than 24 hours, count as never made.
    async fn claim(
        &self,
        key: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<KeyState, StoreError>;

    /// Keeps the answer to a request of this fingerprint.
    async fn keep(
        &self,
        key: &str,
        fingerprint: &[u8; 32],
        answer: &KeptAnswer,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Gives the key back: the request failed in a way that a repetition may mend.
    async fn release(&self, key: &str) -> Result<(), StoreError>;
}

/// Deleting what has had its time, in all organizations.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// Deletes at most `limit` events from before this time; answers how many.
    async fn sweep_events(&self, before: DateTime<Utc>, limit: u32) -> Result<u64, StoreError>;

    /// Which organizations keep messages for a time only, by their ids, after this one.
    async fn message_retentions(
        &self,
        after: Option<OrganizationId>,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, Retention)>, StoreError>;

    /// Deletes at most `limit` idempotency keys from before this time; answers how many.
    async fn sweep_idempotency_keys(
        &self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<u64, StoreError>;
}
