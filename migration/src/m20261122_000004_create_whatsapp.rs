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
            (
                accounts(),
                vec![
                    // A number may be connected again once it was removed.
                    unique_index("whatsapp_accounts", &["phone_number_id"])
                        .and_where(Expr::col("removed_at").is_null())
                        .to_owned(),
                    index("whatsapp_accounts", &["business_account_id"]),
                    index(
                        "whatsapp_accounts",
                        &["organization_id", "created_at", "id"],
                    ),
                ],
            ),
            (
                contacts(),
                vec![
                    index("contacts", &["organization_id", "created_at", "id"]),
                    index(
                        "contacts",
                        &["organization_id", "customer_id", "created_at", "id"],
                    ),
                ],
            ),
            (
                contact_identities(),
                vec![index(
                    "contact_identities",
                    &["organization_id", "contact_id"],
                )],
            ),
            (
                webhook_deliveries(),
                vec![index("webhook_deliveries", &["processed_at"])],
            ),
            (
                webhook_left_overs(),
                vec![
                    unique_index("webhook_left_overs", &["delivery_id", "position"]),
                    index(
                        "webhook_left_overs",
                        &["phone_number_id", "reason", "delivery_id"],
                    ),
                    index("webhook_left_overs", &["reason"]),
                    index("webhook_left_overs", &["created_at", "id"]),
                ],
            ),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "webhook_left_overs",
            "webhook_deliveries",
            "contact_identities",
            "contacts",
            "whatsapp_accounts",
        ];
        drop_tables(manager, &tables).await
    }
}

fn accounts() -> TableCreateStatement {
    tenant_table("whatsapp_accounts")
        .col(text("phone_number_id"))
        .col(text("business_account_id"))
        .col(text("display_name"))
        .col(text_null("display_phone_number"))
        .col(text("access_token"))
        .col(text_null("app_secret"))
        .col(word("status", &["connected", "needs_reauth", "restricted"]))
        .col(text_null("status_reason"))
        .col(text_null("quality_rating"))
        .col(text_null("messaging_limit"))
        .col(integer("throughput_per_second"))
        .col(boolean("send_read_receipts"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .col(time_null("removed_at"))
        .col(big_integer("version"))
        .foreign_key(&mut organization_reference("whatsapp_accounts"))
        .to_owned()
}

fn contacts() -> TableCreateStatement {
    tenant_table("contacts")
        .col(uuid("customer_id"))
        .col(text_null("name"))
        // The name without case and accents, for search.
        .col(text("folded_name"))
        .col(text_null("wa_id"))
        .col(text_null("user_id"))
        .col(text_null("username"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .foreign_key(&mut tenant_reference(
            "contacts",
            "customer_id",
            "customers",
        ))
        .to_owned()
}

fn contact_identities() -> TableCreateStatement {
    table("contact_identities")
        .col(uuid("organization_id"))
        .col(word("kind", &["wa_id", "user_id", "parent_user_id"]))
        .col(text("value"))
        .col(uuid("contact_id"))
        .primary_key(&mut key(&["organization_id", "kind", "value"]))
        .foreign_key(&mut tenant_reference(
            "contact_identities",
            "contact_id",
            "contacts",
        ))
        .to_owned()
}

fn webhook_deliveries() -> TableCreateStatement {
    table("webhook_deliveries")
        .col(uuid("id").primary_key())
        .col(blob("body"))
        .col(uuid_null("organization_id"))
        .col(time("received_at"))
        .col(time_null("processed_at"))
        .foreign_key(&mut organization_reference("webhook_deliveries"))
        .to_owned()
}

fn webhook_left_overs() -> TableCreateStatement {
    let reasons = ["unknown_account", "malformed", "unused", "failed"];
    table("webhook_left_overs")
        .col(uuid("id").primary_key())
        .col(uuid("delivery_id"))
        .col(text("position"))
        .col(word("reason", &reasons))
        .col(text_null("phone_number_id"))
        .col(text_null("business_account_id"))
        .col(text_null("field"))
        .col(json("content"))
        .col(time("created_at"))
        .foreign_key(&mut reference(
            "webhook_left_overs",
            "delivery_id",
            "webhook_deliveries",
        ))
        .to_owned()
}
