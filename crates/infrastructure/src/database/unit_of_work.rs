//! Transactions and their outbox. One struct implements every repository of an organization,
//! another every repository of the installation; their methods are in the features' files.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use domain::{
    audit::AuditLog,
    auth::{OneTimeTokenRepository, SessionRepository, UserRepository},
    catalog::{CategoryRepository, PriceHistory, ProductRepository, StockLedger},
    chats::{
        AssignmentRepository, AutomationRepository, CannedReplyRepository, ChatRepository,
        MessageRepository, MessageRetention, MessageSearch, NoteRepository,
    },
    clock::Clock,
    customers::{
        CustomerFieldRepository, CustomerHistory, CustomerMergeRepository, CustomerRepository,
        SegmentRepository,
    },
    event::Event,
    imports::{ImportRepository, ImportedCustomers, ImportedProducts},
    job::{Job, NewJob},
    organizations::{
        InvitationDirectory, InvitationRepository, MemberRepository, OrganizationId,
        OrganizationRepository,
    },
    realtime::Realtime,
    request_id,
    storage::{FileDirectory, FileRepository},
    store::{
        EventLog, IdempotencyKeys, Maintenance, Repositories, StoreError, SystemRepositories,
        SystemUnitOfWork, UnitOfWork,
    },
    whatsapp::{
        AccountDirectory, AccountRepository, ContactRepository, DeliveryRepository, MediaDirectory,
        MediaRepository,
    },
};
use tokio::sync::Notify;
use tracing::Instrument;

use super::{
    Database,
    connection::Connection,
    error::unavailable,
    events, jobs,
    scope::{Scope, SystemScope},
};

/// What the store, its units of work and its tasks have in common.
pub(super) struct Shared {
    pub(super) database: Database,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) realtime: Arc<dyn Realtime>,
    /// Wakes a worker of this process.
    pub(super) wake: Arc<Notify>,
}

/// One organization's data, in a transaction or, through a read scope, without.
pub(super) struct SeaUnitOfWork {
    pub(super) scope: Scope,
    outbox: Mutex<Outbox>,
    shared: Arc<Shared>,
}

/// The installation's data, in a transaction or, through a read scope, without.
pub(super) struct SeaSystemUnitOfWork {
    pub(super) scope: SystemScope,
    outbox: Mutex<Outbox>,
    shared: Arc<Shared>,
}

/// What becomes true with the commit.
#[derive(Default)]
struct Outbox {
    /// Each organization's, in the order of the organizations' ids.
    events: BTreeMap<OrganizationId, Vec<Event>>,
    jobs: Vec<(Option<OrganizationId>, Job)>,
}

impl Outbox {
    fn record(&mut self, organization: OrganizationId, event: Event) {
        let reactions = event.reactions().into_iter();
        self.jobs
            .extend(reactions.map(|job| (Some(organization), job)));
        self.events.entry(organization).or_default().push(event);
    }
}

impl SeaUnitOfWork {
    pub(super) fn new(scope: Scope, shared: Arc<Shared>) -> Self {
        Self {
            scope,
            outbox: Mutex::default(),
            shared,
        }
    }

    pub(super) fn db(&self) -> &Connection {
        self.scope.connection()
    }
}

impl SeaSystemUnitOfWork {
    pub(super) fn new(scope: SystemScope, shared: Arc<Shared>) -> Self {
        Self {
            scope,
            outbox: Mutex::default(),
            shared,
        }
    }

    pub(super) fn db(&self) -> &Connection {
        self.scope.connection()
    }
}

/// Adds to an outbox. A panic elsewhere cannot have left it half written.
fn put(outbox: &Mutex<Outbox>, add: impl FnOnce(&mut Outbox)) {
    add(&mut outbox.lock().unwrap_or_else(PoisonError::into_inner));
}

fn take(outbox: Mutex<Outbox>) -> Outbox {
    outbox.into_inner().unwrap_or_else(PoisonError::into_inner)
}

impl Repositories for SeaUnitOfWork {
    fn organizations(&self) -> &dyn OrganizationRepository {
        self
    }

    fn members(&self) -> &dyn MemberRepository {
        self
    }

    fn invitations(&self) -> &dyn InvitationRepository {
        self
    }

    fn audit_log(&self) -> &dyn AuditLog {
        self
    }

    fn files(&self) -> &dyn FileRepository {
        self
    }

    fn accounts(&self) -> &dyn AccountRepository {
        self
    }

    fn contacts(&self) -> &dyn ContactRepository {
        self
    }

    fn media(&self) -> &dyn MediaRepository {
        self
    }

    fn customers(&self) -> &dyn CustomerRepository {
        self
    }

    fn customer_history(&self) -> &dyn CustomerHistory {
        self
    }

    fn customer_merges(&self) -> &dyn CustomerMergeRepository {
        self
    }

    fn customer_fields(&self) -> &dyn CustomerFieldRepository {
        self
    }

    fn segments(&self) -> &dyn SegmentRepository {
        self
    }

    fn imports(&self) -> &dyn ImportRepository {
        self
    }

    fn imported_customers(&self) -> &dyn ImportedCustomers {
        self
    }

    fn imported_products(&self) -> &dyn ImportedProducts {
        self
    }

    fn chats(&self) -> &dyn ChatRepository {
        self
    }

    fn messages(&self) -> &dyn MessageRepository {
        self
    }

    fn message_search(&self) -> &dyn MessageSearch {
        self
    }

    fn message_retention(&self) -> &dyn MessageRetention {
        self
    }

    fn notes(&self) -> &dyn NoteRepository {
        self
    }

    fn canned_replies(&self) -> &dyn CannedReplyRepository {
        self
    }

    fn assignment(&self) -> &dyn AssignmentRepository {
        self
    }

    fn automation(&self) -> &dyn AutomationRepository {
        self
    }

    fn categories(&self) -> &dyn CategoryRepository {
        self
    }

    fn products(&self) -> &dyn ProductRepository {
        self
    }

    fn prices(&self) -> &dyn PriceHistory {
        self
    }

    fn stock(&self) -> &dyn StockLedger {
        self
    }

    fn events(&self) -> &dyn EventLog {
        self
    }

    fn idempotency_keys(&self) -> &dyn IdempotencyKeys {
        self
    }
}

#[async_trait]
impl UnitOfWork for SeaUnitOfWork {
    fn record(&self, event: Event) {
        let organization = self.scope.organization();
        put(&self.outbox, |outbox| outbox.record(organization, event));
    }

    fn enqueue(&self, job: Job) {
        let organization = Some(self.scope.organization());
        put(&self.outbox, |outbox| outbox.jobs.push((organization, job)));
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self {
            scope,
            outbox,
            shared,
        } = *self;
        to_its_end(shared.commit(scope.into_connection(), take(outbox))).await
    }
}

impl SystemRepositories for SeaSystemUnitOfWork {
    fn users(&self) -> &dyn UserRepository {
        self
    }

    fn sessions(&self) -> &dyn SessionRepository {
        self
    }

    fn one_time_tokens(&self) -> &dyn OneTimeTokenRepository {
        self
    }

    fn invitations(&self) -> &dyn InvitationDirectory {
        self
    }

    fn files(&self) -> &dyn FileDirectory {
        self
    }

    fn accounts(&self) -> &dyn AccountDirectory {
        self
    }

    fn media(&self) -> &dyn MediaDirectory {
        self
    }

    fn deliveries(&self) -> &dyn DeliveryRepository {
        self
    }

    fn maintenance(&self) -> &dyn Maintenance {
        self
    }
}

#[async_trait]
impl SystemUnitOfWork for SeaSystemUnitOfWork {
    fn record(&self, organization: OrganizationId, event: Event) {
        put(&self.outbox, |outbox| outbox.record(organization, event));
    }

    fn enqueue(&self, job: Job) {
        put(&self.outbox, |outbox| outbox.jobs.push((None, job)));
    }

    fn narrow(self: Box<Self>, organization: OrganizationId) -> Box<dyn UnitOfWork> {
        Box::new(SeaUnitOfWork {
            scope: self.scope.narrow(organization),
            outbox: self.outbox,
            shared: self.shared,
        })
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self {
            scope,
            outbox,
            shared,
        } = *self;
        to_its_end(shared.commit(scope.into_connection(), take(outbox))).await
    }
}

impl Shared {
    async fn commit(
        self: Arc<Self>,
        mut connection: Connection,
        outbox: Outbox,
    ) -> Result<(), StoreError> {
        let Outbox { events, jobs } = outbox;
        // Always in the order of ids: two commits that log in the same organizations shall
        // not wait for each other.
        for (organization, events) in &events {
            let scope = Scope::new(connection, *organization);
            events::append(&scope, events, self.clock.now()).await?;
            connection = scope.into_connection();
        }
        let transaction = connection.into_transaction()?;
        let run_at = self.clock.now();
        let request_id = request_id::current();
        let new_jobs: Vec<_> = jobs
            .into_iter()
            .map(|(organization_id, job)| NewJob {
                organization_id,
                ordering_key: job.ordering_key(),
                run_at,
                unique_key: None,
                request_id: request_id.clone(),
                job,
            })
            .collect();
        let stored = jobs::insert(&transaction, &new_jobs, run_at).await?;
        transaction.commit().await?;
        if stored > 0 {
            self.wake.notify_one();
        }
        for organization in events.into_keys() {
            self.realtime.announce(organization).await;
        }
        Ok(())
    }
}

/// Runs a commit as a task of its own: a caller who goes away in the midst of it, such as a
/// client who hangs up, must not leave it committed with nobody woken.
async fn to_its_end(
    commit: impl Future<Output = Result<(), StoreError>> + Send + 'static,
) -> Result<(), StoreError> {
    let commit = commit.in_current_span();
    let task = match request_id::current() {
        Some(request_id) => tokio::spawn(request_id::within(request_id, commit)),
        None => tokio::spawn(commit),
    };
    task.await.map_err(unavailable)?
}
