//! Who is looked for by a word is listed by name without a look at all others of the name.

use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const BY_TERM: &str = "customer_terms_organization_id_term_customer_id_idx";
const BY_TERM_AND_NAME: &str = "customer_terms_organization_id_term_folded_name_customer_id_idx";

const NAMES: &str = "
    UPDATE customer_terms SET folded_name = (
        SELECT folded_name FROM customers
        WHERE customers.organization_id = customer_terms.organization_id
        AND customers.id = customer_terms.customer_id)";

/// Whole addresses are no words: who looks for a name does not go through them.
const ADDRESSES: &str = "
    UPDATE customer_terms SET term = 'e:' || substr(term, 3) WHERE term LIKE 'w:%@%'";
const ADDRESSES_AMONG_WORDS: &str = "
    UPDATE customer_terms SET term = 'w:' || substr(term, 3) WHERE term LIKE 'e:%'";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let folded_name = text("folded_name").default("").to_owned();
        add_columns(manager, "customer_terms", [folded_name]).await?;
        drop_index(manager, "customer_terms", BY_TERM).await?;
        let connection = manager.get_connection();
        connection.execute_unprepared(NAMES).await?;
        connection.execute_unprepared(ADDRESSES).await?;
        let columns = ["organization_id", "term", "folded_name", "customer_id"];
        manager
            .create_index(index("customer_terms", &columns))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, "customer_terms", BY_TERM_AND_NAME).await?;
        let connection = manager.get_connection();
        connection.execute_unprepared(ADDRESSES_AMONG_WORDS).await?;
        drop_columns(manager, "customer_terms", &["folded_name"]).await?;
        let columns = ["organization_id", "term", "customer_id"];
        manager
            .create_index(index("customer_terms", &columns))
            .await
    }
}
