use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::CustomerFilter;
use crate::{
    id::Id,
    page::{Page, PageRequest},
    store::StoreError,
};

pub type SegmentId = Id<Segment>;

/// Customers who are meant again and again: a filter with a name. Who is in it changes by
/// itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub id: SegmentId,
    /// Unique in the organization, whatever its case.
    pub name: String,
    pub filter: CustomerFilter,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    pub version: i64,
}

impl Segment {
    pub const MAX_OF_AN_ORGANIZATION: u32 = 200;

    /// What is the same for all ways to write the name.
    pub fn name_key(&self) -> String {
        self.name.to_lowercase()
    }
}

#[async_trait]
pub trait SegmentRepository: Send + Sync {
    async fn find(&self, id: SegmentId) -> Result<Option<Segment>, StoreError>;

    /// The one whose name has this key.
    async fn find_by_name(&self, name_key: &str) -> Result<Option<Segment>, StoreError>;

    /// Newest first.
    async fn list(&self, page: PageRequest) -> Result<Page<Segment>, StoreError>;

    async fn count(&self) -> Result<u64, StoreError>;

    /// False if the name is taken; nothing is stored then.
    async fn insert(&self, segment: &Segment) -> Result<bool, StoreError>;

    /// Stores name and filter as the version after `segment.version`. False if that is not the
    /// stored one any more, or if the name is taken by another.
    async fn update(&self, segment: &Segment) -> Result<bool, StoreError>;

    /// False if that is not the stored version any more.
    async fn remove(&self, id: SegmentId, version: i64) -> Result<bool, StoreError>;
}
