use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    clock::Clock,
    job::JobQueue,
    organizations::OrganizationId,
    realtime::Realtime,
    store::{Repositories, Store, StoreError, SystemRepositories, SystemUnitOfWork, UnitOfWork},
    whatsapp::{DeliveryInbox, NewDelivery},
};
use tokio::sync::Notify;

use super::{
    Database,
    connection::{Connection, Transaction},
    inbox::Inbox,
    jobs::SeaJobQueue,
    scope::{Scope, SystemScope},
    unit_of_work::{SeaSystemUnitOfWork, SeaUnitOfWork, Shared},
};

/// The store, the job queue and the inbox of deliveries, on one database.
pub struct SeaStore {
    shared: Arc<Shared>,
    jobs: SeaJobQueue,
    inbox: Inbox,
}

impl SeaStore {
    /// Must be called within a Tokio runtime: the inbox and, on PostgreSQL, the listener for
    /// new jobs are tasks. They end when the store is dropped.
    pub fn new(
        database: Database,
        clock: Arc<dyn Clock>,
        realtime: Arc<dyn Realtime>,
    ) -> Arc<Self> {
        let shared = Arc::new(Shared {
            database,
            clock,
            realtime,
            wake: Arc::new(Notify::new()),
        });
        Arc::new(Self {
            jobs: SeaJobQueue::start(shared.clone()),
            inbox: Inbox::start(shared.clone()),
            shared,
        })
    }

    fn reading(&self) -> Connection {
        Connection::Reading(self.shared.database.reader.clone())
    }

    async fn writing(&self) -> Result<Connection, StoreError> {
        let transaction = self.shared.database.begin().await?;
        Ok(Connection::Writing(Transaction::new(transaction)))
    }
}

#[async_trait]
impl Store for SeaStore {
    async fn begin(&self, organization: OrganizationId) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let scope = Scope::new(self.writing().await?, organization);
        Ok(Box::new(SeaUnitOfWork::new(scope, self.shared.clone())))
    }

    fn read(&self, organization: OrganizationId) -> Box<dyn Repositories> {
        let scope = Scope::new(self.reading(), organization);
        Box::new(SeaUnitOfWork::new(scope, self.shared.clone()))
    }

    async fn begin_system(&self) -> Result<Box<dyn SystemUnitOfWork>, StoreError> {
        let scope = SystemScope::new(self.writing().await?);
        Ok(Box::new(SeaSystemUnitOfWork::new(
            scope,
            self.shared.clone(),
        )))
    }

    fn read_system(&self) -> Box<dyn SystemRepositories> {
        let scope = SystemScope::new(self.reading());
        Box::new(SeaSystemUnitOfWork::new(scope, self.shared.clone()))
    }

    fn jobs(&self) -> &dyn JobQueue {
        &self.jobs
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.shared.database.check_schema().await
    }
}

#[async_trait]
impl DeliveryInbox for SeaStore {
    async fn accept(&self, delivery: NewDelivery) -> Result<(), StoreError> {
        self.inbox.accept(delivery).await
    }
}
