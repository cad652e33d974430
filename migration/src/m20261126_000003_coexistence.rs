use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let history = [
            text_null("history_status"),
            integer_null("history_phase"),
            integer_null("history_progress"),
            text_null("history_error"),
            time_null("history_updated_at"),
        ];
        add_columns(manager, "whatsapp_accounts", history).await?;
        let address_book = [text_null("address_book_name"), time_null("address_book_at")];
        add_columns(manager, "contacts", address_book).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let address_book = ["address_book_name", "address_book_at"];
        drop_columns(manager, "contacts", &address_book).await?;
        let history = [
            "history_status",
            "history_phase",
            "history_progress",
            "history_error",
            "history_updated_at",
        ];
        drop_columns(manager, "whatsapp_accounts", &history).await
    }
}
