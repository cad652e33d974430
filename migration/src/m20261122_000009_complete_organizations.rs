use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Nothing could write it yet; a URL would not outlive a change of storage.
        rename_column(manager, "organizations", "logo_url", "logo_key").await?;
        let currency_locked = boolean("currency_locked").default(false).to_owned();
        add_columns(manager, "organizations", [currency_locked]).await?;
        add_columns(
            manager,
            "organization_members",
            [
                time_null("updated_at"),
                time_null("last_signed_in_at"),
                time_null("removed_at"),
                big_integer("version").default(1).to_owned(),
            ],
        )
        .await?;
        Tables(vec![(
            invitations(),
            vec![
                unique_index("invitations", &["organization_id", "email"]),
                unique_index("invitations", &["token_hash"]),
                index("invitations", &["organization_id", "created_at", "id"]),
                index("invitations", &["expires_at"]),
            ],
        )])
        .create(manager)
        .await?;
        let by_age = index(
            "organization_members",
            &["organization_id", "created_at", "user_id"],
        );
        manager.create_index(by_age).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["invitations"]).await?;
        let by_age = "organization_members_organization_id_created_at_user_id_idx";
        drop_index(manager, "organization_members", by_age).await?;
        drop_columns(
            manager,
            "organization_members",
            &["version", "removed_at", "last_signed_in_at", "updated_at"],
        )
        .await?;
        drop_columns(manager, "organizations", &["currency_locked"]).await?;
        rename_column(manager, "organizations", "logo_key", "logo_url").await
    }
}

fn invitations() -> TableCreateStatement {
    tenant_table("invitations")
        .col(text("email"))
        .col(word("role", &["agent", "admin", "owner"]))
        .col(blob_null("token_hash"))
        .col(uuid("invited_by"))
        .col(time("created_at"))
        .col(time("expires_at"))
        .foreign_key(&mut organization_reference("invitations"))
        .foreign_key(&mut member_reference("invitations", "invited_by"))
        .to_owned()
}
