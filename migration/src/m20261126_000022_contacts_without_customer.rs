//! Who is on WhatsApp need not be a customer, if the organization does not want it.

use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const WITHOUT_CUSTOMER: &str = "contacts_organization_id_created_at_id_without_customer_idx";

/// Everybody is a customer again, under the contact's id.
const MAKE_CUSTOMERS: [&str; 3] = [
    "INSERT INTO customers (organization_id, id, first_name, marketing_consent, folded_name,
                            created_at, updated_at)
     SELECT organization_id, id, name, 'unknown', folded_name, created_at, created_at
     FROM contacts WHERE customer_id IS NULL",
    "UPDATE contacts SET customer_id = id WHERE customer_id IS NULL",
    "UPDATE chats SET customer_id = (
         SELECT customer_id FROM contacts WHERE contacts.organization_id = chats.organization_id
         AND contacts.id = chats.contact_id)
     WHERE customer_id IS NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let wanted = boolean("contacts_become_customers")
            .default(true)
            .to_owned();
        add_columns(manager, "organizations", [wanted]).await?;
        for table in ["contacts", "chats"] {
            let_uuid_be_null(manager, table, "customer_id").await?;
        }
        // In the order of time; changes the schema last, so that everybody reads it anew.
        let without = Index::create()
            .name(WITHOUT_CUSTOMER)
            .table("contacts")
            .col("organization_id")
            .col("created_at")
            .col("id")
            .and_where(Expr::col("customer_id").is_null())
            .to_owned();
        manager.create_index(without).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in MAKE_CUSTOMERS {
            let connection = manager.get_connection();
            connection.execute_unprepared(statement).await?;
        }
        for table in ["contacts", "chats"] {
            let_uuid_not_be_null(manager, table, "customer_id").await?;
        }
        drop_index(manager, "contacts", WITHOUT_CUSTOMER).await?;
        drop_columns(manager, "organizations", &["contacts_become_customers"]).await
    }
}
