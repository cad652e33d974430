use application::{Application, catalog::CatalogProduct};
use chrono::{DateTime, Utc};
use domain::{
    catalog::{Category, ProductOption, Variant},
    id::Id,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{images::ProductImageResponse, meta::ProductMetaResponse};
use crate::{money::MoneyBody, problem::Problem};

/// What is shown and sold under one name.
///
/// `sku`, `compareAtPrice` and `cost` are those of its only variant, and null if it has
/// options; `price` is that of the cheapest variant; `stock`, `reserved` and `available` count
/// all variants together.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProductResponse {
    id: Uuid,
    name: String,
    #[schema(required)]
    description: Option<String>,
    #[schema(inline, example = "active")]
    status: StatusBody,
    #[schema(required)]
    sku: Option<String>,
    price: MoneyBody,
    #[schema(required)]
    compare_at_price: Option<MoneyBody>,
    #[schema(required)]
    cost: Option<MoneyBody>,
    /// That of the dearest variant.
    highest_price: MoneyBody,
    category_ids: Vec<Uuid>,
    categories: Vec<ProductCategoryResponse>,
    tags: Vec<String>,
    /// In what its variants differ.
    options: Vec<OptionResponse>,
    /// At least one: what is sold, and what orders speak of.
    variants: Vec<VariantResponse>,
    track_inventory: bool,
    /// What lies in the shop.
    stock: i64,
    /// What of it is promised.
    reserved: i64,
    /// What can still be sold.
    available: i64,
    /// Whether one could be bought now.
    in_stock: bool,
    /// Of each variant: `product.low_stock` tells when so few or fewer are available.
    #[schema(required)]
    low_stock_threshold: Option<i64>,
    /// Sold also when there is none.
    allow_backorder: bool,
    /// In their order.
    images: Vec<ProductImageResponse>,
    /// How it stands in the catalog at Meta; null if it neither is nor shall be there.
    #[schema(required)]
    meta: Option<ProductMetaResponse>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes by people, from 1.
    version: i64,
}

#[derive(Clone, Copy, Debug, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StatusBody {
    Draft,
    Active,
    Archived,
}

#[derive(Serialize, ToSchema)]
struct ProductCategoryResponse {
    id: Uuid,
    name: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ProductOptionResponse)]
struct OptionResponse {
    #[schema(example = "Size")]
    name: String,
    values: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct VariantResponse {
    id: Uuid,
    sku: String,
    /// One of each of the product's options, in their order.
    option_values: Vec<String>,
    price: MoneyBody,
    #[schema(required)]
    compare_at_price: Option<MoneyBody>,
    #[schema(required)]
    cost: Option<MoneyBody>,
    stock: i64,
    reserved: i64,
    available: i64,
}

impl From<domain::catalog::ProductStatus> for StatusBody {
    fn from(status: domain::catalog::ProductStatus) -> Self {
        match status {
            domain::catalog::ProductStatus::Draft => Self::Draft,
            domain::catalog::ProductStatus::Active => Self::Active,
            domain::catalog::ProductStatus::Archived => Self::Archived,
        }
    }
}

impl From<StatusBody> for domain::catalog::ProductStatus {
    fn from(status: StatusBody) -> Self {
        match status {
            StatusBody::Draft => Self::Draft,
            StatusBody::Active => Self::Active,
            StatusBody::Archived => Self::Archived,
        }
    }
}

impl ProductResponse {
    pub(super) fn new(application: &Application, found: CatalogProduct) -> Result<Self, Problem> {
        let CatalogProduct {
            product,
            categories,
            meta,
        } = found;
        let (stock, in_stock) = (product.stock(), product.is_in_stock());
        let only = product.only_variant();
        let sku = only.map(|only| only.sku.as_str().to_owned());
        let compare_at_price = only.and_then(|only| only.compare_at_price);
        let cost = only.and_then(|only| only.cost);
        let (lowest, highest) = product.price_range();
        Ok(Self {
            id: product.id.uuid(),
            name: product.name,
            description: product.description,
            status: product.status.into(),
            sku,
            price: lowest.into(),
            compare_at_price: compare_at_price.map(Into::into),
            cost: cost.map(Into::into),
            highest_price: highest.into(),
            category_ids: product.category_ids.into_iter().map(Id::uuid).collect(),
            categories: categories.into_iter().map(Into::into).collect(),
            tags: product.tags.into_iter().map(String::from).collect(),
            options: product.options.into_iter().map(Into::into).collect(),
            variants: product.variants.into_iter().map(Into::into).collect(),
            track_inventory: product.track_inventory,
            stock: stock.on_hand,
            reserved: stock.reserved,
            available: stock.available(),
            in_stock,
            low_stock_threshold: product.low_stock_threshold,
            allow_backorder: product.allow_backorder,
            images: ProductImageResponse::all(application, product.images)?,
            meta: meta.map(Into::into),
            created_at: product.created_at,
            updated_at: product.updated_at,
            version: product.version,
        })
    }
}

impl From<Category> for ProductCategoryResponse {
    fn from(category: Category) -> Self {
        Self {
            id: category.id.uuid(),
            name: category.name,
        }
    }
}

impl From<ProductOption> for OptionResponse {
    fn from(option: ProductOption) -> Self {
        Self {
            name: option.name,
            values: option.values,
        }
    }
}

impl From<Variant> for VariantResponse {
    fn from(variant: Variant) -> Self {
        Self {
            id: variant.id.uuid(),
            sku: variant.sku.as_str().to_owned(),
            option_values: variant.option_values,
            price: variant.price.into(),
            compare_at_price: variant.compare_at_price.map(Into::into),
            cost: variant.cost.map(Into::into),
            stock: variant.stock.on_hand,
            reserved: variant.stock.reserved,
            available: variant.stock.available(),
        }
    }
}
