use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let two_factor = word("two_factor", &["off", "enrolling", "on"])
            .default("off")
            .to_owned();
        add_columns(
            manager,
            "users",
            [
                two_factor,
                text_null("two_factor_secret"),
                big_integer_null("two_factor_last_step"),
            ],
        )
        .await?;
        manager
            .create_index(index("sessions", &["user_id", "created_at", "id"]))
            .await?;
        Tables(vec![
            (recovery_codes(), vec![]),
            (
                one_time_tokens(),
                vec![
                    index("one_time_tokens", &["user_id", "purpose"]),
                    index("one_time_tokens", &["expires_at"]),
                ],
            ),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["one_time_tokens", "recovery_codes"]).await?;
        drop_index(manager, "sessions", "sessions_user_id_created_at_id_idx").await?;
        drop_columns(
            manager,
            "users",
            &["two_factor_last_step", "two_factor_secret", "two_factor"],
        )
        .await
    }
}

fn recovery_codes() -> TableCreateStatement {
    table("recovery_codes")
        .col(uuid("user_id"))
        .col(blob("hash"))
        .primary_key(&mut key(&["user_id", "hash"]))
        .foreign_key(&mut reference("recovery_codes", "user_id", "users"))
        .to_owned()
}

fn one_time_tokens() -> TableCreateStatement {
    table("one_time_tokens")
        .col(blob("hash").primary_key())
        .col(word("purpose", &["password_reset", "email_verification"]))
        .col(uuid("user_id"))
        .col(text("email"))
        .col(time("created_at"))
        .col(time("expires_at"))
        .foreign_key(&mut reference("one_time_tokens", "user_id", "users"))
        .to_owned()
}
