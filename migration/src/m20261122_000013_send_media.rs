use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            // It cannot take a NOT NULL away.
            DbBackend::Sqlite => rebuild(manager, true).await?,
            _ => set_nullable(manager, true).await?,
        }
        add_columns(manager, "media", [time_null("last_used_at")]).await?;
        let unused = index("media", &["created_at"])
            .and_where(Expr::col("message_id").is_null())
            .and_where(Expr::col("last_used_at").is_null())
            .to_owned();
        manager.create_index(unused).await?;
        Tables(vec![(media_uploads(), vec![])])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["media_uploads"]).await?;
        drop_index(manager, "media", "media_created_at_idx").await?;
        drop_columns(manager, "media", &["last_used_at"]).await?;
        // The schema before knows no files of our own.
        execute(manager, "DELETE FROM media WHERE message_id IS NULL").await?;
        match manager.get_database_backend() {
            DbBackend::Sqlite => rebuild(manager, false).await,
            _ => set_nullable(manager, false).await,
        }
    }
}

/// What only files that came with a message have.
const OF_MESSAGES: [&str; 3] = ["account_id", "message_id", "meta_id"];

async fn set_nullable(manager: &SchemaManager<'_>, nullable: bool) -> Result<(), DbErr> {
    let change = if nullable { "DROP" } else { "SET" };
    for column in OF_MESSAGES {
        let alter = format!("ALTER TABLE media ALTER COLUMN {column} {change} NOT NULL");
        execute(manager, &alter).await?;
    }
    // Where there is an account, it leads to the organization.
    let organization = if nullable {
        "ADD CONSTRAINT media_organization_id_fkey \
         FOREIGN KEY (organization_id) REFERENCES organizations (id)"
    } else {
        "DROP CONSTRAINT media_organization_id_fkey"
    };
    execute(manager, &format!("ALTER TABLE media {organization}")).await
}

/// Puts a table in the place of `media` in which its columns may, or may not, be null.
async fn rebuild(manager: &SchemaManager<'_>, nullable: bool) -> Result<(), DbErr> {
    execute(manager, "ALTER TABLE media RENAME TO media_before").await?;
    manager.create_table(media(nullable)).await?;
    let columns = "organization_id, id, account_id, message_id, kind, meta_id, url, mime_type, \
         sha256, file_name, state, storage_key, size, lost_reason, created_at";
    let copy = format!("INSERT INTO media ({columns}) SELECT {columns} FROM media_before");
    execute(manager, &copy).await?;
    drop_tables(manager, &["media_before"]).await
}

async fn execute(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    connection.execute_unprepared(statement).await?;
    Ok(())
}

fn media(nullable: bool) -> TableCreateStatement {
    let of_messages =
        |column: ColumnDef, or_null: ColumnDef| if nullable { or_null } else { column };
    let mut table = tenant_table("media");
    if nullable {
        table.foreign_key(&mut organization_reference("media"));
    }
    table
        .col(of_messages(uuid("account_id"), uuid_null("account_id")))
        .col(of_messages(uuid("message_id"), uuid_null("message_id")))
        .col(word(
            "kind",
            &["image", "video", "audio", "document", "sticker"],
        ))
        .col(of_messages(text("meta_id"), text_null("meta_id")))
        .col(text_null("url"))
        .col(text("mime_type"))
        .col(text_null("sha256"))
        .col(text_null("file_name"))
        .col(word("state", &["pending", "stored", "lost"]))
        .col(text_null("storage_key"))
        .col(big_integer_null("size"))
        .col(text_null("lost_reason"))
        .col(time("created_at"))
        .foreign_key(&mut tenant_reference(
            "media",
            "account_id",
            "whatsapp_accounts",
        ))
        .foreign_key(&mut tenant_reference("media", "message_id", "messages"))
        .to_owned()
}

/// What Meta calls the files that numbers have given it.
fn media_uploads() -> TableCreateStatement {
    table("media_uploads")
        .col(uuid("organization_id"))
        .col(uuid("media_id"))
        .col(uuid("account_id"))
        .col(text("meta_id"))
        .col(time("uploaded_at"))
        .primary_key(&mut key(&["organization_id", "media_id", "account_id"]))
        .foreign_key(
            tenant_reference("media_uploads", "media_id", "media")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(&mut tenant_reference(
            "media_uploads",
            "account_id",
            "whatsapp_accounts",
        ))
        .to_owned()
}
