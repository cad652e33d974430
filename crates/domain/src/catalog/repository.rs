use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Category, CategoryId, CategoryTree, PriceRecord, Product, ProductFacets, ProductFilter,
    ProductId, ProductSort, Reservation, ReservationId, ReservationStatus, Sku, StockMovement,
    VariantId,
};
use crate::{
    page::{Page, PageRequest, SortedPage, SortedRequest},
    store::StoreError,
};

/// Products that were removed are not there any more for any of these; their ledgers are kept.
#[async_trait]
pub trait ProductRepository: Send + Sync {
    async fn find(&self, id: ProductId) -> Result<Option<Product>, StoreError>;

    /// As `find`, and nobody else changes the product, nor its stock, before this unit of work
    /// ends.
    async fn lock(&self, id: ProductId) -> Result<Option<Product>, StoreError>;

    /// The products that have any of these variants, locked. Always in the same order, so that
    /// two who want the same ones do not wait for each other.
    async fn lock_with(&self, variants: &[VariantId]) -> Result<Vec<Product>, StoreError>;

    /// The products that have any of these ids, or a variant of any of these. Never locked.
    async fn find_named(&self, ids: &[uuid::Uuid]) -> Result<Vec<Product>, StoreError>;

    /// That which has a variant of this SKU.
    async fn find_by_sku(&self, sku: &Sku) -> Result<Option<ProductId>, StoreError>;

    /// False if one of its SKUs is taken; the unit of work must end then.
    async fn insert(&self, product: &Product) -> Result<bool, StoreError>;

    /// Stores a product that is locked, as the version after `product.version`. Variants that
    /// it has no more are removed. False if one of its SKUs is taken; the unit of work must
    /// end then.
    async fn update(&self, product: &Product) -> Result<bool, StoreError>;

    /// Stores the stock alone of a product that is locked.
    async fn update_stock(&self, product: &Product) -> Result<(), StoreError>;

    /// Takes a product that is locked, and its SKUs become free.
    async fn remove(&self, id: ProductId, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Whether anything of it was ever sold or promised to somebody.
    async fn was_ordered(&self, id: ProductId) -> Result<bool, StoreError>;

    /// Whether there is any product.
    async fn any(&self) -> Result<bool, StoreError>;

    async fn list(
        &self,
        filter: &ProductFilter,
        page: &SortedRequest<ProductSort>,
    ) -> Result<SortedPage<Product>, StoreError>;

    async fn count(&self, filter: &ProductFilter) -> Result<u64, StoreError>;

    /// How many of each kind there are among those that the filter takes.
    async fn facets(
        &self,
        filter: &ProductFilter,
        categories: &CategoryTree,
    ) -> Result<ProductFacets, StoreError>;
}

/// What variants have cost, also those that are there no more. Never changed.
#[async_trait]
pub trait PriceHistory: Send + Sync {
    async fn append(&self, records: &[PriceRecord]) -> Result<(), StoreError>;

    /// Those of a product, newest first.
    async fn list(
        &self,
        product: ProductId,
        page: PageRequest,
    ) -> Result<Page<PriceRecord>, StoreError>;

    async fn count(&self, product: ProductId) -> Result<u64, StoreError>;
}

/// What changed the stock, never changed itself; and what is promised of it. Whoever writes
/// holds the lock of the product, and stores its stock in the same unit of work.
#[async_trait]
pub trait StockLedger: Send + Sync {
    async fn append(&self, movement: &StockMovement) -> Result<(), StoreError>;

    /// Those of a product, newest first.
    async fn list(
        &self,
        product: ProductId,
        page: PageRequest,
    ) -> Result<Page<StockMovement>, StoreError>;

    async fn count(&self, product: ProductId) -> Result<u64, StoreError>;

    async fn insert_reservation(&self, reservation: &Reservation) -> Result<(), StoreError>;

    async fn find_reservation(&self, id: ReservationId) -> Result<Option<Reservation>, StoreError>;

    /// False if it has ended before; nothing is changed then.
    async fn end_reservation(
        &self,
        id: ReservationId,
        status: ReservationStatus,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
}

#[async_trait]
pub trait CategoryRepository: Send + Sync {
    /// All that there are; never very many.
    async fn all(&self) -> Result<Vec<Category>, StoreError>;

    /// As `all`, and nobody else changes the tree before this unit of work ends.
    async fn lock_all(&self) -> Result<Vec<Category>, StoreError>;

    async fn insert(&self, category: &Category) -> Result<(), StoreError>;

    /// Stores categories of the locked tree as they are, with their versions.
    async fn update(&self, categories: &[Category]) -> Result<(), StoreError>;

    /// Its products are in it no more.
    async fn remove(&self, id: CategoryId) -> Result<(), StoreError>;
}
