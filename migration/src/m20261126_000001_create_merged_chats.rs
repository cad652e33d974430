use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_chat = index("merged_chats", &["organization_id", "chat_id"]);
        Tables(vec![(merged_chats(), vec![by_chat])])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["merged_chats"]).await
    }
}

/// Which chat those have gone into that are no more. The index of messages still knows
/// messages by the chats in which they were written.
fn merged_chats() -> TableCreateStatement {
    tenant_table("merged_chats")
        .col(uuid("chat_id"))
        .foreign_key(&mut tenant_reference("merged_chats", "chat_id", "chats"))
        .to_owned()
}
