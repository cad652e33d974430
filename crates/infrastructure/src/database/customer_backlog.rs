//! Indexing the customers from before they could be searched for, once, when the schema has
//! been brought up to date. A start that is broken off is gone on with by the next.

use std::collections::BTreeMap;

use domain::{
    customers::{Customer, phone_key},
    organizations::OrganizationId,
    store::StoreError,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder,
    QueryResult, Statement,
};
use uuid::Uuid;

use super::{
    Database,
    connection::{Connection, Transaction},
    entities::customer::{ActiveModel, Column, Entity},
    error::store_error,
    scope::Scope,
};

/// Indexed in one transaction.
const BATCH: u32 = 500;

/// Must be called under the lock of migrations.
pub(super) async fn index(database: &Database) -> Result<(), StoreError> {
    let mut count = 0;
    loop {
        let mut connection = Connection::Writing(Transaction::new(database.begin().await?));
        let batch = next_batch(&connection).await?;
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
            index_customers(&scope, ids).await?;
            connection = scope.into_connection();
        }
        let transaction = connection.into_transaction()?;
        forget(&transaction, last).await?;
        transaction.commit().await?;
        tracing::info!(
            count,
            "{count} customers from before are indexed for searches"
        );
    }
}

async fn next_batch(connection: &Connection) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    let sql = format!(
        "SELECT organization_id, id FROM customers_to_index
         ORDER BY organization_id, id LIMIT {BATCH}"
    );
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await;
    let key = |row: &QueryResult| Ok((row.try_get("", "organization_id")?, row.try_get("", "id")?));
    let keys: Result<_, sea_orm::DbErr> = rows.map_err(store_error)?.iter().map(key).collect();
    keys.map_err(store_error)
}

async fn index_customers(scope: &Scope, ids: Vec<Uuid>) -> Result<(), StoreError> {
    let customers = scope.find::<Entity>().filter(Column::Id.is_in(ids));
    let rows = customers
        .order_by_asc(Column::Id)
        .all(scope.connection())
        .await
        .map_err(store_error)?;
    for row in rows {
        let id = row.id;
        match Customer::try_from(row) {
            Ok(customer) => {
                take_number(scope, &customer).await?;
                scope.put_customer_terms(&customer).await?;
            }
            // No reason to keep the program from starting.
            Err(error) => tracing::warn!(
                customer.id = %id,
                error = &error as &dyn std::error::Error,
                "A customer that cannot be read is not indexed for searches"
            ),
        }
    }
    Ok(())
}

/// Of several who have a number, the oldest is the one who is known by it.
async fn take_number(scope: &Scope, customer: &Customer) -> Result<(), StoreError> {
    let Some(number) = &customer.phone_number else {
        return Ok(());
    };
    let known_by = ActiveModel {
        id: Set(customer.id.uuid()),
        phone_key: Set(Some(phone_key(number))),
        ..Default::default()
    };
    scope
        .update_unless_taken(known_by, Condition::all())
        .await?;
    Ok(())
}

/// The batch that ends with this key is done.
async fn forget(transaction: &Transaction, last: (Uuid, Uuid)) -> Result<(), StoreError> {
    let sql = "DELETE FROM customers_to_index WHERE (organization_id, id) <= ($1, $2)";
    let backend = transaction.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [last.0.into(), last.1.into()]);
    transaction
        .execute_raw(statement)
        .await
        .map_err(store_error)?;
    Ok(())
}
