//! What a product is found and counted by stands in its own row, so that nothing else is read
//! for each that is found: whether few are left of it, in which categories it is, and on
//! PostgreSQL its terms. The words that products have are all but those with digits.

use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = "
    ALTER TABLE products ADD COLUMN terms tsvector;
    UPDATE products SET terms = product_search.terms FROM product_search
        WHERE product_search.organization_id = products.organization_id
        AND product_search.product_id = products.id;
    CREATE INDEX products_terms_idx ON products USING gin (terms) WITH (fastupdate = off);
    DROP TABLE product_search;
    DELETE FROM product_words;
    INSERT INTO product_words (organization_id, word)
        SELECT DISTINCT organization_id, substr(lexeme, 9) FROM products, unnest(terms)
        WHERE lexeme !~ '^.{8}.*[0-9]';
";

/// Words with digits come back with the products that are changed.
const DOWN: &str = "
    CREATE TABLE product_search (
        organization_id uuid NOT NULL,
        product_id uuid NOT NULL,
        terms tsvector NOT NULL,
        PRIMARY KEY (organization_id, product_id),
        CONSTRAINT product_search_product_id_fkey FOREIGN KEY (organization_id, product_id)
            REFERENCES products (organization_id, id)
    );
    INSERT INTO product_search (organization_id, product_id, terms)
        SELECT organization_id, id, terms FROM products WHERE terms IS NOT NULL;
    CREATE INDEX product_search_terms_idx ON product_search USING gin (terms)
        WITH (fastupdate = off);
    DROP INDEX products_terms_idx;
    ALTER TABLE products DROP COLUMN terms;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take_any_time(manager).await?;
        let is_low = boolean(IS_LOW).default(false).to_owned();
        let category_ids = text(CATEGORY_IDS).default("").to_owned();
        add_columns(manager, PRODUCTS, [is_low, category_ids]).await?;
        let connection = manager.get_connection();
        connection.execute_unprepared(THOSE_LOW).await?;
        let ids = match manager.get_database_backend() {
            DbBackend::Sqlite => "group_concat(lower(hex(category_id)), ' ')",
            _ => "string_agg(replace(category_id::text, '-', ''), ' ' ORDER BY category_id)",
        };
        let those_in_categories = format!(
            "UPDATE products SET category_ids = COALESCE((
                 SELECT {ids} FROM product_categories
                 WHERE product_categories.organization_id = products.organization_id
                 AND product_categories.product_id = products.id), '')"
        );
        connection.execute_unprepared(&those_in_categories).await?;
        on_postgres(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take_any_time(manager).await?;
        on_postgres(manager, DOWN).await?;
        drop_columns(manager, PRODUCTS, &[IS_LOW, CATEGORY_IDS]).await
    }
}

const PRODUCTS: &str = "products";
const IS_LOW: &str = "is_low";
const CATEGORY_IDS: &str = "category_ids";

const THOSE_LOW: &str = "
    UPDATE products SET is_low = TRUE WHERE EXISTS (
        SELECT 1 FROM product_variants
        WHERE product_variants.organization_id = products.organization_id
        AND product_variants.product_id = products.id
        AND product_variants.is_low AND product_variants.removed_at IS NULL)";
