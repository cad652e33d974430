use chrono::{DateTime, Utc};

use super::{ProductId, VariantId};
use crate::{auth::UserId, id::Id, money::Money};

pub type PriceRecordId = Id<PriceRecord>;

/// What a variant cost from a time on: kept for ever, never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceRecord {
    pub id: PriceRecordId,
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub price: Money,
    pub compare_at_price: Option<Money>,
    pub actor_id: Option<UserId>,
    pub created_at: DateTime<Utc>,
}
