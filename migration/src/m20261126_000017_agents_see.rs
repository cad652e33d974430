use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let agents_see = word("agents_see", &["all", "own_and_unassigned"])
            .default("all")
            .to_owned();
        add_columns(manager, "assignment_settings", [agents_see]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_columns(manager, "assignment_settings", &["agents_see"]).await
    }
}
