use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Tables(vec![(
            audit_log(),
            vec![
                index("audit_log", &["organization_id", "created_at", "id"]),
                index(
                    "audit_log",
                    &["organization_id", "action", "created_at", "id"],
                ),
                index(
                    "audit_log",
                    &["organization_id", "actor_id", "created_at", "id"],
                ),
                index(
                    "audit_log",
                    &["organization_id", "target_id", "created_at", "id"],
                ),
            ],
        )])
        .create(manager)
        .await?;
        append_only(manager, "audit_log").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        not_append_only(manager, "audit_log").await?;
        drop_tables(manager, &["audit_log"]).await
    }
}

fn audit_log() -> TableCreateStatement {
    tenant_table("audit_log")
        .col(text("action"))
        .col(uuid_null("actor_id"))
        .col(text("target_kind"))
        .col(uuid("target_id"))
        .col(text_null("address"))
        .col(text_null("user_agent"))
        .col(text_null("request_id"))
        .col(json_null("before"))
        .col(json_null("after"))
        .col(time("created_at"))
        .foreign_key(&mut organization_reference("audit_log"))
        .foreign_key(&mut member_reference("audit_log", "actor_id"))
        .to_owned()
}
