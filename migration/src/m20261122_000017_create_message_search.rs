//! The index by which messages are found. What the databases have for it differs: PostgreSQL
//! has inverted indexes over rows, SQLite has tables that are inverted indexes.

use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// A GIN index tells which rows have a term, the others which rows are the newest. Without
/// `fastupdate`, no search pays for what was written before it.
const POSTGRES: &str = "
    CREATE TABLE message_search (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        chat_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        terms tsvector NOT NULL,
        PRIMARY KEY (organization_id, id),
        CONSTRAINT message_search_id_fkey FOREIGN KEY (organization_id, id)
            REFERENCES messages (organization_id, id) ON DELETE CASCADE
    );
    CREATE INDEX message_search_terms_idx ON message_search USING gin (terms)
        WITH (fastupdate = off);
    CREATE INDEX message_search_organization_id_created_at_id_idx
        ON message_search (organization_id, created_at, id);
    CREATE INDEX message_search_organization_id_chat_id_created_at_id_idx
        ON message_search (organization_id, chat_id, created_at, id);
";

/// `place` is the row's number in the inverted index, which gives its rows back in the order
/// of their numbers: the newest first, without sorting. `message_terms` keeps no text; its
/// prefixes are those of 2 to 4 characters after the 8 that every term begins with.
const SQLITE: &str = "
    CREATE TABLE message_search (
        place integer NOT NULL PRIMARY KEY,
        organization_id uuid_text NOT NULL,
        id uuid_text NOT NULL,
        chat_id uuid_text NOT NULL,
        created_at timestamp_with_timezone_text NOT NULL,
        CONSTRAINT message_search_id_fkey FOREIGN KEY (organization_id, id)
            REFERENCES messages (organization_id, id) ON DELETE CASCADE
    );
    CREATE UNIQUE INDEX message_search_organization_id_id_key
        ON message_search (organization_id, id);
    CREATE VIRTUAL TABLE message_terms USING fts5 (
        terms, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '10 11 12'
    );
    CREATE TRIGGER message_search_delete AFTER DELETE ON message_search BEGIN
        DELETE FROM message_terms WHERE rowid = OLD.place;
    END;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = match manager.get_database_backend() {
            DbBackend::Sqlite => SQLITE,
            _ => POSTGRES,
        };
        let connection = manager.get_connection();
        connection.execute_unprepared(statements).await?;
        Tables(vec![(messages_to_index(), vec![])])
            .create(manager)
            .await?;
        let all = "INSERT INTO messages_to_index (organization_id, id)
            SELECT organization_id, id FROM messages";
        connection.execute_unprepared(all).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["messages_to_index", "message_search"]).await?;
        if manager.get_database_backend() == DbBackend::Sqlite {
            drop_tables(manager, &["message_terms"]).await?;
        }
        Ok(())
    }
}

/// The messages from before. Which words they have, only the program can tell: it takes them
/// from here when it has brought the schema up to date.
fn messages_to_index() -> TableCreateStatement {
    tenant_table("messages_to_index")
        .foreign_key(
            tenant_reference("messages_to_index", "id", "messages")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
