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
            "contacts",
            [
                time_null("blocked_at"),
                // No foreign key: SQLite cannot add one to a table that is there already.
                // Members keep their rows.
                uuid_null("blocked_by"),
                time_null("undeliverable_at"),
                text_null("undeliverable_reason"),
            ],
        )
        .await?;
        for (name, mark) in INDEXES {
            manager.create_index(of_marked(name, mark)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            drop_index(manager, "contacts", name).await?;
        }
        let columns = [
            "undeliverable_reason",
            "undeliverable_at",
            "blocked_by",
            "blocked_at",
        ];
        drop_columns(manager, "contacts", &columns).await
    }
}

const INDEXES: [(&str, &str); 2] = [
    (
        "contacts_organization_id_created_at_id_blocked_idx",
        "blocked_at",
    ),
    (
        "contacts_organization_id_created_at_id_undeliverable_idx",
        "undeliverable_at",
    ),
];

/// Few of many contacts are marked.
fn of_marked(name: &'static str, mark: &'static str) -> IndexCreateStatement {
    Index::create()
        .name(name)
        .table("contacts")
        .col("organization_id")
        .col("created_at")
        .col("id")
        .and_where(Expr::col(mark).is_not_null())
        .to_owned()
}
