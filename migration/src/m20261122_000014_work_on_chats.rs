use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let priorities = ["none", "low", "medium", "high", "urgent"];
        add_columns(
            manager,
            "chats",
            [
                time_null("snoozed_until"),
                // No foreign key: SQLite cannot add one to a table that is there already.
                // Members keep their rows, and whoever assigns a chat locks the member's.
                uuid_null("assignee_id"),
                word("priority", &priorities).default("none").to_owned(),
                big_integer("version").default(1).to_owned(),
            ],
        )
        .await?;
        for filter in FILTERS {
            let by_filter = index(
                "chats",
                &["organization_id", filter, "last_activity_at", "id"],
            );
            manager.create_index(by_filter).await?;
        }
        manager.create_index(unassigned()).await?;
        let present = unique_index("chat_cycles", &["organization_id", "chat_id"])
            .and_where(Expr::col("resolved_at").is_null())
            .to_owned();
        let latest = index("chat_cycles", &["organization_id", "chat_id", "id"]);
        Tables(vec![
            (
                chat_labels(),
                vec![index("chat_labels", &["organization_id", "key", "chat_id"])],
            ),
            (chat_cycles(), vec![present, latest]),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["chat_cycles", "chat_labels"]).await?;
        drop_index(manager, "chats", UNASSIGNED).await?;
        for filter in FILTERS {
            let name = format!("chats_organization_id_{filter}_last_activity_at_id_idx");
            let by_filter = Index::drop().name(name).table("chats").to_owned();
            manager.drop_index(by_filter).await?;
        }
        drop_columns(
            manager,
            "chats",
            &["version", "priority", "assignee_id", "snoozed_until"],
        )
        .await
    }
}

/// By what chats are listed besides their status.
const FILTERS: [&str; 3] = ["account_id", "assignee_id", "priority"];

const UNASSIGNED: &str = "chats_organization_id_last_activity_at_id_unassigned_idx";

/// `PostgreSQL` reads an index in its order only where columns have a value.
fn unassigned() -> IndexCreateStatement {
    Index::create()
        .name(UNASSIGNED)
        .table("chats")
        .col("organization_id")
        .col("last_activity_at")
        .col("id")
        .and_where(Expr::col("assignee_id").is_null())
        .to_owned()
}

fn chat_labels() -> TableCreateStatement {
    table("chat_labels")
        .col(uuid("organization_id"))
        .col(uuid("chat_id"))
        // The label without regard to case.
        .col(text("key"))
        .col(text("label"))
        .primary_key(&mut key(&["organization_id", "chat_id", "key"]))
        .foreign_key(&mut tenant_reference("chat_labels", "chat_id", "chats"))
        .to_owned()
}

/// A chat has one that is not resolved at most.
fn chat_cycles() -> TableCreateStatement {
    tenant_table("chat_cycles")
        .col(uuid("chat_id"))
        .col(time("opened_at"))
        .col(time_null("first_response_at"))
        .col(uuid_null("first_response_by"))
        .col(time_null("resolved_at"))
        .col(uuid_null("resolved_by"))
        .foreign_key(&mut tenant_reference("chat_cycles", "chat_id", "chats"))
        .foreign_key(&mut member_reference("chat_cycles", "first_response_by"))
        .foreign_key(&mut member_reference("chat_cycles", "resolved_by"))
        .to_owned()
}
