use serde::{Deserialize, Serialize};

use super::{CategoryId, ProductStatus};
use crate::chats::{Label, SearchQuery};

/// Which products are wanted: those that meet all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// What it has in its name, SKUs, tags, options or description.
    pub search: Option<SearchQuery>,
    /// Any of these.
    pub categories: Option<Vec<CategoryId>>,
    pub status: Option<ProductStatus>,
    pub tag: Option<Label>,
    /// In minor units of the organization's currency: a product that has a variant at such a
    /// price.
    pub min_price: Option<i64>,
    pub max_price: Option<i64>,
    pub in_stock: Option<bool>,
}

/// By what products are put in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProductSort {
    #[default]
    CreatedAt,
    UpdatedAt,
    /// Without regard to case and accents.
    Name,
    /// That of the cheapest variant.
    Price,
    /// What can still be sold of all variants together.
    Stock,
}
