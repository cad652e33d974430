//! What is sold: products in their variants, the tree of categories, and the stock.
//!
//! A variant is the one thing that is sold: it has the SKU, the price and the stock, and is
//! what orders and Meta's catalogs speak of. A product without options has exactly one.

mod category;
mod draft;
mod facets;
mod filter;
mod image;
mod meta;
mod price;
mod product;
mod repository;
mod stock;
mod variant;

pub use category::{Category, CategoryError, CategoryId, CategoryTree, MAX_DEPTH};
pub use draft::{CatalogFault, OptionDraft, ProductDraft, VariantDraft};
pub use facets::{ProductFacets, StockFacet};
pub use filter::{ProductFilter, ProductSort};
pub use image::{ProductImage, ProductImageId};
pub use meta::{
    CatalogChange, CatalogChangeId, Drift, DriftKind, DriftReport, MetaCatalog,
    MetaCatalogRepository, MetaCounts, MetaItem, MetaItemStatus, MetaStanding,
};
pub use price::{PriceRecord, PriceRecordId};
pub use product::{Product, ProductId, ProductOption, ProductStatus};
pub use repository::{CategoryRepository, PriceHistory, ProductRepository, StockLedger};
pub use stock::{
    LowStock, MovementKind, Reservation, ReservationId, ReservationStatus, Stock, StockError,
    StockMovement, StockMovementId, StockRules,
};
pub use variant::{Sku, SkuError, Variant, VariantId};
