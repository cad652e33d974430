use sea_orm::entity::prelude::*;

use crate::database::scope::Tenanted;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub sort_name: String,
    pub description: Option<String>,
    pub status: String,
    pub options: String,
    pub track_inventory: bool,
    pub low_stock_threshold: Option<i64>,
    pub allow_backorder: bool,
    pub price: i64,
    pub highest_price: i64,
    /// So that the few are found that have several.
    pub prices_differ: bool,
    /// The set of them, with spaces between: so that facets count those of many products in one
    /// go. It may still name one that was removed since.
    pub category_ids: String,
    pub available: i64,
    pub in_stock: bool,
    /// Of any variant.
    pub is_low: bool,
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
