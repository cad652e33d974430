use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = vec![index("idempotency_keys", &["claimed_at"])];
        Tables(vec![(idempotency_keys(), indexes)])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["idempotency_keys"]).await
    }
}

fn idempotency_keys() -> TableCreateStatement {
    table("idempotency_keys")
        .col(uuid("organization_id"))
        .col(text("key"))
        .col(blob("fingerprint"))
        .col(time("claimed_at"))
        .col(time("claimed_until"))
        .col(time_null("answered_at"))
        .col(integer_null("status"))
        .col(json_null("headers"))
        .col(blob_null("body"))
        .primary_key(&mut key(&["organization_id", "key"]))
        .foreign_key(&mut organization_reference("idempotency_keys"))
        .to_owned()
}
