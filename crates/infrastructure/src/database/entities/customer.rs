use sea_orm::entity::prelude::*;

use crate::database::scope::Tenanted;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone_number: Option<String>,
    pub marketing_consent: String,
    pub folded_name: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub email: Option<String>,
    pub company: Option<String>,
    pub address: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zip_code: Option<String>,
    pub country: Option<String>,
    pub tags: String,
    pub stage: String,
    pub owner_id: Option<Uuid>,
    pub birthday: Option<String>,
    pub notes: Option<String>,
    pub custom_fields: String,
    pub phone_key: Option<String>,
    pub last_seen_at: DateTimeUtc,
    pub version: i64,
    pub other_phone_numbers: String,
    pub erased_at: Option<DateTimeUtc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const ORGANIZATION: Column = Column::OrganizationId;
}
