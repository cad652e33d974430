use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Organization, Role};
use crate::{auth::UserId, store::StoreError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub user_id: UserId,
    pub role: Role,
    pub active: bool,
    pub created_at: DateTime<Utc>,
}

/// The one organization of the unit of work.
#[async_trait]
pub trait OrganizationRepository: Send + Sync {
    /// None before it is inserted.
    async fn current(&self) -> Result<Option<Organization>, StoreError>;

    /// False if the slug is taken; nothing is stored then.
    async fn insert(&self, organization: &Organization) -> Result<bool, StoreError>;

    /// Stores it as the version after `organization.version`, if that is still the stored
    /// one; else answers false.
    async fn update(&self, organization: &Organization) -> Result<bool, StoreError>;

    async fn insert_member(&self, member: &Member) -> Result<(), StoreError>;
}
