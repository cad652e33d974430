use sea_orm::entity::prelude::*;

use crate::database::scope::Tenanted;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_merges")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub customer_id: Uuid,
    pub other_id: Uuid,
    pub merged_by: Uuid,
    pub merged_at: DateTimeUtc,
    pub undone_at: Option<DateTimeUtc>,
    pub undo: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const ORGANIZATION: Column = Column::OrganizationId;
}
