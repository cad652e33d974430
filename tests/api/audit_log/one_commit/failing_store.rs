use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditEntry, AuditFilter, AuditLog, AuditRecord},
    auth::{OneTimeTokenRepository, SessionRepository, UserRepository},
    catalog::{CategoryRepository, PriceHistory, ProductRepository, StockLedger},
    chats::{
        AssignmentRepository, AutomationRepository, CannedReplyRepository, ChatRepository,
        MessageRepository, MessageRetention, MessageSearch, NoteRepository,
    },
    customers::{
        CustomerFieldRepository, CustomerHistory, CustomerMergeRepository, CustomerRepository,
        SegmentRepository,
    },
    event::Event,
    imports::{ImportRepository, ImportedCustomers, ImportedProducts},
    job::{Job, JobQueue},
    organizations::{
        InvitationDirectory, InvitationRepository, MemberRepository, OrganizationId,
        OrganizationRepository,
    },
    page::{Page, PageRequest},
    storage::{FileDirectory, FileRepository},
    store::{
        EventLog, IdempotencyKeys, Maintenance, Repositories, Store, StoreError,
        SystemRepositories, SystemUnitOfWork, UnitOfWork,
    },
    whatsapp::{
        AccountDirectory, AccountRepository, ContactRepository, DeliveryRepository, MediaDirectory,
        MediaRepository,
    },
};

/// What a store cannot do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    AppendToTheAuditLog,
    Commit,
}

/// A store with a fault.
pub(super) struct FailingStore {
    pub(super) inner: Arc<dyn Store>,
    pub(super) fault: Fault,
}

struct FailingUnit {
    inner: Box<dyn UnitOfWork>,
    fault: Fault,
}

struct FailingSystemUnit {
    inner: Box<dyn SystemUnitOfWork>,
    fault: Fault,
}

struct FullLog;

fn failure() -> StoreError {
    StoreError::Unavailable("the disk is full".into())
}

#[async_trait]
impl Store for FailingStore {
    async fn begin(&self, organization: OrganizationId) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let (inner, fault) = (self.inner.begin(organization).await?, self.fault);
        Ok(Box::new(FailingUnit { inner, fault }))
    }

    fn read(&self, organization: OrganizationId) -> Box<dyn Repositories> {
        self.inner.read(organization)
    }

    async fn begin_system(&self) -> Result<Box<dyn SystemUnitOfWork>, StoreError> {
        let (inner, fault) = (self.inner.begin_system().await?, self.fault);
        Ok(Box::new(FailingSystemUnit { inner, fault }))
    }

    fn read_system(&self) -> Box<dyn SystemRepositories> {
        self.inner.read_system()
    }

    fn jobs(&self) -> &dyn JobQueue {
        self.inner.jobs()
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.inner.check().await
    }
}

#[async_trait]
impl AuditLog for FullLog {
    async fn append(&self, _: &AuditEntry) -> Result<(), StoreError> {
        Err(failure())
    }

    async fn list(&self, _: &AuditFilter, _: PageRequest) -> Result<Page<AuditRecord>, StoreError> {
        Err(failure())
    }

    async fn count(&self, _: &AuditFilter) -> Result<u64, StoreError> {
        Err(failure())
    }
}

impl Repositories for FailingUnit {
    fn audit_log(&self) -> &dyn AuditLog {
        match self.fault {
            Fault::AppendToTheAuditLog => &FullLog,
            Fault::Commit => self.inner.audit_log(),
        }
    }

    fn organizations(&self) -> &dyn OrganizationRepository {
        self.inner.organizations()
    }

    fn members(&self) -> &dyn MemberRepository {
        self.inner.members()
    }

    fn invitations(&self) -> &dyn InvitationRepository {
        self.inner.invitations()
    }

    fn files(&self) -> &dyn FileRepository {
        self.inner.files()
    }

    fn accounts(&self) -> &dyn AccountRepository {
        self.inner.accounts()
    }

    fn contacts(&self) -> &dyn ContactRepository {
        self.inner.contacts()
    }

    fn media(&self) -> &dyn MediaRepository {
        self.inner.media()
    }

    fn customers(&self) -> &dyn CustomerRepository {
        self.inner.customers()
    }

    fn customer_history(&self) -> &dyn CustomerHistory {
        self.inner.customer_history()
    }

    fn customer_merges(&self) -> &dyn CustomerMergeRepository {
        self.inner.customer_merges()
    }

    fn customer_fields(&self) -> &dyn CustomerFieldRepository {
        self.inner.customer_fields()
    }

    fn segments(&self) -> &dyn SegmentRepository {
        self.inner.segments()
    }

    fn imports(&self) -> &dyn ImportRepository {
        self.inner.imports()
    }

    fn imported_products(&self) -> &dyn ImportedProducts {
        self.inner.imported_products()
    }

    fn imported_customers(&self) -> &dyn ImportedCustomers {
        self.inner.imported_customers()
    }

    fn chats(&self) -> &dyn ChatRepository {
        self.inner.chats()
    }

    fn messages(&self) -> &dyn MessageRepository {
        self.inner.messages()
    }

    fn message_search(&self) -> &dyn MessageSearch {
        self.inner.message_search()
    }

    fn message_retention(&self) -> &dyn MessageRetention {
        self.inner.message_retention()
    }

    fn notes(&self) -> &dyn NoteRepository {
        self.inner.notes()
    }

    fn canned_replies(&self) -> &dyn CannedReplyRepository {
        self.inner.canned_replies()
    }

    fn assignment(&self) -> &dyn AssignmentRepository {
        self.inner.assignment()
    }

    fn automation(&self) -> &dyn AutomationRepository {
        self.inner.automation()
    }

    fn categories(&self) -> &dyn CategoryRepository {
        self.inner.categories()
    }

    fn products(&self) -> &dyn ProductRepository {
        self.inner.products()
    }

    fn prices(&self) -> &dyn PriceHistory {
        self.inner.prices()
    }

    fn stock(&self) -> &dyn StockLedger {
        self.inner.stock()
    }

    fn events(&self) -> &dyn EventLog {
        self.inner.events()
    }

    fn idempotency_keys(&self) -> &dyn IdempotencyKeys {
        self.inner.idempotency_keys()
    }
}

#[async_trait]
impl UnitOfWork for FailingUnit {
    fn record(&self, event: Event) {
        self.inner.record(event);
    }

    fn enqueue(&self, job: Job) {
        self.inner.enqueue(job);
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        match self.fault {
            Fault::AppendToTheAuditLog => self.inner.commit().await,
            Fault::Commit => Err(failure()),
        }
    }
}

impl SystemRepositories for FailingSystemUnit {
    fn users(&self) -> &dyn UserRepository {
        self.inner.users()
    }

    fn sessions(&self) -> &dyn SessionRepository {
        self.inner.sessions()
    }

    fn one_time_tokens(&self) -> &dyn OneTimeTokenRepository {
        self.inner.one_time_tokens()
    }

    fn invitations(&self) -> &dyn InvitationDirectory {
        self.inner.invitations()
    }

    fn files(&self) -> &dyn FileDirectory {
        self.inner.files()
    }

    fn accounts(&self) -> &dyn AccountDirectory {
        self.inner.accounts()
    }

    fn media(&self) -> &dyn MediaDirectory {
        self.inner.media()
    }

    fn deliveries(&self) -> &dyn DeliveryRepository {
        self.inner.deliveries()
    }

    fn maintenance(&self) -> &dyn Maintenance {
        self.inner.maintenance()
    }
}

#[async_trait]
impl SystemUnitOfWork for FailingSystemUnit {
    fn record(&self, organization: OrganizationId, event: Event) {
        self.inner.record(organization, event);
    }

    fn enqueue(&self, job: Job) {
        self.inner.enqueue(job);
    }

    fn narrow(self: Box<Self>, organization: OrganizationId) -> Box<dyn UnitOfWork> {
        let (inner, fault) = (self.inner.narrow(organization), self.fault);
        Box::new(FailingUnit { inner, fault })
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        match self.fault {
            Fault::AppendToTheAuditLog => self.inner.commit().await,
            Fault::Commit => Err(failure()),
        }
    }
}
