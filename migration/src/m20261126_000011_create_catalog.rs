use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Each order in which products are listed.
const ORDERS: [&str; 5] = [
    "created_at",
    "updated_at",
    "sort_name",
    "price",
    "available",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let is_postgres = manager.get_database_backend() != DbBackend::Sqlite;
        Tables(vec![
            (
                categories(),
                vec![index("categories", &["organization_id", "parent_id"])],
            ),
            (products(is_postgres), product_indexes()),
            (
                product_categories(),
                vec![index(
                    "product_categories",
                    &["organization_id", "category_id", "product_id"],
                )],
            ),
            (
                product_tags(),
                vec![index(
                    "product_tags",
                    &["organization_id", "key", "product_id"],
                )],
            ),
            (
                product_variants(),
                vec![
                    // A SKU may be given again once its variant was removed.
                    unique_index("product_variants", &["organization_id", "sku_key"])
                        .and_where(Expr::col("removed_at").is_null())
                        .to_owned(),
                    index(
                        "product_variants",
                        &["organization_id", "product_id", "position"],
                    ),
                ],
            ),
            (
                product_prices(),
                vec![index(
                    "product_prices",
                    &["organization_id", "product_id", "created_at", "id"],
                )],
            ),
            (
                product_images(),
                vec![index(
                    "product_images",
                    &["organization_id", "product_id", "position"],
                )],
            ),
            (
                stock_movements(),
                vec![
                    index(
                        "stock_movements",
                        &["organization_id", "product_id", "created_at", "id"],
                    ),
                    index(
                        "stock_movements",
                        &["organization_id", "product_id", "kind"],
                    ),
                ],
            ),
            (
                stock_reservations(),
                vec![index(
                    "stock_reservations",
                    &["organization_id", "product_id"],
                )],
            ),
        ])
        .create(manager)
        .await?;
        append_only(manager, "product_prices").await?;
        append_only(manager, "stock_movements").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        not_append_only(manager, "stock_movements").await?;
        not_append_only(manager, "product_prices").await?;
        let tables = [
            "stock_reservations",
            "stock_movements",
            "product_images",
            "product_prices",
            "product_variants",
            "product_tags",
            "product_categories",
            "products",
            "categories",
        ];
        drop_tables(manager, &tables).await
    }
}

fn categories() -> TableCreateStatement {
    tenant_table("categories")
        .col(uuid_null("parent_id"))
        .col(big_integer("position"))
        .col(text("name"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .col(big_integer("version"))
        .foreign_key(&mut organization_reference("categories"))
        .foreign_key(&mut tenant_reference(
            "categories",
            "parent_id",
            "categories",
        ))
        .to_owned()
}

/// What is told of a product's variants together stands here too, so that lists are filtered
/// and put in order by it.
fn products(is_postgres: bool) -> TableCreateStatement {
    let mut sort_name = text("sort_name");
    if is_postgres {
        // By code points, as SQLite compares.
        sort_name.extra("COLLATE \"C\"");
    }
    tenant_table("products")
        .col(text("name"))
        .col(sort_name)
        .col(text_null("description"))
        .col(word("status", &["draft", "active", "archived"]))
        .col(json("options"))
        .col(boolean("track_inventory"))
        .col(big_integer_null("low_stock_threshold"))
        .col(boolean("allow_backorder"))
        .col(big_integer("price"))
        .col(big_integer("highest_price"))
        .col(big_integer("available"))
        .col(boolean("in_stock"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .col(time_null("removed_at"))
        .col(big_integer("version"))
        .foreign_key(&mut organization_reference("products"))
        .to_owned()
}

fn product_indexes() -> Vec<IndexCreateStatement> {
    let is_there = || Expr::col("removed_at").is_null();
    let all = ORDERS.iter().map(|order| {
        index("products", &["organization_id", order, "id"])
            .and_where(is_there())
            .to_owned()
    });
    let of_status = ORDERS.iter().map(|order| {
        index("products", &["organization_id", "status", order, "id"])
            .and_where(is_there())
            .to_owned()
    });
    all.chain(of_status).collect()
}

fn product_categories() -> TableCreateStatement {
    table("product_categories")
        .col(uuid("organization_id"))
        .col(uuid("product_id"))
        .col(uuid("category_id"))
        .col(big_integer("position"))
        .primary_key(&mut key(&["organization_id", "product_id", "category_id"]))
        .foreign_key(&mut tenant_reference(
            "product_categories",
            "product_id",
            "products",
        ))
        .foreign_key(&mut tenant_reference(
            "product_categories",
            "category_id",
            "categories",
        ))
        .to_owned()
}

fn product_tags() -> TableCreateStatement {
    table("product_tags")
        .col(uuid("organization_id"))
        .col(uuid("product_id"))
        // The tag without regard to case.
        .col(text("key"))
        .col(text("tag"))
        .primary_key(&mut key(&["organization_id", "product_id", "key"]))
        .foreign_key(&mut tenant_reference(
            "product_tags",
            "product_id",
            "products",
        ))
        .to_owned()
}

fn product_variants() -> TableCreateStatement {
    tenant_table("product_variants")
        .col(uuid("product_id"))
        .col(big_integer("position"))
        .col(text("sku"))
        // The SKU without regard to case.
        .col(text("sku_key"))
        .col(json("option_values"))
        .col(text("currency"))
        .col(big_integer("price"))
        .col(big_integer_null("compare_at_price"))
        .col(big_integer_null("cost"))
        .col(big_integer("on_hand"))
        .col(big_integer("reserved").check(Expr::col("reserved").gte(0)))
        .col(boolean("is_low"))
        .col(time_null("removed_at"))
        .foreign_key(&mut tenant_reference(
            "product_variants",
            "product_id",
            "products",
        ))
        .to_owned()
}

fn product_prices() -> TableCreateStatement {
    tenant_table("product_prices")
        .col(uuid("product_id"))
        .col(uuid("variant_id"))
        .col(text("currency"))
        .col(big_integer("price"))
        .col(big_integer_null("compare_at_price"))
        .col(uuid_null("actor_id"))
        .col(time("created_at"))
        .foreign_key(&mut tenant_reference(
            "product_prices",
            "product_id",
            "products",
        ))
        .foreign_key(&mut tenant_reference(
            "product_prices",
            "variant_id",
            "product_variants",
        ))
        .foreign_key(&mut member_reference("product_prices", "actor_id"))
        .to_owned()
}

fn product_images() -> TableCreateStatement {
    tenant_table("product_images")
        .col(uuid("product_id"))
        .col(big_integer("position"))
        .col(text("file_key"))
        .col(text("thumbnail_key"))
        .col(text_null("alt"))
        .col(time("created_at"))
        .foreign_key(&mut tenant_reference(
            "product_images",
            "product_id",
            "products",
        ))
        .to_owned()
}

fn stock_movements() -> TableCreateStatement {
    let kinds = ["receive", "sell", "return", "adjust", "count"];
    tenant_table("stock_movements")
        .col(uuid("product_id"))
        .col(uuid("variant_id"))
        .col(word("kind", &kinds))
        .col(big_integer("change"))
        .col(big_integer("on_hand"))
        .col(big_integer("reserved"))
        .col(text_null("reason"))
        .col(text_null("note"))
        .col(uuid_null("actor_id"))
        .col(time("created_at"))
        .foreign_key(&mut tenant_reference(
            "stock_movements",
            "product_id",
            "products",
        ))
        .foreign_key(&mut tenant_reference(
            "stock_movements",
            "variant_id",
            "product_variants",
        ))
        .foreign_key(&mut member_reference("stock_movements", "actor_id"))
        .to_owned()
}

fn stock_reservations() -> TableCreateStatement {
    tenant_table("stock_reservations")
        .col(uuid("product_id"))
        .col(uuid("variant_id"))
        .col(big_integer("quantity").check(Expr::col("quantity").gt(0)))
        .col(word("status", &["active", "released", "consumed"]))
        .col(time("created_at"))
        .col(time("expires_at"))
        .col(time_null("ended_at"))
        .foreign_key(&mut tenant_reference(
            "stock_reservations",
            "product_id",
            "products",
        ))
        .foreign_key(&mut tenant_reference(
            "stock_reservations",
            "variant_id",
            "product_variants",
        ))
        .to_owned()
}
