use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["customers", "contacts"] {
            add_columns(manager, table, [time_null("erased_at")]).await?;
        }
        let of_subject = index("import_changes", &["organization_id", "subject_id"]);
        manager.create_index(of_subject).await?;
        Tables(vec![(customer_erasures(), vec![])])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["customer_erasures"]).await?;
        let of_subject = "import_changes_organization_id_subject_id_idx";
        drop_index(manager, "import_changes", of_subject).await?;
        for table in ["contacts", "customers"] {
            drop_columns(manager, table, &["erased_at"]).await?;
        }
        Ok(())
    }
}

/// One row for each customer who was erased, under the customer's id.
fn customer_erasures() -> TableCreateStatement {
    tenant_table("customer_erasures")
        .col(uuid("requested_by"))
        .col(time("requested_at"))
        // By what the rest is found, until all is gone.
        .col(json_null("traces"))
        .col(json("counts"))
        .foreign_key(&mut tenant_reference(
            "customer_erasures",
            "id",
            "customers",
        ))
        .foreign_key(&mut member_reference("customer_erasures", "requested_by"))
        .to_owned()
}
