use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![
            time_null("restricted_until"),
            text_null("phone_number_status"),
            text_null("verified_name"),
            text_null("name_status"),
            schema::boolean_null("webhook_subscribed"),
            text_null("webhook_error"),
            time_null("token_expires_at"),
            json("missing_scopes").default("[]").to_owned(),
            text_null("warning"),
            time_null("health_checked_at"),
            // Those that are there already are due at once.
            time(NEXT_CHECK_AT)
                .default("1970-01-01T00:00:00+00:00")
                .to_owned(),
            json("told_alerts").default("{}").to_owned(),
        ];
        add_columns(manager, ACCOUNTS, columns).await?;
        let due = index(ACCOUNTS, &[NEXT_CHECK_AT, "id"])
            .and_where(Expr::col("removed_at").is_null())
            .to_owned();
        manager.create_index(due).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, ACCOUNTS, "whatsapp_accounts_next_check_at_id_idx").await?;
        let columns = [
            "told_alerts",
            NEXT_CHECK_AT,
            "health_checked_at",
            "warning",
            "missing_scopes",
            "token_expires_at",
            "webhook_error",
            "webhook_subscribed",
            "name_status",
            "verified_name",
            "phone_number_status",
            "restricted_until",
        ];
        drop_columns(manager, ACCOUNTS, &columns).await
    }
}

const ACCOUNTS: &str = "whatsapp_accounts";
const NEXT_CHECK_AT: &str = "next_check_at";
