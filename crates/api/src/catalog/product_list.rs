use domain::catalog::{ProductFacets, ProductStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::product_response::{ProductResponse, StatusBody};
use crate::list::ListResponse;

/// A page of products.
#[derive(Serialize, ToSchema)]
pub(super) struct ProductListResponse {
    #[serde(flatten)]
    pub(super) list: ListResponse<ProductResponse>,
    /// If they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) facets: Option<FacetsResponse>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum IncludeFacets {
    Facets,
}

/// How many of the products that the search and the filters take there are of each kind. Each
/// facet leaves its own filter out: it tells what another choice would find.
#[derive(Serialize, ToSchema)]
#[schema(as = ProductFacetsResponse)]
#[serde(rename_all = "camelCase")]
pub(super) struct FacetsResponse {
    /// In each category or one below it, the most first; those without any are left out.
    categories: Vec<CategoryFacet>,
    statuses: Vec<StatusFacet>,
    stock: StockFacet,
    /// Null if there is no product.
    #[schema(required)]
    price: Option<PriceFacet>,
}

#[derive(Serialize, ToSchema)]
struct CategoryFacet {
    id: Uuid,
    count: u64,
}

#[derive(Serialize, ToSchema)]
struct StatusFacet {
    #[schema(inline, example = "active")]
    status: StatusBody,
    count: u64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StockFacet {
    in_stock: u64,
    out_of_stock: u64,
    /// Of which few are left, whether in stock or not.
    low: u64,
}

/// The lowest and the highest price of any variant, in minor units of the organization's
/// currency.
#[derive(Serialize, ToSchema)]
struct PriceFacet {
    min: i64,
    max: i64,
}

impl From<ProductFacets> for FacetsResponse {
    fn from(facets: ProductFacets) -> Self {
        let categories = facets.categories.into_iter();
        let categories = categories.map(|(id, count)| CategoryFacet {
            id: id.uuid(),
            count,
        });
        let mut categories: Vec<_> = categories.collect();
        categories.sort_by_key(|facet| (std::cmp::Reverse(facet.count), facet.id));
        let statuses = ProductStatus::ALL.into_iter().map(|status| StatusFacet {
            status: status.into(),
            count: facets.statuses.get(&status).copied().unwrap_or_default(),
        });
        Self {
            categories,
            statuses: statuses.collect(),
            stock: StockFacet {
                in_stock: facets.stock.in_stock,
                out_of_stock: facets.stock.out_of_stock,
                low: facets.stock.low,
            },
            price: facets.prices.map(|(min, max)| PriceFacet { min, max }),
        }
    }
}
