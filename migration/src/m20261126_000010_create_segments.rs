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
            segments(),
            vec![
                unique_index("segments", &["organization_id", "name_key"]),
                index("segments", &["organization_id", "created_at", "id"]),
            ],
        )])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["segments"]).await
    }
}

fn segments() -> TableCreateStatement {
    tenant_table("segments")
        .col(text("name"))
        // The name without regard to case.
        .col(text("name_key"))
        .col(json("filter"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .col(big_integer("version"))
        .foreign_key(&mut organization_reference("segments"))
        .to_owned()
}
