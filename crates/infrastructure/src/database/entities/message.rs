use sea_orm::entity::prelude::*;

use crate::database::scope::Tenanted;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub chat_id: Uuid,
    pub account_id: Uuid,
    pub direction: String,
    pub kind: String,
    pub content: String,
    /// The file in the content.
    pub media_id: Option<Uuid>,
    pub status: String,
    pub wamid: Option<String>,
    pub target_wamid: Option<String>,
    pub reply_to_id: Option<Uuid>,
    pub reply_to_wamid: Option<String>,
    pub reactions: String,
    pub sent_by: Option<Uuid>,
    pub origin: Option<String>,
    pub context: Option<String>,
    pub referral: Option<String>,
    pub error: Option<String>,
    pub original: Option<String>,
    pub created_at: DateTimeUtc,
    pub edited_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
    pub sent_at: Option<DateTimeUtc>,
    pub delivered_at: Option<DateTimeUtc>,
    pub read_at: Option<DateTimeUtc>,
    pub failed_at: Option<DateTimeUtc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const ORGANIZATION: Column = Column::OrganizationId;
}
