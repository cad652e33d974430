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
            (meta_catalogs(), vec![]),
            (
                meta_items(),
                vec![
                    index("meta_items", &["organization_id", "product_id"]),
                    index("meta_items", &["organization_id", "handle"])
                        .and_where(Expr::col("handle").is_not_null())
                        .to_owned(),
                    index(
                        "meta_items",
                        &["organization_id", "status", "updated_at", "id"],
                    ),
                ],
            ),
            (
                meta_changes(),
                vec![index("meta_changes", &["organization_id", "product_id"])],
            ),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["meta_changes", "meta_items", "meta_catalogs"]).await
    }
}

fn meta_catalogs() -> TableCreateStatement {
    table("meta_catalogs")
        .col(uuid("organization_id").primary_key())
        .col(uuid("account_id"))
        .col(text("catalog_id"))
        .col(boolean("enabled"))
        .col(text_null("error"))
        .col(json_null("drift"))
        .col(time("updated_at"))
        .foreign_key(&mut organization_reference("meta_catalogs"))
        .foreign_key(&mut tenant_reference(
            "meta_catalogs",
            "account_id",
            "whatsapp_accounts",
        ))
        .to_owned()
}

/// What Meta was told of each variant, whose id an item has.
fn meta_items() -> TableCreateStatement {
    tenant_table("meta_items")
        .col(uuid("product_id"))
        .col(word("status", &["sent", "synced", "failed"]))
        .col(json("errors"))
        .col(text_null("told"))
        .col(text_null("handle"))
        .col(time_null("synced_at"))
        .col(time("updated_at"))
        .foreign_key(&mut tenant_reference(
            "meta_items",
            "id",
            "product_variants",
        ))
        .foreign_key(&mut tenant_reference(
            "meta_items",
            "product_id",
            "products",
        ))
        .to_owned()
}

/// The outbox: only added to by whoever changes a product, so that nobody waits for it.
fn meta_changes() -> TableCreateStatement {
    tenant_table("meta_changes")
        .col(uuid("product_id"))
        .col(boolean("is_forced"))
        .col(time("changed_at"))
        .foreign_key(&mut tenant_reference(
            "meta_changes",
            "product_id",
            "products",
        ))
        .to_owned()
}
