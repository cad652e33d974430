//! The index by which products are found, as that of messages; and on PostgreSQL the words
//! that products have, among which those are found that somebody has misspelled.

use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// `pg_trgm` is trusted: whoever owns the database may create it.
const POSTGRES: &str = "
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE TABLE product_search (
        organization_id uuid NOT NULL,
        product_id uuid NOT NULL,
        terms tsvector NOT NULL,
        PRIMARY KEY (organization_id, product_id),
        CONSTRAINT product_search_product_id_fkey FOREIGN KEY (organization_id, product_id)
            REFERENCES products (organization_id, id)
    );
    CREATE INDEX product_search_terms_idx ON product_search USING gin (terms)
        WITH (fastupdate = off);
    CREATE TABLE product_words (
        organization_id uuid NOT NULL,
        word text COLLATE \"C\" NOT NULL,
        PRIMARY KEY (organization_id, word),
        CONSTRAINT product_words_organization_id_fkey FOREIGN KEY (organization_id)
            REFERENCES organizations (id)
    );
    CREATE INDEX product_words_word_idx ON product_words USING gin (word gin_trgm_ops);
";

/// `product_terms` keeps no text; its prefixes are those of 2 to 4 characters after the 8 that
/// every term begins with.
const SQLITE: &str = "
    CREATE TABLE product_search (
        place integer NOT NULL PRIMARY KEY,
        organization_id uuid_text NOT NULL,
        product_id uuid_text NOT NULL,
        CONSTRAINT product_search_product_id_fkey FOREIGN KEY (organization_id, product_id)
            REFERENCES products (organization_id, id)
    );
    CREATE UNIQUE INDEX product_search_organization_id_product_id_key
        ON product_search (organization_id, product_id);
    CREATE VIRTUAL TABLE product_terms USING fts5 (
        terms, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '10 11 12'
    );
    CREATE TRIGGER product_search_delete AFTER DELETE ON product_search BEGIN
        DELETE FROM product_terms WHERE rowid = OLD.place;
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
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The extension stays: it may have been there before.
        let tables: &[&str] = match manager.get_database_backend() {
            DbBackend::Sqlite => &["product_search", "product_terms"],
            _ => &["product_words", "product_search"],
        };
        drop_tables(manager, tables).await
    }
}
