use application::{Error, FieldError, catalog::UpdateProduct};
use domain::catalog::{OptionDraft, ProductDraft, VariantDraft};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::product_response::StatusBody;
use crate::{
    extract::{IfMatch, present},
    money::MoneyBody,
};

/// A product without options has `sku`, `price` and the like itself; one with options has them
/// in `variants`. Prices are in the organization's currency.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(super) struct CreateProductRequest {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 200)]
    name: String,
    #[schema(max_length = 10_000)]
    description: Option<String>,
    /// `draft` if not given.
    #[schema(inline)]
    status: Option<StatusBody>,
    /// Unique in the organization, whatever the case.
    #[schema(max_length = 64)]
    sku: Option<String>,
    price: Option<MoneyBody>,
    /// What it cost before: above the price.
    compare_at_price: Option<MoneyBody>,
    /// What you pay for it.
    cost: Option<MoneyBody>,
    #[serde(default)]
    category_ids: Vec<Uuid>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    options: Vec<OptionRequest>,
    #[serde(default)]
    variants: Vec<CreateVariantRequest>,
    /// True if not given: what is not there is not sold.
    track_inventory: Option<bool>,
    /// What there is of it at first.
    stock: Option<i64>,
    low_stock_threshold: Option<i64>,
    #[serde(default)]
    allow_backorder: bool,
}

/// In what variants differ.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ProductOptionRequest)]
struct OptionRequest {
    #[schema(example = "Size")]
    name: String,
    values: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateVariantRequest {
    sku: String,
    /// One of each option, in their order.
    option_values: Vec<String>,
    price: MoneyBody,
    compare_at_price: Option<MoneyBody>,
    cost: Option<MoneyBody>,
    /// What there is of it at first.
    stock: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateVariantRequest {
    /// None for a new one.
    id: Option<Uuid>,
    sku: String,
    /// One of each option, in their order.
    option_values: Vec<String>,
    price: MoneyBody,
    compare_at_price: Option<MoneyBody>,
    cost: Option<MoneyBody>,
    /// Of a new one: what there is of it at first.
    stock: Option<i64>,
}

/// Fields that are absent stay as they are; null clears those that may be empty. The stock is
/// changed by `POST /api/products/{id}/stock`.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(super) struct UpdateProductRequest {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 10_000)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = StatusBody, required = false, inline)]
    status: Option<StatusBody>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 64)]
    sku: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = MoneyBody, required = false)]
    price: Option<MoneyBody>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<MoneyBody>)]
    compare_at_price: Option<Option<MoneyBody>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<MoneyBody>)]
    cost: Option<Option<MoneyBody>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<Uuid>, required = false)]
    category_ids: Option<Vec<Uuid>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false)]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<OptionRequest>, required = false)]
    options: Option<Vec<OptionRequest>>,
    /// All that there shall be: those that are not named by their ids are removed.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<UpdateVariantRequest>, required = false)]
    variants: Option<Vec<UpdateVariantRequest>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    track_inventory: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    low_stock_threshold: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    allow_backorder: Option<bool>,
}

impl CreateProductRequest {
    pub(super) fn into_draft(self) -> Result<ProductDraft, Error> {
        let given = [
            ("/sku", self.sku.is_some()),
            ("/price", self.price.is_some()),
            ("/compareAtPrice", self.compare_at_price.is_some()),
            ("/cost", self.cost.is_some()),
            ("/stock", self.stock.is_some()),
        ];
        let has_options = !self.options.is_empty();
        let misplaced: Vec<_> = if has_options {
            let detail = "each variant has its own: say it in `variants`";
            given
                .into_iter()
                .filter(|(_, is_given)| *is_given)
                .map(|(pointer, _)| FieldError::new(pointer, "unexpected", detail))
                .collect()
        } else if self.variants.is_empty() {
            Vec::new()
        } else {
            let detail = "differ in nothing: say in `options` in what";
            vec![FieldError::new("/variants", "unexpected", detail)]
        };
        if !misplaced.is_empty() {
            return Err(Error::Invalid(misplaced));
        }
        let variants = if has_options {
            self.variants.into_iter().map(Into::into).collect()
        } else {
            vec![VariantDraft {
                id: None,
                sku: self.sku.unwrap_or_default(),
                option_values: Vec::new(),
                price: self.price.map(Into::into),
                compare_at_price: self.compare_at_price.map(Into::into),
                cost: self.cost.map(Into::into),
                stock: self.stock,
            }]
        };
        Ok(ProductDraft {
            name: self.name,
            description: self.description,
            status: self.status.map(Into::into).unwrap_or_default(),
            category_ids: self.category_ids.into_iter().map(Into::into).collect(),
            tags: self.tags,
            options: self.options.into_iter().map(Into::into).collect(),
            variants,
            track_inventory: self.track_inventory.unwrap_or(true),
            low_stock_threshold: self.low_stock_threshold,
            allow_backorder: self.allow_backorder,
        })
    }
}

impl UpdateProductRequest {
    pub(super) fn into_command(self, IfMatch(expected_version): IfMatch) -> UpdateProduct {
        fn all<A, B: From<A>>(list: Option<Vec<A>>) -> Option<Vec<B>> {
            list.map(|list| list.into_iter().map(B::from).collect())
        }
        UpdateProduct {
            expected_version,
            name: self.name,
            description: self.description,
            status: self.status.map(Into::into),
            category_ids: all(self.category_ids),
            tags: self.tags,
            track_inventory: self.track_inventory,
            low_stock_threshold: self.low_stock_threshold,
            allow_backorder: self.allow_backorder,
            sku: self.sku,
            price: self.price.map(Into::into),
            compare_at_price: self.compare_at_price.map(|price| price.map(Into::into)),
            cost: self.cost.map(|cost| cost.map(Into::into)),
            options: all(self.options),
            variants: all(self.variants),
        }
    }
}

impl From<OptionRequest> for OptionDraft {
    fn from(option: OptionRequest) -> Self {
        Self {
            name: option.name,
            values: option.values,
        }
    }
}

impl From<CreateVariantRequest> for VariantDraft {
    fn from(variant: CreateVariantRequest) -> Self {
        Self {
            id: None,
            sku: variant.sku,
            option_values: variant.option_values,
            price: Some(variant.price.into()),
            compare_at_price: variant.compare_at_price.map(Into::into),
            cost: variant.cost.map(Into::into),
            stock: variant.stock,
        }
    }
}

impl From<UpdateVariantRequest> for VariantDraft {
    fn from(variant: UpdateVariantRequest) -> Self {
        Self {
            id: variant.id.map(Into::into),
            sku: variant.sku,
            option_values: variant.option_values,
            price: Some(variant.price.into()),
            compare_at_price: variant.compare_at_price.map(Into::into),
            cost: variant.cost.map(Into::into),
            stock: variant.stock,
        }
    }
}
