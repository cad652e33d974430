use sea_orm::entity::prelude::*;

use crate::database::scope::Tenanted;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chats")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub contact_id: Uuid,
    pub customer_id: Option<Uuid>,
    pub status: String,
    pub last_inbound_at: Option<DateTimeUtc>,
    pub last_activity_at: DateTimeUtc,
    pub last_message_id: Option<Uuid>,
    pub last_message_at: Option<DateTimeUtc>,
    pub inbound_count: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub snoozed_until: Option<DateTimeUtc>,
    pub assignee_id: Option<Uuid>,
    pub priority: String,
    pub version: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const ORGANIZATION: Column = Column::OrganizationId;
}
