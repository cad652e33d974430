use sea_orm::entity::prelude::*;

use crate::database::scope::InstallationWide;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Option<Uuid>,
    pub kind: String,
    pub payload: String,
    pub ordering_key: Option<String>,
    pub unique_key: Option<String>,
    pub request_id: Option<String>,
    pub due_at: DateTimeUtc,
    pub leased: bool,
    pub attempt: i32,
    pub error: Option<String>,
    pub died_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl InstallationWide for Entity {}
