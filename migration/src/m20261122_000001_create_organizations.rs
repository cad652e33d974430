use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = vec![unique_index("organizations", &["slug"])];
        Tables(vec![(organizations(), indexes)])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["organizations"]).await
    }
}

fn organizations() -> TableCreateStatement {
    table("organizations")
        .col(uuid("id").primary_key())
        .col(text("name"))
        .col(text("slug"))
        .col(text_null("description"))
        .col(text_null("logo_url"))
        .col(text_null("address"))
        .col(text_null("city"))
        .col(text_null("state"))
        .col(text_null("zip_code"))
        .col(text_null("country"))
        .col(text("currency"))
        .col(text("timezone"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .col(big_integer("version"))
        .to_owned()
}
