//! Indexing the messages and customers from before they could be searched for, once, when the
//! schema has been brought up to date. A start that is broken off is gone on with by the next.

use std::{collections::BTreeMap, error::Error, fmt::Display};

use domain::{
    chats::Message,
    customers::{Customer, phone_key},
    organizations::OrganizationId,
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, Statement,
    Value, sea_query::CaseStatement,
};
use uuid::Uuid;

use super::{
    Database,
    connection::{Connection, Transaction},
    entities::{customer, message},
    error::store_error,
    scope::Scope,
};

/// Indexed in one transaction.
const BATCH: u32 = 500;

/// What has rows that wait to be indexed.
#[derive(Clone, Copy)]
enum Backlog {
    Messages,
    Customers,
}

/// Must be called under the lock of migrations: nobody else indexes meanwhile.
pub(super) async fn index(database: &Database) -> Result<(), StoreError> {
    for backlog in [Backlog::Messages, Backlog::Customers] {
        backlog.index(database).await?;
    }
    Ok(())
}

impl Backlog {
    fn what(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Customers => "customers",
        }
    }

    async fn index(self, database: &Database) -> Result<(), StoreError> {
        let what = self.what();
        let mut count = 0;
        loop {
            let mut connection = Connection::Writing(Transaction::new(database.begin().await?));
            let batch = self.next_batch(&connection).await?;
            let Some(last) = batch.last().copied() else {
                return Ok(());
            };
            count += batch.len();
            let mut by_organization = BTreeMap::<Uuid, Vec<Uuid>>::new();
            for (organization, id) in batch {
                by_organization.entry(organization).or_default().push(id);
            }
            for (organization, ids) in by_organization {
                let scope = Scope::new(connection, OrganizationId::from(organization));
                match self {
                    Self::Messages => index_messages(&scope, ids).await?,
                    Self::Customers => index_customers(&scope, ids).await?,
                }
                connection = scope.into_connection();
            }
            let transaction = connection.into_transaction()?;
            self.forget(&transaction, last).await?;
            transaction.commit().await?;
            tracing::info!(count, "{count} {what} from before are indexed for searches");
        }
    }

    async fn next_batch(self, connection: &Connection) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
        let sql = format!(
            "SELECT organization_id, id FROM {}_to_index
             ORDER BY organization_id, id LIMIT {BATCH}",
            self.what()
        );
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(statement).await;
        let key =
            |row: &QueryResult| Ok((row.try_get("", "organization_id")?, row.try_get("", "id")?));
        let keys: Result<_, sea_orm::DbErr> = rows.map_err(store_error)?.iter().map(key).collect();
        keys.map_err(store_error)
    }

    /// The batch that ends with this key is done.
    async fn forget(self, transaction: &Transaction, last: (Uuid, Uuid)) -> Result<(), StoreError> {
        let sql = format!(
            "DELETE FROM {}_to_index WHERE (organization_id, id) <= ($1, $2)",
            self.what()
        );
        let last: [Value; 2] = [last.0.into(), last.1.into()];
        let backend = transaction.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, last);
        transaction
            .execute_raw(statement)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

async fn index_messages(scope: &Scope, ids: Vec<Uuid>) -> Result<(), StoreError> {
    let rows = scope
        .find::<message::Entity>()
        .filter(message::Column::Id.is_in(ids))
        .all(scope.connection())
        .await
        .map_err(store_error)?;
    let messages = rows.into_iter().map(|row| (row.id, Message::try_from(row)));
    let messages = readable("message", messages);
    let messages: Vec<_> = messages.iter().collect();
    scope.index_all(&messages).await
}

async fn index_customers(scope: &Scope, ids: Vec<Uuid>) -> Result<(), StoreError> {
    let rows = scope
        .find::<customer::Entity>()
        .filter(customer::Column::Id.is_in(ids))
        .order_by_asc(customer::Column::Id)
        .all(scope.connection())
        .await
        .map_err(store_error)?;
    let customers = rows
        .into_iter()
        .map(|row| (row.id, Customer::try_from(row)));
    let customers = readable("customer", customers);
    take_numbers(scope, &customers).await?;
    scope.put_terms_of_new(&customers).await
}

/// Those that can be read. The others are no reason to keep the program from starting.
fn readable<T, E: Error + Display + 'static>(
    what: &str,
    rows: impl Iterator<Item = (Uuid, Result<T, E>)>,
) -> Vec<T> {
    rows.filter_map(|(id, row)| match row {
        Ok(row) => Some(row),
        Err(error) => {
            tracing::warn!(
                %id,
                error = &error as &dyn Error,
                "A {what} that cannot be read is not indexed for searches"
            );
            None
        }
    })
    .collect()
}

/// Of several who have a number, the oldest is the one who is known by it.
async fn take_numbers(scope: &Scope, customers: &[Customer]) -> Result<(), StoreError> {
    let mut known_by = BTreeMap::new();
    for customer in customers {
        if let Some(number) = &customer.phone_number {
            known_by
                .entry(phone_key(number))
                .or_insert(customer.id.uuid());
        }
    }
    let taken = scope
        .find::<customer::Entity>()
        .select_only()
        .column(customer::Column::PhoneKey)
        .filter(customer::Column::PhoneKey.is_in(known_by.keys().cloned()));
    let taken: Vec<String> = taken
        .into_tuple()
        .all(scope.connection())
        .await
        .map_err(store_error)?;
    for key in taken {
        known_by.remove(&key);
    }
    if known_by.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = known_by.values().copied().collect();
    let mut keys = CaseStatement::new();
    for (key, id) in known_by {
        keys = keys.case(customer::Column::Id.eq(id), key);
    }
    scope
        .update_many::<customer::Entity>()
        .col_expr(customer::Column::PhoneKey, keys.into())
        .filter(customer::Column::Id.is_in(ids))
        .exec(scope.connection().writing()?)
        .await
        .map_err(store_error)?;
    Ok(())
}
