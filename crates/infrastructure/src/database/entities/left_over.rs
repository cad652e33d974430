use sea_orm::entity::prelude::*;

use crate::database::scope::InstallationWide;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_left_overs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub delivery_id: Uuid,
    pub position: String,
    pub reason: String,
    pub phone_number_id: Option<String>,
    pub business_account_id: Option<String>,
    pub field: Option<String>,
    pub content: String,
    pub created_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl InstallationWide for Entity {}
