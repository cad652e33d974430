//! On PostgreSQL, people are found by any part of their names and numbers without a look at all
//! others. SQLite reads them all, which takes it no longer than a few thousand need.

use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = "
    CREATE INDEX customers_folded_name_idx ON customers
        USING gin (folded_name gin_trgm_ops) WITH (fastupdate = off);
    CREATE INDEX customers_phone_number_idx ON customers
        USING gin (phone_number gin_trgm_ops) WITH (fastupdate = off);
    CREATE INDEX contacts_folded_name_idx ON contacts
        USING gin (folded_name gin_trgm_ops) WITH (fastupdate = off);
    CREATE INDEX contacts_wa_id_idx ON contacts
        USING gin (wa_id gin_trgm_ops) WITH (fastupdate = off);
";

const DOWN: &str = "
    DROP INDEX contacts_wa_id_idx;
    DROP INDEX contacts_folded_name_idx;
    DROP INDEX customers_phone_number_idx;
    DROP INDEX customers_folded_name_idx;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take_any_time(manager).await?;
        on_postgres(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, DOWN).await
    }
}
