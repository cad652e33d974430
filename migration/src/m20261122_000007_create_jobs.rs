use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let unfinished = || Expr::col("died_at").is_null();
        let indexes = vec![
            index("jobs", &["due_at", "id"])
                .and_where(unfinished())
                .to_owned(),
            index("jobs", &["ordering_key", "id"])
                .and_where(unfinished())
                .and_where(Expr::col("ordering_key").is_not_null())
                .to_owned(),
            unique_index("jobs", &["unique_key"])
                .and_where(unfinished())
                .and_where(Expr::col("unique_key").is_not_null())
                .to_owned(),
            index("jobs", &["died_at", "id"])
                .and_where(Expr::col("died_at").is_not_null())
                .to_owned(),
        ];
        Tables(vec![(jobs(), indexes)]).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["jobs"]).await
    }
}

fn jobs() -> TableCreateStatement {
    table("jobs")
        .col(uuid("id").primary_key())
        .col(uuid_null("organization_id"))
        .col(text("kind"))
        .col(json("payload"))
        .col(text_null("ordering_key"))
        .col(text_null("unique_key"))
        .col(text_null("request_id"))
        // When it may be claimed: while it is leased, when the lease is over.
        .col(time("due_at"))
        .col(boolean("leased"))
        .col(integer("attempt"))
        .col(text_null("error"))
        .col(time_null("died_at"))
        .col(time("created_at"))
        .to_owned()
}
