use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let differ = boolean(DIFFER).default(false).to_owned();
        add_columns(manager, PRODUCTS, [differ]).await?;
        let connection = manager.get_connection();
        let those = "UPDATE products SET prices_differ = TRUE WHERE price < highest_price";
        connection.execute_unprepared(those).await?;
        // In the order of their prices, and those that have several apart.
        let by_price = index(PRODUCTS, &["organization_id", DIFFER, "price", "id"])
            .col("highest_price")
            .and_where(Expr::col("removed_at").is_null())
            .to_owned();
        manager.create_index(by_price).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_price = "products_organization_id_prices_differ_price_id_idx";
        drop_index(manager, PRODUCTS, by_price).await?;
        drop_columns(manager, PRODUCTS, &[DIFFER]).await
    }
}

const PRODUCTS: &str = "products";
const DIFFER: &str = "prices_differ";
