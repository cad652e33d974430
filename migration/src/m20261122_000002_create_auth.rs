use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Tables(vec![
            (users(), vec![unique_index("users", &["email"])]),
            (
                organization_members(),
                vec![index("organization_members", &["user_id"])],
            ),
            (sessions(), vec![index("sessions", &["expires_at"])]),
            (
                refresh_tokens(),
                vec![index("refresh_tokens", &["session_id"])],
            ),
            (
                realtime_tickets(),
                vec![
                    index("realtime_tickets", &["session_id"]),
                    index("realtime_tickets", &["expires_at"]),
                ],
            ),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "realtime_tickets",
            "refresh_tokens",
            "sessions",
            "organization_members",
            "users",
        ];
        drop_tables(manager, &tables).await
    }
}

fn users() -> TableCreateStatement {
    table("users")
        .col(uuid("id").primary_key())
        .col(text("first_name"))
        .col(text("last_name"))
        .col(text("email"))
        .col(text("phone_number"))
        .col(text("password_hash"))
        .col(boolean("email_verified"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .to_owned()
}

fn organization_members() -> TableCreateStatement {
    table("organization_members")
        .col(uuid("organization_id"))
        .col(uuid("user_id"))
        .col(word("role", &["agent", "admin", "owner"]))
        .col(boolean("active"))
        .col(time("created_at"))
        .primary_key(&mut key(&["organization_id", "user_id"]))
        .foreign_key(&mut organization_reference("organization_members"))
        .foreign_key(&mut reference("organization_members", "user_id", "users"))
        .to_owned()
}

fn sessions() -> TableCreateStatement {
    table("sessions")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(uuid("organization_id"))
        .col(text_null("user_agent"))
        .col(text_null("address"))
        .col(time("created_at"))
        .col(time("last_used_at"))
        .col(time("expires_at"))
        .foreign_key(&mut member_reference("sessions", "user_id"))
        .to_owned()
}

fn refresh_tokens() -> TableCreateStatement {
    table("refresh_tokens")
        .col(blob("hash").primary_key())
        .col(uuid("session_id"))
        .col(time("created_at"))
        .col(time_null("spent_at"))
        .foreign_key(&mut session_reference("refresh_tokens"))
        .to_owned()
}

fn realtime_tickets() -> TableCreateStatement {
    table("realtime_tickets")
        .col(blob("hash").primary_key())
        .col(uuid("session_id"))
        .col(time("expires_at"))
        .foreign_key(&mut session_reference("realtime_tickets"))
        .to_owned()
}

/// What a session's end takes with it.
fn session_reference(table: &'static str) -> ForeignKeyCreateStatement {
    reference(table, "session_id", "sessions")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
