use async_trait::async_trait;
use uuid::Uuid;

use super::{Change, Import, ImportId, RowError, UndoOutcome};
use crate::{
    auth::EmailAddress,
    catalog::{Product, ProductId, Sku},
    customers::{Consent, Customer, CustomerId},
    page::{Page, PageRequest},
    store::StoreError,
    text::PhoneNumber,
};

/// The organization's imports. Each method is a fixed number of statements, however many
/// rows it is about.
#[async_trait]
pub trait ImportRepository: Send + Sync {
    async fn find(&self, id: ImportId) -> Result<Option<Import>, StoreError>;

    /// As `find`; until this unit of work ends, nobody else can lock or change it.
    async fn lock(&self, id: ImportId) -> Result<Option<Import>, StoreError>;

    /// Newest first.
    async fn list(&self, page: PageRequest) -> Result<Page<Import>, StoreError>;

    async fn count(&self) -> Result<u64, StoreError>;

    async fn insert(&self, import: &Import) -> Result<(), StoreError>;

    /// Stores where it stands; what does not change is left alone.
    async fn update(&self, import: &Import) -> Result<(), StoreError>;

    async fn insert_errors(&self, id: ImportId, errors: &[RowError]) -> Result<(), StoreError>;

    /// The errors after this place, in the order of the rows, and the place of the last one.
    async fn errors(
        &self,
        id: ImportId,
        after: Option<ErrorPlace>,
        limit: u32,
    ) -> Result<Vec<(ErrorPlace, RowError)>, StoreError>;

    /// Keeps what was done. Of a thing that was changed before, only how it is now is
    /// replaced.
    async fn keep_changes(&self, id: ImportId, changes: &[Change]) -> Result<(), StoreError>;

    /// What this import did before to these things, in no order.
    async fn changes_of(&self, id: ImportId, subjects: &[Uuid]) -> Result<Vec<Change>, StoreError>;

    /// Remembers by what rows know the things that they were about, each key with its thing.
    /// What is there already stays.
    async fn keep_keys(&self, id: ImportId, keys: &[(String, Uuid)]) -> Result<(), StoreError>;

    /// Those of these keys that were kept, each with its thing; in no order.
    async fn find_keys(
        &self,
        id: ImportId,
        keys: &[String],
    ) -> Result<Vec<(String, Uuid)>, StoreError>;

    async fn forget_keys(&self, id: ImportId) -> Result<(), StoreError>;

    /// Changes of which nothing became yet.
    async fn changes_to_undo(&self, id: ImportId, limit: u32) -> Result<Vec<Change>, StoreError>;

    async fn settle_changes(
        &self,
        id: ImportId,
        subjects: &[Uuid],
        outcome: UndoOutcome,
    ) -> Result<(), StoreError>;

    async fn forget_changes(&self, id: ImportId) -> Result<(), StoreError>;
}

/// Where an error stands: its row, and its place among those of the row.
pub type ErrorPlace = (u64, u64);

/// Customers, many at a time: a fixed number of statements each.
#[async_trait]
pub trait ImportedCustomers: Send + Sync {
    /// Those who have one of these numbers, the oldest first; nobody else can change them
    /// until this unit of work ends.
    async fn lock_by_phone_numbers(
        &self,
        numbers: &[PhoneNumber],
    ) -> Result<Vec<Customer>, StoreError>;

    /// Of those who have one of these e-mail addresses, the two oldest of each: more need
    /// nobody know. Locked, in no order.
    async fn lock_by_emails(&self, emails: &[EmailAddress]) -> Result<Vec<Customer>, StoreError>;

    /// Those of them that exist, locked, in no order.
    async fn lock_by_ids(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError>;

    /// Fails, to be done again, if a number has just become another customer's.
    async fn insert_all(&self, customers: &[Customer]) -> Result<(), StoreError>;

    /// Stores them as they are, but for when they were seen.
    async fn update_all(&self, customers: &[Customer]) -> Result<(), StoreError>;

    /// Adds to the history alone: whoever calls it stores the present consent.
    async fn insert_consents(&self, consents: &[Consent]) -> Result<(), StoreError>;

    /// Removes those of them to whom nothing refers but what imports said of their consent.
    /// Answers whom it left.
    async fn remove_unused(&self, ids: &[CustomerId]) -> Result<Vec<CustomerId>, StoreError>;
}

/// Products, many at a time.
#[async_trait]
pub trait ImportedProducts: Send + Sync {
    /// Those of these ids, and those that have a variant of one of these SKUs. Locked, in one
    /// order, so that two who want the same ones do not wait for each other.
    async fn lock_all(&self, ids: &[ProductId], skus: &[Sku]) -> Result<Vec<Product>, StoreError>;
}
