use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Not one of a list of words: SQLite could not add to the list.
        add_columns(manager, "messages", [text_null("origin")]).await?;
        Tables(vec![
            (chat_automation(), vec![]),
            (automatic_messages(), vec![]),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["automatic_messages", "chat_automation"]).await?;
        drop_columns(manager, "messages", &["origin"]).await
    }
}

/// One row for each organization that has set anything.
fn chat_automation() -> TableCreateStatement {
    table("chat_automation")
        .col(uuid("organization_id"))
        .col(json_null("hours"))
        .col(text_null("greeting_text"))
        .col(integer_null("greeting_after_days"))
        .col(text_null("away_text"))
        .col(time("updated_at"))
        .col(big_integer("version"))
        .primary_key(&mut key(&["organization_id"]))
        .foreign_key(&mut organization_reference("chat_automation"))
        .to_owned()
}

/// When the program last said something by itself in a chat.
fn automatic_messages() -> TableCreateStatement {
    table("automatic_messages")
        .col(uuid("organization_id"))
        .col(uuid("chat_id"))
        .col(time_null("greeting_at"))
        .col(time_null("away_at"))
        .primary_key(&mut key(&["organization_id", "chat_id"]))
        .foreign_key(&mut tenant_reference(
            "automatic_messages",
            "chat_id",
            "chats",
        ))
        .to_owned()
}
