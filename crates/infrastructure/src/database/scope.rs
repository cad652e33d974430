//! Queries, each within its scope.
//!
//! This is the only file that may build a query on an entity; clippy refuses it elsewhere
//! (`disallowed-methods`). Whoever has a [`Scope`] reaches the rows of one organization and
//! no others. Whoever has a [`SystemScope`] reaches what belongs to no organization; what it
//! does across organizations says so by name.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where queries get their scope"
)]

use domain::{organizations::OrganizationId, store::StoreError};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, DeleteMany, EntityTrait, QueryFilter,
    QueryTrait, Select, UpdateMany,
    sea_query::{Condition, IntoCondition, OnConflict},
};

use super::{
    connection::{Connection, Transaction},
    entities::job,
    error::{broken, store_error},
};

/// An entity whose rows each belong to one organization.
pub(super) trait Tenanted: EntityTrait {
    const ORGANIZATION: Self::Column;
}

/// An entity whose rows belong to the installation.
pub(super) trait InstallationWide: EntityTrait {}

/// One organization's rows.
pub(super) struct Scope {
    connection: Connection,
    organization: OrganizationId,
}

impl Scope {
    pub(super) fn new(connection: Connection, organization: OrganizationId) -> Self {
        Self {
            connection,
            organization,
        }
    }

    pub(super) fn organization(&self) -> OrganizationId {
        self.organization
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn into_connection(self) -> Connection {
        self.connection
    }

    pub(super) fn find<E: Tenanted>(&self) -> Select<E> {
        E::find().filter(E::ORGANIZATION.eq(self.organization.uuid()))
    }

    pub(super) fn update_many<E: Tenanted>(&self) -> UpdateMany<E> {
        E::update_many().filter(E::ORGANIZATION.eq(self.organization.uuid()))
    }

    fn delete_many<E: Tenanted>(&self) -> DeleteMany<E> {
        E::delete_many().filter(E::ORGANIZATION.eq(self.organization.uuid()))
    }

    /// Inserts the row into this organization.
    pub(super) async fn insert<A>(&self, row: A) -> Result<(), StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: Tenanted,
    {
        insert(self.connection.writing()?, self.own(row)?).await
    }

    pub(super) async fn insert_all<A>(&self, rows: Vec<A>) -> Result<(), StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: Tenanted,
    {
        insert_many(self.connection.writing()?, self.own_all(rows)?, None).await?;
        Ok(())
    }

    /// Inserts the row unless one of its unique keys is taken. False if one is.
    pub(super) async fn insert_unless_taken<A>(&self, row: A) -> Result<bool, StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: Tenanted,
    {
        Ok(self.insert_those_not_taken([row]).await? > 0)
    }

    /// Inserts those of the rows whose unique keys are free; answers how many.
    pub(super) async fn insert_those_not_taken<A>(
        &self,
        rows: impl IntoIterator<Item = A>,
    ) -> Result<u64, StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: Tenanted,
    {
        let rows = self.own_all(rows)?;
        let do_nothing = OnConflict::new().do_nothing().to_owned();
        insert_many(self.connection.writing()?, rows, Some(do_nothing)).await
    }

    /// Inserts the rows, or does with those that are there already what `on_conflict` says;
    /// answers how many were inserted or changed.
    pub(super) async fn upsert<A>(
        &self,
        rows: impl IntoIterator<Item = A>,
        on_conflict: OnConflict,
    ) -> Result<u64, StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: Tenanted,
    {
        let rows = self.own_all(rows)?;
        insert_many(self.connection.writing()?, rows, Some(on_conflict)).await
    }

    /// Stores the row over the one that has its key and meets the condition. False if there
    /// is none.
    pub(super) async fn update<A>(
        &self,
        row: A,
        condition: impl IntoCondition,
    ) -> Result<bool, StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: Tenanted,
    {
        let transaction = self.connection.writing()?;
        let update = self.update_statement(row, condition)?;
        let result = transaction.execute(update.as_query()).await;
        Ok(result.map_err(store_error)?.rows_affected() > 0)
    }

    /// As `update`; false also if the row would take a unique key from another.
    pub(super) async fn update_unless_taken<A>(
        &self,
        row: A,
        condition: impl IntoCondition,
    ) -> Result<bool, StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: Tenanted,
    {
        let transaction = self.connection.writing()?;
        let update = self.update_statement(row, condition)?;
        let statement = update.build(transaction.get_database_backend());
        let result = transaction.execute_unless_taken(statement).await?;
        Ok(result.is_some_and(|result| result.rows_affected() > 0))
    }

    fn update_statement<A>(
        &self,
        row: A,
        condition: impl IntoCondition,
    ) -> Result<sea_orm::ValidatedUpdateOne<A>, StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: Tenanted,
    {
        let update = <A::Entity as EntityTrait>::update(self.own(row)?)
            .validate()
            .map_err(store_error)?;
        Ok(update.filter(condition))
    }

    /// Deletes the rows that meet the condition; answers how many.
    pub(super) async fn delete<E: Tenanted>(
        &self,
        condition: impl IntoCondition,
    ) -> Result<u64, StoreError> {
        let transaction = self.connection.writing()?;
        let delete = self.delete_many::<E>().filter(condition);
        let result = delete.exec(transaction).await.map_err(store_error)?;
        Ok(result.rows_affected)
    }

    fn own_all<A>(&self, rows: impl IntoIterator<Item = A>) -> Result<Vec<A>, StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: Tenanted,
    {
        rows.into_iter().map(|row| self.own(row)).collect()
    }

    /// Makes the row this organization's. One that says it is another's is refused.
    fn own<A>(&self, mut row: A) -> Result<A, StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: Tenanted,
    {
        let column = <A::Entity as Tenanted>::ORGANIZATION;
        let ours = self.organization.uuid().into();
        match row.get(column).into_value() {
            Some(organization) if organization != ours => {
                Err(broken("a row of another organization"))
            }
            _ => {
                row.try_set(column, ours).map_err(store_error)?;
                Ok(row)
            }
        }
    }
}

/// What belongs to no organization, or leads to one.
pub(super) struct SystemScope {
    connection: Connection,
}

#[expect(
    clippy::unused_self,
    reason = "to have a system scope is to be allowed to look beyond an organization"
)]
impl SystemScope {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn narrow(self, organization: OrganizationId) -> Scope {
        Scope::new(self.connection, organization)
    }

    pub(super) fn into_connection(self) -> Connection {
        self.connection
    }

    pub(super) fn find<E: InstallationWide>(&self) -> Select<E> {
        E::find()
    }

    pub(super) fn find_across_organizations<E: Tenanted>(&self) -> Select<E> {
        E::find()
    }

    pub(super) fn update_many<E: InstallationWide>(&self) -> UpdateMany<E> {
        E::update_many()
    }

    pub(super) async fn insert<A>(&self, row: A) -> Result<(), StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: InstallationWide,
    {
        insert(self.connection.writing()?, row).await
    }

    pub(super) async fn insert_all<A>(&self, rows: Vec<A>) -> Result<(), StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: InstallationWide,
    {
        insert_many(self.connection.writing()?, rows, None).await?;
        Ok(())
    }

    /// Inserts those of the rows whose unique keys are free; answers how many.
    pub(super) async fn insert_those_not_taken<A>(
        &self,
        rows: impl IntoIterator<Item = A>,
    ) -> Result<u64, StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: InstallationWide,
    {
        let do_nothing = OnConflict::new().do_nothing().to_owned();
        insert_many(
            self.connection.writing()?,
            rows.into_iter().collect(),
            Some(do_nothing),
        )
        .await
    }

    /// Stores the row over the one that has its key. False if there is none.
    pub(super) async fn update<A>(&self, row: A) -> Result<bool, StoreError>
    where
        A: ActiveModelTrait,
        A::Entity: InstallationWide,
    {
        let update = <A::Entity as EntityTrait>::update(row)
            .validate()
            .map_err(store_error)?;
        let transaction = self.connection.writing()?;
        let result = transaction.execute(update.as_query()).await;
        Ok(result.map_err(store_error)?.rows_affected() > 0)
    }

    /// Deletes the rows that meet the condition; answers how many.
    pub(super) async fn delete<E: InstallationWide>(
        &self,
        condition: Condition,
    ) -> Result<u64, StoreError> {
        self.delete_rows::<E>(condition).await
    }

    /// Deletes the rows that meet the condition; answers what they were.
    pub(super) async fn delete_returning<E: InstallationWide>(
        &self,
        condition: impl IntoCondition,
    ) -> Result<Vec<E::Model>, StoreError> {
        let delete = E::delete_many().filter(condition);
        let deleted = delete.exec_with_returning(self.connection.writing()?).await;
        deleted.map_err(store_error)
    }

    pub(super) async fn delete_across_organizations<E: Tenanted>(
        &self,
        condition: Condition,
    ) -> Result<u64, StoreError> {
        self.delete_rows::<E>(condition).await
    }

    /// Deletes the rows that meet the condition; answers what they were.
    pub(super) async fn delete_returning_across_organizations<E: Tenanted>(
        &self,
        condition: impl IntoCondition,
    ) -> Result<Vec<E::Model>, StoreError> {
        let delete = E::delete_many().filter(condition);
        let deleted = delete.exec_with_returning(self.connection.writing()?).await;
        deleted.map_err(store_error)
    }

    async fn delete_rows<E: EntityTrait>(&self, condition: Condition) -> Result<u64, StoreError> {
        let delete = E::delete_many().filter(condition);
        let result = delete.exec(self.connection.writing()?).await;
        Ok(result.map_err(store_error)?.rows_affected)
    }
}

/// Inserts those of the jobs whose unique keys are free; answers how many. The outbox's way
/// in, from whichever scope.
pub(super) async fn insert_jobs(
    transaction: &Transaction,
    rows: Vec<job::ActiveModel>,
) -> Result<u64, StoreError> {
    let do_nothing = OnConflict::new().do_nothing().to_owned();
    insert_many(transaction, rows, Some(do_nothing)).await
}

async fn insert<A: ActiveModelTrait>(transaction: &Transaction, row: A) -> Result<(), StoreError> {
    insert_many(transaction, vec![row], None).await.map(|_| ())
}

/// Inserts many rows, as many at a time as both databases take in one statement.
async fn insert_many<A: ActiveModelTrait>(
    transaction: &Transaction,
    rows: Vec<A>,
    on_conflict: Option<OnConflict>,
) -> Result<u64, StoreError> {
    const ROWS_PER_STATEMENT: usize = 500;
    let mut inserted = 0;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<_> = rows.by_ref().take(ROWS_PER_STATEMENT).collect();
        let mut insert = <A::Entity as EntityTrait>::insert_many(some);
        if let Some(on_conflict) = on_conflict.clone() {
            insert = insert.on_conflict(on_conflict);
        }
        let result: Result<u64, DbErr> = insert.exec_without_returning(transaction).await;
        inserted += result.map_err(store_error)?;
    }
    Ok(inserted)
}
