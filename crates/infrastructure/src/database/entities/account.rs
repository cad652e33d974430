use sea_orm::entity::prelude::*;

use crate::database::scope::Tenanted;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "whatsapp_accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub phone_number_id: String,
    pub business_account_id: String,
    pub display_name: String,
    pub display_phone_number: Option<String>,
    pub access_token: String,
    pub app_secret: Option<String>,
    pub status: String,
    pub status_reason: Option<String>,
    pub restricted_until: Option<DateTimeUtc>,
    pub may_answer: bool,
    pub quality_rating: Option<String>,
    pub messaging_limit: Option<String>,
    pub throughput_per_second: i32,
    pub on_phone: bool,
    pub phone_number_status: Option<String>,
    pub verified_name: Option<String>,
    pub name_status: Option<String>,
    pub webhook_subscribed: Option<bool>,
    pub webhook_error: Option<String>,
    pub token_expires_at: Option<DateTimeUtc>,
    /// JSON.
    pub missing_scopes: String,
    pub warning: Option<String>,
    pub health_checked_at: Option<DateTimeUtc>,
    pub next_check_at: DateTimeUtc,
    /// JSON.
    pub told_alerts: String,
    pub send_read_receipts: bool,
    pub history_status: Option<String>,
    pub history_phase: Option<i32>,
    pub history_progress: Option<i32>,
    pub history_error: Option<String>,
    pub history_updated_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub removed_at: Option<DateTimeUtc>,
    pub version: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const ORGANIZATION: Column = Column::OrganizationId;
}
