use sea_orm::entity::prelude::*;

use crate::database::scope::InstallationWide;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub organization_id: Uuid,
    pub user_agent: Option<String>,
    pub address: Option<String>,
    pub created_at: DateTimeUtc,
    pub last_used_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Whom the session stands for.
    #[sea_orm(
        belongs_to = "super::organization_member::Entity",
        from = "(Column::OrganizationId, Column::UserId)",
        to = "(super::organization_member::Column::OrganizationId, super::organization_member::Column::UserId)"
    )]
    Member,
}

impl Related<super::organization_member::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Member.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl InstallationWide for Entity {}
