use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const BY_KEY: &str = "import_changes_organization_id_import_id_key_idx";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rename_column(manager, "imports", "target", "kind").await?;
        drop_index(manager, "import_changes", BY_KEY).await?;
        drop_columns(manager, "import_changes", &["key"]).await?;
        manager
            .create_index(index("customers", &["organization_id", "email", "id"]))
            .await?;
        Tables(vec![(import_keys(), vec![])]).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["import_keys"]).await?;
        drop_index(
            manager,
            "customers",
            "customers_organization_id_email_id_idx",
        )
        .await?;
        let key = text("key").default("").to_owned();
        add_columns(manager, "import_changes", [key]).await?;
        let by_key = index("import_changes", &["organization_id", "import_id", "key"]);
        manager.create_index(by_key).await?;
        rename_column(manager, "imports", "kind", "target").await
    }
}

/// By what the rows of a dry run know the things that it has changed.
fn import_keys() -> TableCreateStatement {
    table("import_keys")
        .col(uuid("organization_id"))
        .col(uuid("import_id"))
        .col(text("key"))
        .col(uuid("subject_id"))
        .primary_key(&mut key(&[
            "organization_id",
            "import_id",
            "key",
            "subject_id",
        ]))
        .foreign_key(&mut tenant_reference("import_keys", "import_id", "imports"))
        .to_owned()
}
