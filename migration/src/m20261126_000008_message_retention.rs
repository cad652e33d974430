use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let days = integer_null("message_retention_days");
        add_columns(manager, "organizations", [days]).await?;
        // Of those that still say something.
        let by_age = index("messages", &["organization_id", "created_at", "id"])
            .and_where(Expr::col("kind").ne("expired"))
            .to_owned();
        manager.create_index(by_age).await?;
        let uploads = index("media", &["organization_id", "last_used_at"])
            .and_where(Expr::col("message_id").is_null())
            .and_where(Expr::col("state").eq("stored"))
            .to_owned();
        manager.create_index(uploads).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let uploads = "media_organization_id_last_used_at_idx";
        drop_index(manager, "media", uploads).await?;
        let by_age = "messages_organization_id_created_at_id_idx";
        drop_index(manager, "messages", by_age).await?;
        drop_columns(manager, "organizations", &["message_retention_days"]).await
    }
}
