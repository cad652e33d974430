use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_note = index(MENTIONS, &["organization_id", "note_id"]);
        Tables(vec![(mentions(), vec![of_note])])
            .create(manager)
            .await?;
        let in_notes = match manager.get_database_backend() {
            DbBackend::Sqlite => {
                "INSERT INTO note_mentions (organization_id, user_id, note_id)
                 SELECT DISTINCT organization_id, unhex(value, '-'), notes.id
                 FROM notes, json_each(notes.mentions)"
            }
            _ => {
                "INSERT INTO note_mentions (organization_id, user_id, note_id)
                 SELECT DISTINCT organization_id, CAST(value AS uuid), notes.id
                 FROM notes, json_array_elements_text(CAST(notes.mentions AS json)) AS value"
            }
        };
        let connection = manager.get_connection();
        connection.execute_unprepared(in_notes).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[MENTIONS]).await
    }
}

const MENTIONS: &str = "note_mentions";

/// What the notes say, so that those are found that mention somebody.
fn mentions() -> TableCreateStatement {
    table(MENTIONS)
        .col(uuid("organization_id"))
        .col(uuid("user_id"))
        .col(uuid("note_id"))
        .primary_key(&mut key(&["organization_id", "user_id", "note_id"]))
        .foreign_key(
            tenant_reference(MENTIONS, "note_id", "notes").on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(&mut member_reference(MENTIONS, "user_id"))
        .to_owned()
}
