use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const BY_TIME: [&str; 4] = ["organization_id", "customer_id", "occurred_at", "id"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(index("customer_consents", &BY_TIME))
            .await?;
        let newest = index(
            "customer_changes",
            &["organization_id", "customer_id", "changed_at", "id"],
        );
        Tables(vec![(customer_changes(), vec![newest])])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["customer_changes"]).await?;
        let by_time = "customer_consents_organization_id_customer_id_occurred_at_id_idx";
        drop_index(manager, "customer_consents", by_time).await
    }
}

/// What became of customers. Rows are never changed, but follow who is merged into another, and
/// go with the customer.
fn customer_changes() -> TableCreateStatement {
    tenant_table("customer_changes")
        .col(uuid("customer_id"))
        // Who was changed. No foreign key: who was merged into another is gone.
        .col(uuid("subject_id"))
        .col(text("origin"))
        .col(uuid_null("changed_by"))
        .col(time("changed_at"))
        .col(boolean("is_new"))
        .col(json("changed_values"))
        .foreign_key(
            tenant_reference("customer_changes", "customer_id", "customers")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(&mut member_reference("customer_changes", "changed_by"))
        .to_owned()
}
