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
            (event_sequences(), vec![]),
            (events(), vec![index("events", &["occurred_at"])]),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["events", "event_sequences"]).await
    }
}

/// The number of each organization's last event.
fn event_sequences() -> TableCreateStatement {
    table("event_sequences")
        .col(uuid("organization_id").primary_key())
        .col(big_integer("last_seq"))
        .foreign_key(&mut organization_reference("event_sequences"))
        .to_owned()
}

fn events() -> TableCreateStatement {
    table("events")
        .col(uuid("organization_id"))
        .col(big_integer("seq"))
        .col(json("payload"))
        .col(time("occurred_at"))
        .primary_key(&mut key(&["organization_id", "seq"]))
        .foreign_key(&mut organization_reference("events"))
        .to_owned()
}
