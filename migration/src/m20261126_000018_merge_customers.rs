use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let numbers = json("other_phone_numbers").default("[]").to_owned();
        add_columns(manager, "customers", [numbers]).await?;
        let of_customer = index("chats", &["organization_id", "customer_id"]);
        manager.create_index(of_customer).await?;
        let newest = index(
            "customer_merges",
            &["organization_id", "customer_id", "merged_at", "id"],
        );
        Tables(vec![(customer_merges(), vec![newest])])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["customer_merges"]).await?;
        drop_index(manager, "chats", "chats_organization_id_customer_id_idx").await?;
        drop_columns(manager, "customers", &["other_phone_numbers"]).await
    }
}

fn customer_merges() -> TableCreateStatement {
    tenant_table("customer_merges")
        // No foreign keys: a customer who is merged into another is gone, until that is undone.
        .col(uuid("customer_id"))
        .col(uuid("other_id"))
        .col(uuid("merged_by"))
        .col(time("merged_at"))
        .col(time_null("undone_at"))
        // What both were, until it cannot be undone any more.
        .col(json_null("undo"))
        .foreign_key(&mut organization_reference("customer_merges"))
        .foreign_key(&mut member_reference("customer_merges", "merged_by"))
        .to_owned()
}
