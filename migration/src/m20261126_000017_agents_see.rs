use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let agents_see = word("agents_see", &["all", "own_and_unassigned"])
            .default("all")
            .to_owned();
        add_columns(manager, "assignment_settings", [agents_see]).await?;
        add_columns(manager, "messages", [uuid_null("media_id")]).await?;
        fill_media_ids(manager).await?;
        let by_file = index("messages", &["organization_id", "media_id"])
            .and_where(Expr::col("media_id").is_not_null())
            .to_owned();
        manager.create_index(by_file).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_file = "messages_organization_id_media_id_idx";
        drop_index(manager, "messages", by_file).await?;
        drop_columns(manager, "messages", &["media_id"]).await?;
        drop_columns(manager, "assignment_settings", &["agents_see"]).await
    }
}

/// Takes the ids out of what the messages say. Quotes in what people wrote have a backslash
/// before them there, so that only a name of ours can look like this.
async fn fill_media_ids(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let fill = match manager.get_database_backend() {
        DbBackend::Sqlite => {
            r#"UPDATE messages SET media_id = unhex(replace(
                   substr(content, instr(content, '"media_id":"') + 12, 36), '-', ''))
               WHERE instr(content, '"media_id":"') > 0"#
        }
        _ => {
            r#"UPDATE messages
               SET media_id = CAST(substring(content FROM '"media_id":"([0-9a-f-]{36})"') AS uuid)
               WHERE content LIKE '%"media_id":"%'"#
        }
    };
    let connection = manager.get_connection();
    connection.execute_unprepared(fill).await.map(drop)
}
