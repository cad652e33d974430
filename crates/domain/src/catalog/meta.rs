//! What Meta's catalog shows of the products.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ProductId, VariantId};
use crate::{
    id::Id,
    organizations::OrganizationId,
    page::{Page, PageRequest},
    store::StoreError,
    whatsapp::AccountId,
};

/// The catalog at Meta that shows the organization's products. Its items are the variants,
/// by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaCatalog {
    /// By whose right it is written, and of whose business account it is.
    pub account_id: AccountId,
    /// Meta's.
    pub catalog_id: String,
    /// Else nothing of it is sent, neither to Meta nor to customers.
    pub enabled: bool,
    /// Why Meta took nothing when it was last asked.
    pub error: Option<String>,
    /// What Meta's catalog differed in when it was last read.
    pub drift: Option<DriftReport>,
    pub updated_at: DateTime<Utc>,
}

/// What Meta was told of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaItem {
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub status: MetaItemStatus,
    /// Why Meta does not show it so, in Meta's words.
    pub errors: Vec<String>,
    /// As it was told; none if it is not to be shown any more.
    pub told: Option<String>,
    /// The batch in which it was told.
    pub handle: Option<String>,
    /// When Meta last took it.
    pub synced_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetaItemStatus {
    /// Meta has not said yet what came of it.
    Sent,
    Synced,
    Failed,
}

pub type CatalogChangeId = Id<CatalogChange>;

/// That a product has changed since Meta was told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogChange {
    pub id: CatalogChangeId,
    pub product_id: ProductId,
    /// Meta is told even if it was told the same before.
    pub is_forced: bool,
    pub changed_at: DateTime<Utc>,
}

/// How a product stands with Meta.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetaStanding {
    /// Meta has not been told yet of what has changed.
    pub has_changed: bool,
    pub items: Vec<MetaItem>,
}

/// How many items there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MetaCounts {
    /// Products of which Meta is to be told.
    pub changed: u64,
    pub sent: u64,
    pub synced: u64,
    pub failed: u64,
}

/// In what Meta's catalog differs from ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftReport {
    /// What stands at Meta was read to its end.
    pub is_complete: bool,
    pub items_read: u64,
    /// Why it was not, in words for people; none also if there was too much to read.
    pub error: Option<String>,
    /// Of each kind, also of those that are not listed.
    pub counts: HashMap<DriftKind, u64>,
    pub differences: Vec<Drift>,
    pub checked_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    pub kind: DriftKind,
    pub retailer_id: String,
    /// None of what is foreign.
    pub product_id: Option<ProductId>,
    pub ours: Option<String>,
    pub theirs: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// Meta does not show it.
    Missing,
    /// Meta shows what is not ours, or is not sold any more.
    Foreign,
    Price,
    Availability,
}

impl MetaItemStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Synced => "synced",
            Self::Failed => "failed",
        }
    }
}

impl DriftReport {
    /// So many differences are listed.
    pub const MAX_LISTED: usize = 200;

    pub fn add(&mut self, drift: Drift) {
        *self.counts.entry(drift.kind).or_default() += 1;
        if self.differences.len() < Self::MAX_LISTED {
            self.differences.push(drift);
        }
    }
}

#[async_trait]
pub trait MetaCatalogRepository: Send + Sync {
    async fn find(&self) -> Result<Option<MetaCatalog>, StoreError>;

    /// As `find`; until this unit of work ends, nobody else can lock or change it. Whoever
    /// changes items or removes changes does so under this lock.
    async fn lock(&self) -> Result<Option<MetaCatalog>, StoreError>;

    /// Stores it as the only one.
    async fn upsert(&self, catalog: &MetaCatalog) -> Result<(), StoreError>;

    /// Notes what came of asking Meta, if it is still the same catalog; none if all went well.
    async fn note_error(&self, catalog_id: &str, error: Option<&str>) -> Result<(), StoreError>;

    async fn note_drift(&self, catalog_id: &str, drift: &DriftReport) -> Result<(), StoreError>;

    /// Has Meta told of the products as they will be after this unit of work. Answers whose
    /// catalog it is; none, and nothing is stored, if there is none that is enabled.
    async fn note_changes(
        &self,
        products: &[ProductId],
        at: DateTime<Utc>,
    ) -> Result<Option<OrganizationId>, StoreError>;

    /// Has Meta told anew of all that is sold, and of all that it knows.
    async fn note_change_of_all(&self, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Forgets what Meta was told: it was another catalog.
    async fn forget_items(&self) -> Result<(), StoreError>;

    /// The oldest of them.
    async fn changes(&self, limit: u32) -> Result<Vec<CatalogChange>, StoreError>;

    /// Meta was told of these, or need not be. False if not all were there any more.
    async fn remove_changes(&self, ids: &[CatalogChangeId]) -> Result<bool, StoreError>;

    /// What Meta was told of these products' variants, also of those that are gone.
    async fn items_of(&self, products: &[ProductId]) -> Result<Vec<MetaItem>, StoreError>;

    /// Stores them, over what was known of the same variants.
    async fn upsert_items(&self, items: &[MetaItem]) -> Result<(), StoreError>;

    /// The items of this batch of which nothing has come yet.
    async fn sent_with(&self, handle: &str) -> Result<Vec<MetaItem>, StoreError>;

    /// Forgets what Meta does not show any more.
    async fn remove_items(&self, variants: &[VariantId]) -> Result<(), StoreError>;

    /// Of those of the products that have anything to tell.
    async fn standings(
        &self,
        products: &[ProductId],
    ) -> Result<HashMap<ProductId, MetaStanding>, StoreError>;

    /// Newest first.
    async fn failed(&self, page: PageRequest) -> Result<Page<MetaItem>, StoreError>;

    async fn counts(&self) -> Result<MetaCounts, StoreError>;
}
