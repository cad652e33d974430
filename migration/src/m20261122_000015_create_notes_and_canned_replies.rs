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
            (
                notes(),
                vec![index(
                    "notes",
                    &["organization_id", "chat_id", "created_at", "id"],
                )],
            ),
            (
                canned_replies(),
                vec![
                    unique_index("canned_replies", &["organization_id", "shortcut"]),
                    index("canned_replies", &["organization_id", "created_at", "id"]),
                ],
            ),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["canned_replies", "notes"]).await
    }
}

fn notes() -> TableCreateStatement {
    tenant_table("notes")
        .col(uuid("chat_id"))
        .col(uuid("author_id"))
        .col(text("text"))
        .col(json("mentions"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .col(big_integer("version"))
        .foreign_key(&mut tenant_reference("notes", "chat_id", "chats"))
        .foreign_key(&mut member_reference("notes", "author_id"))
        .to_owned()
}

fn canned_replies() -> TableCreateStatement {
    tenant_table("canned_replies")
        .col(text("shortcut"))
        .col(text("text"))
        // Shortcut and text, folded to be searched in.
        .col(text("folded_text"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .col(big_integer("version"))
        .foreign_key(&mut organization_reference("canned_replies"))
        .to_owned()
}
