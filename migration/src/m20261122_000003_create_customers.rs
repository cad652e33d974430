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
            (customers(), vec![]),
            (
                customer_consents(),
                vec![unique_index(
                    "customer_consents",
                    &[
                        "organization_id",
                        "customer_id",
                        "occurred_at",
                        "source",
                        "state",
                    ],
                )],
            ),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["customer_consents", "customers"]).await
    }
}

const CONSENT: [&str; 3] = ["unknown", "opted_in", "opted_out"];

fn customers() -> TableCreateStatement {
    tenant_table("customers")
        .col(text_null("first_name"))
        .col(text_null("last_name"))
        .col(text_null("phone_number"))
        .col(word("marketing_consent", &CONSENT))
        // The name without case and accents, for search.
        .col(text("folded_name"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .foreign_key(&mut organization_reference("customers"))
        .to_owned()
}

fn customer_consents() -> TableCreateStatement {
    tenant_table("customer_consents")
        .col(uuid("customer_id"))
        .col(word("state", &CONSENT))
        .col(text("source"))
        .col(json("proof"))
        .col(time("occurred_at"))
        .foreign_key(&mut tenant_reference(
            "customer_consents",
            "customer_id",
            "customers",
        ))
        .to_owned()
}
