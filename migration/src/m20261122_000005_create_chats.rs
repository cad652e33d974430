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
                chats(),
                vec![
                    unique_index("chats", &["organization_id", "account_id", "contact_id"]),
                    index("chats", &["organization_id", "last_activity_at", "id"]),
                    index(
                        "chats",
                        &["organization_id", "status", "last_activity_at", "id"],
                    ),
                    index(
                        "chats",
                        &["organization_id", "contact_id", "last_activity_at"],
                    ),
                ],
            ),
            (chat_reads(), vec![]),
            (
                messages(),
                vec![
                    index(
                        "messages",
                        &["organization_id", "chat_id", "created_at", "id"],
                    ),
                    unique_index("messages", &["organization_id", "account_id", "wamid"])
                        .and_where(Expr::col("wamid").is_not_null())
                        .to_owned(),
                    index(
                        "messages",
                        &["organization_id", "account_id", "target_wamid"],
                    )
                    .and_where(Expr::col("target_wamid").is_not_null())
                    .to_owned(),
                ],
            ),
            (message_reports(), vec![]),
            (media(), vec![]),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "media",
            "message_reports",
            "messages",
            "chat_reads",
            "chats",
        ];
        drop_tables(manager, &tables).await
    }
}

fn chats() -> TableCreateStatement {
    tenant_table("chats")
        .col(uuid("account_id"))
        .col(uuid("contact_id"))
        .col(uuid("customer_id"))
        .col(word("status", &["open", "pending", "snoozed", "resolved"]))
        .col(time_null("last_inbound_at"))
        .col(time("last_activity_at"))
        // No foreign key: chats and messages would refer to each other, which SQLite cannot
        // add afterwards. It is only ever joined within the organization.
        .col(uuid_null("last_message_id"))
        .col(time_null("last_message_at"))
        .col(big_integer("inbound_count"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .foreign_key(&mut tenant_reference(
            "chats",
            "account_id",
            "whatsapp_accounts",
        ))
        .foreign_key(&mut tenant_reference("chats", "contact_id", "contacts"))
        .foreign_key(&mut tenant_reference("chats", "customer_id", "customers"))
        .to_owned()
}

/// Up to where each agent has read each chat.
fn chat_reads() -> TableCreateStatement {
    table("chat_reads")
        .col(uuid("organization_id"))
        .col(uuid("chat_id"))
        .col(uuid("user_id"))
        .col(big_integer("inbound_count"))
        .col(time("read_at"))
        .primary_key(&mut key(&["organization_id", "chat_id", "user_id"]))
        .foreign_key(&mut tenant_reference("chat_reads", "chat_id", "chats"))
        .foreign_key(&mut member_reference("chat_reads", "user_id"))
        .to_owned()
}

fn messages() -> TableCreateStatement {
    let statuses = [
        "received",
        "queued",
        "sending",
        "sent",
        "delivered",
        "read",
        "failed",
        "uncertain",
    ];
    tenant_table("messages")
        .col(uuid("chat_id"))
        .col(uuid("account_id"))
        .col(word("direction", &["inbound", "outbound"]))
        .col(text("kind"))
        .col(json("content"))
        .col(word("status", &statuses))
        .col(text_null("wamid"))
        // Of reactions, edits and revokes: the message that they speak of.
        .col(text_null("target_wamid"))
        .col(uuid_null("reply_to_id"))
        .col(text_null("reply_to_wamid"))
        .col(json("reactions"))
        .col(uuid_null("sent_by"))
        .col(json_null("context"))
        .col(json_null("referral"))
        .col(json_null("error"))
        .col(json_null("original"))
        .col(time("created_at"))
        .col(time_null("edited_at"))
        .col(time_null("revoked_at"))
        .col(time_null("sent_at"))
        .col(time_null("delivered_at"))
        .col(time_null("read_at"))
        .col(time_null("failed_at"))
        .foreign_key(&mut tenant_reference("messages", "chat_id", "chats"))
        .foreign_key(&mut tenant_reference(
            "messages",
            "account_id",
            "whatsapp_accounts",
        ))
        .foreign_key(&mut tenant_reference("messages", "reply_to_id", "messages"))
        .foreign_key(&mut member_reference("messages", "sent_by"))
        .to_owned()
}

/// What Meta reported of messages, kept apart from them: a report may come first.
fn message_reports() -> TableCreateStatement {
    let statuses = ["sent", "delivered", "read", "played", "failed"];
    table("message_reports")
        .col(uuid("organization_id"))
        .col(uuid("account_id"))
        .col(text("wamid"))
        .col(word("status", &statuses))
        .col(text("participant"))
        .col(time("occurred_at"))
        .col(json_null("error"))
        .col(text_null("callback_data"))
        .col(json("original"))
        .col(time("received_at"))
        .primary_key(&mut key(&[
            "organization_id",
            "account_id",
            "wamid",
            "status",
            "participant",
        ]))
        .foreign_key(&mut tenant_reference(
            "message_reports",
            "account_id",
            "whatsapp_accounts",
        ))
        .to_owned()
}

/// The files of messages; here rather than with WhatsApp because it refers to messages.
fn media() -> TableCreateStatement {
    tenant_table("media")
        .col(uuid("account_id"))
        .col(uuid("message_id"))
        .col(word(
            "kind",
            &["image", "video", "audio", "document", "sticker"],
        ))
        .col(text("meta_id"))
        .col(text_null("url"))
        .col(text("mime_type"))
        .col(text_null("sha256"))
        .col(text_null("file_name"))
        .col(word("state", &["pending", "stored", "lost"]))
        .col(text_null("storage_key"))
        .col(big_integer_null("size"))
        .col(text_null("lost_reason"))
        .col(time("created_at"))
        .foreign_key(&mut tenant_reference(
            "media",
            "account_id",
            "whatsapp_accounts",
        ))
        .foreign_key(&mut tenant_reference("media", "message_id", "messages"))
        .to_owned()
}
