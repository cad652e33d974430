//! Who is looked for by a word is listed newest first without a look at all others of the name.

use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let created_at = time("created_at")
            .default("1970-01-01T00:00:00+00:00")
            .to_owned();
        add_columns(manager, TERMS, [created_at]).await?;
        let connection = manager.get_connection();
        connection.execute_unprepared(AGES).await?;
        let by_age = index(TERMS, &["organization_id", "term", "created_at"])
            .col("customer_id")
            .to_owned();
        manager.create_index(by_age).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            // Common and rare words are told apart by what is known of each.
            let sql = "ALTER TABLE customer_terms ALTER COLUMN term SET STATISTICS 1000";
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_age = "customer_terms_organization_id_term_created_at_idx";
        drop_index(manager, TERMS, by_age).await?;
        drop_columns(manager, TERMS, &["created_at"]).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            let sql = "ALTER TABLE customer_terms ALTER COLUMN term SET STATISTICS -1";
            let connection = manager.get_connection();
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

const TERMS: &str = "customer_terms";
const AGES: &str = "
    UPDATE customer_terms SET created_at = (
        SELECT created_at FROM customers
        WHERE customers.organization_id = customer_terms.organization_id
        AND customers.id = customer_terms.customer_id)";
