use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Tables(vec![(files(), vec![unique_index("files", &["key"])])])
            .create(manager)
            .await?;
        // What was stored before is no orphan.
        let stored_media = "INSERT INTO files (organization_id, key, content_type, \
             original_name, uploaded_by, size, sha256, created_at) \
             SELECT organization_id, storage_key, mime_type, file_name, NULL, size, sha256, \
             created_at FROM media WHERE state = 'stored'";
        manager
            .get_connection()
            .execute_unprepared(stored_media)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["files"]).await
    }
}

fn files() -> TableCreateStatement {
    table("files")
        .col(uuid("organization_id"))
        .col(text("key"))
        .col(text("content_type"))
        .col(text_null("original_name"))
        .col(uuid_null("uploaded_by"))
        .col(big_integer("size"))
        .col(text("sha256"))
        .col(time("created_at"))
        .primary_key(&mut key(&["organization_id", "key"]))
        .foreign_key(&mut organization_reference("files"))
        .foreign_key(&mut member_reference("files", "uploaded_by"))
        .to_owned()
}
