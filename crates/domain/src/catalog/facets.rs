use std::collections::HashMap;

use super::{CategoryId, ProductStatus};

/// How many of the products that a filter takes there are of each kind. Each facet leaves out
/// the filter's own condition of its kind: it tells what one would find by choosing otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFacets {
    /// In each category, or in one below it; those without any are left out.
    pub categories: HashMap<CategoryId, u64>,
    /// Those without any are left out.
    pub statuses: HashMap<ProductStatus, u64>,
    pub stock: StockFacet,
    /// The lowest and the highest price of any variant, in minor units; none if there is no
    /// product.
    pub prices: Option<(i64, i64)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StockFacet {
    pub in_stock: u64,
    pub out_of_stock: u64,
    /// Of which few are left, whether in stock or not.
    pub low: u64,
}
