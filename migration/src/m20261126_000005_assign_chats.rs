use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(
            manager,
            "organization_members",
            [
                word("availability", &["available", "away"])
                    .default("available")
                    .to_owned(),
                time_null("last_assigned_at"),
            ],
        )
        .await?;
        Tables(vec![(assignment_settings(), vec![])])
            .create(manager)
            .await?;
        manager.create_index(waiting()).await?;
        manager.create_index(index("chats", &LOAD)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(
            manager,
            "chats",
            "chats_organization_id_assignee_id_status_idx",
        )
        .await?;
        drop_index(manager, "chats", WAITING).await?;
        drop_tables(manager, &["assignment_settings"]).await?;
        drop_columns(
            manager,
            "organization_members",
            &["last_assigned_at", "availability"],
        )
        .await
    }
}

/// By what a member's open chats are counted.
const LOAD: [&str; 3] = ["organization_id", "assignee_id", "status"];

const WAITING: &str = "chats_organization_id_status_created_at_id_unassigned_idx";

/// By what the chat is found that has waited longest for somebody.
fn waiting() -> IndexCreateStatement {
    Index::create()
        .name(WAITING)
        .table("chats")
        .col("organization_id")
        .col("status")
        .col("created_at")
        .col("id")
        .and_where(Expr::col("assignee_id").is_null())
        .to_owned()
}

/// One row for each organization that has set anything.
fn assignment_settings() -> TableCreateStatement {
    table("assignment_settings")
        .col(uuid("organization_id"))
        .col(boolean("enabled"))
        .col(integer("capacity"))
        .col(time("updated_at"))
        .col(big_integer("version"))
        .primary_key(&mut key(&["organization_id"]))
        .foreign_key(&mut organization_reference("assignment_settings"))
        .to_owned()
}
