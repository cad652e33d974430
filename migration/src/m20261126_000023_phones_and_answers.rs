//! Numbers that live on a phone too, and restricted ones that may answer.

use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = COLUMNS.map(|name| boolean(name).default(false).to_owned());
        add_columns(manager, ACCOUNTS, columns).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_columns(manager, ACCOUNTS, &COLUMNS).await
    }
}

const ACCOUNTS: &str = "whatsapp_accounts";
const COLUMNS: [&str; 2] = ["on_phone", "may_answer"];
