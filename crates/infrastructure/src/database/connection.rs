//! Running statements: on a pool, which only reads, or in a transaction.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use domain::{
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    ExecResult, PaginatorTrait, QueryResult, QuerySelect, Related, Select, Statement,
    TransactionTrait, sea_query::LockType,
};

use super::{
    error::{broken, store_error},
    pages,
};

pub(super) enum Connection {
    /// Without a transaction.
    Reading(DatabaseConnection),
    Writing(Transaction),
}

/// After a failed statement, PostgreSQL answers `COMMIT` by rolling back, and without an
/// error; SQLite would commit the rest. Hence a transaction remembers that it has failed.
pub(super) struct Transaction {
    transaction: DatabaseTransaction,
    failed: AtomicBool,
}

impl Transaction {
    pub(super) fn new(transaction: DatabaseTransaction) -> Self {
        Self {
            transaction,
            failed: AtomicBool::new(false),
        }
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        if self.failed.into_inner() {
            return Err(broken("a statement failed: nothing can be committed"));
        }
        self.transaction.commit().await.map_err(store_error)
    }

    /// Runs a statement that may meet a taken unique key, and undoes that statement alone if
    /// it does. None if so.
    pub(super) async fn execute_unless_taken(
        &self,
        statement: Statement,
    ) -> Result<Option<ExecResult>, StoreError> {
        let savepoint = self.note(self.transaction.begin().await)?;
        match savepoint.execute_raw(statement).await {
            Ok(result) => {
                self.note(savepoint.commit().await)?;
                Ok(Some(result))
            }
            Err(error) if is_unique_violation(&error) => {
                self.note(savepoint.rollback().await)?;
                Ok(None)
            }
            Err(error) => self.note(Err(error)),
        }
    }

    fn note<T>(&self, result: Result<T, DbErr>) -> Result<T, StoreError> {
        self.remember(&result);
        result.map_err(store_error)
    }

    fn remember<T>(&self, result: &Result<T, DbErr>) {
        if result.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
    }
}

fn is_unique_violation(error: &DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
    )
}

impl Connection {
    /// The transaction to write in.
    pub(super) fn writing(&self) -> Result<&Transaction, StoreError> {
        match self {
            Self::Writing(transaction) => Ok(transaction),
            Self::Reading(_) => Err(broken("a write through a read scope")),
        }
    }

    pub(super) fn into_transaction(self) -> Result<Transaction, StoreError> {
        match self {
            Self::Writing(transaction) => Ok(transaction),
            Self::Reading(_) => Err(broken("a commit through a read scope")),
        }
    }

    pub(super) async fn one<E, T>(&self, select: Select<E>) -> Result<Option<T>, StoreError>
    where
        E: EntityTrait,
        T: TryFrom<E::Model, Error = StoreError>,
    {
        let row = select.one(self).await.map_err(store_error)?;
        row.map(T::try_from).transpose()
    }

    /// As `one`, and nobody else changes the row before the transaction ends. On SQLite the
    /// transaction itself is that lock.
    pub(super) async fn lock_one<E, T>(&self, select: Select<E>) -> Result<Option<T>, StoreError>
    where
        E: EntityTrait,
        T: TryFrom<E::Model, Error = StoreError>,
    {
        self.writing()?;
        // Rows that refer to this one may still be inserted: they need its key alone.
        self.one(select.lock(LockType::NoKeyUpdate)).await
    }

    /// As `all`, and nobody else changes the rows before the transaction ends.
    pub(super) async fn lock_all<E, T>(&self, select: Select<E>) -> Result<Vec<T>, StoreError>
    where
        E: EntityTrait,
        T: TryFrom<E::Model, Error = StoreError>,
    {
        self.writing()?;
        self.all(select.lock(LockType::NoKeyUpdate)).await
    }

    pub(super) async fn all<E, T>(&self, select: Select<E>) -> Result<Vec<T>, StoreError>
    where
        E: EntityTrait,
        T: TryFrom<E::Model, Error = StoreError>,
    {
        let rows = select.all(self).await.map_err(store_error)?;
        rows.into_iter().map(T::try_from).collect()
    }

    /// A page of the list that is ordered by `at` and `id`, newest first.
    pub(super) async fn page<E, T>(
        &self,
        select: Select<E>,
        (at, id): (E::Column, E::Column),
        request: PageRequest,
        position: impl Fn(&T) -> Position + Send,
    ) -> Result<Page<T>, StoreError>
    where
        E: EntityTrait,
        T: TryFrom<E::Model, Error = StoreError>,
    {
        let fetched = self.all(pages::window(select, at, id, request)).await?;
        Ok(Page::from_fetched(fetched, request, position))
    }

    /// As `page`, each row with the one of `R` to which it refers, if to any.
    pub(super) async fn page_with<E, R, T>(
        &self,
        (select, related): (Select<E>, R),
        (at, id): (E::Column, E::Column),
        request: PageRequest,
        convert: impl Fn((E::Model, Option<R::Model>)) -> Result<T, StoreError> + Send,
        position: impl Fn(&T) -> Position + Send,
    ) -> Result<Page<T>, StoreError>
    where
        E: EntityTrait + Related<R>,
        R: EntityTrait,
    {
        let rows = pages::window(select, at, id, request)
            .find_also_related(related)
            .all(self)
            .await
            .map_err(store_error)?;
        let fetched = rows.into_iter().map(convert).collect::<Result<_, _>>()?;
        Ok(Page::from_fetched(fetched, request, position))
    }

    pub(super) async fn count<E>(&self, select: Select<E>) -> Result<u64, StoreError>
    where
        E: EntityTrait,
        E::Model: Send + Sync,
    {
        select.count(self).await.map_err(store_error)
    }
}

#[async_trait]
impl ConnectionTrait for Connection {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Reading(pool) => pool.get_database_backend(),
            Self::Writing(transaction) => transaction.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Reading(pool) => pool.execute_raw(statement).await,
            Self::Writing(transaction) => transaction.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Reading(pool) => pool.execute_unprepared(sql).await,
            Self::Writing(transaction) => transaction.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Reading(pool) => pool.query_one_raw(statement).await,
            Self::Writing(transaction) => transaction.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Reading(pool) => pool.query_all_raw(statement).await,
            Self::Writing(transaction) => transaction.query_all_raw(statement).await,
        }
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let result = self.transaction.execute_raw(statement).await;
        self.remember(&result);
        result
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let result = self.transaction.execute_unprepared(sql).await;
        self.remember(&result);
        result
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let result = self.transaction.query_one_raw(statement).await;
        self.remember(&result);
        result
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let result = self.transaction.query_all_raw(statement).await;
        self.remember(&result);
        result
    }
}
