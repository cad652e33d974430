use std::{collections::HashSet, fmt::Display};

use chrono::{DateTime, Utc};
use iso_currency::Currency;
use nonempty::NonEmpty;
use thiserror::Error;

use super::{
    CategoryId, Product, ProductId, ProductOption, ProductStatus, Sku, Stock, Variant, VariantId,
};
use crate::{chats::Label, id::Id, money::Money};

/// A product as somebody wants it to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductDraft {
    pub name: String,
    pub description: Option<String>,
    pub status: ProductStatus,
    pub category_ids: Vec<CategoryId>,
    pub tags: Vec<String>,
    pub options: Vec<OptionDraft>,
    /// Without options, the only one.
    pub variants: Vec<VariantDraft>,
    pub track_inventory: bool,
    pub low_stock_threshold: Option<i64>,
    pub allow_backorder: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionDraft {
    pub name: String,
    pub values: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VariantDraft {
    /// None for a new one.
    pub id: Option<VariantId>,
    pub sku: String,
    pub option_values: Vec<String>,
    pub price: Option<Money>,
    pub compare_at_price: Option<Money>,
    pub cost: Option<Money>,
    /// What there is of a new one. That of one that is there changes by movements alone.
    pub stock: Option<i64>,
}

/// What is wrong with a part of the catalog that somebody writes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{pointer} {detail}")]
pub struct CatalogFault {
    /// A JSON pointer, as clients write the product.
    pub pointer: String,
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

impl ProductDraft {
    pub const MAX_NAME: usize = 200;
    pub const MAX_DESCRIPTION: usize = 10_000;
    pub const MAX_CATEGORIES: usize = 20;
    pub const MAX_OPTIONS: usize = 3;
    pub const MAX_VALUES: usize = 50;
    pub const MAX_VARIANTS: usize = 100;
    const MAX_OPTION_LENGTH: usize = 50;
    /// So that a browser can count a cart full of it.
    pub const MAX_PRICE: i64 = 1_000_000_000_000;

    /// What would make a product out of itself.
    pub fn of(product: &Product) -> Self {
        let options = product.options.iter().map(|option| OptionDraft {
            name: option.name.clone(),
            values: option.values.clone(),
        });
        let variants = product.variants.iter().map(|variant| VariantDraft {
            id: Some(variant.id),
            sku: variant.sku.as_str().to_owned(),
            option_values: variant.option_values.clone(),
            price: Some(variant.price),
            compare_at_price: variant.compare_at_price,
            cost: variant.cost,
            stock: None,
        });
        Self {
            name: product.name.clone(),
            description: product.description.clone(),
            status: product.status,
            category_ids: product.category_ids.clone(),
            tags: product.tags.iter().cloned().map(String::from).collect(),
            options: options.collect(),
            variants: variants.collect(),
            track_inventory: product.track_inventory,
            low_stock_threshold: product.low_stock_threshold,
            allow_backorder: product.allow_backorder,
        }
    }

    /// The product with what the draft says, or all that is wrong with it. What `before` was,
    /// if it was, it is again: its id, its age, and the stock of its variants. Prices are in
    /// this currency.
    pub fn make(
        self,
        before: Option<&Product>,
        currency: Currency,
        now: DateTime<Utc>,
    ) -> Result<Product, Vec<CatalogFault>> {
        let mut faults = Faults(Vec::new());
        let name = faults.line("/name", &self.name, Self::MAX_NAME);
        let description = faults.description(self.description);
        let category_ids = faults.categories(self.category_ids);
        let tags = faults.tags(&self.tags);
        if self
            .low_stock_threshold
            .is_some_and(|threshold| !(0..=Stock::MAX).contains(&threshold))
        {
            faults.add("/lowStockThreshold", "out_of_range", "must be 0 or more");
        }
        let options = faults.options(self.options);
        let variants = faults.variants(self.variants, &options, before, currency);
        let variants = NonEmpty::from_vec(variants).filter(|_| faults.0.is_empty());
        let Some(variants) = variants else {
            return Err(faults.0);
        };
        Ok(Product {
            id: before.map_or_else(ProductId::generate, |before| before.id),
            name,
            description,
            status: self.status,
            category_ids,
            tags,
            options,
            variants,
            track_inventory: self.track_inventory,
            low_stock_threshold: self.low_stock_threshold,
            allow_backorder: self.allow_backorder,
            images: before.map_or_else(Vec::new, |before| before.images.clone()),
            created_at: before.map_or(now, |before| before.created_at),
            updated_at: before.map_or(now, |before| before.updated_at),
            version: before.map_or(1, |before| before.version),
        })
    }
}

struct Faults(Vec<CatalogFault>);

impl Faults {
    fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Display) {
        self.0.push(CatalogFault {
            pointer: pointer.into(),
            code,
            detail: detail.to_string(),
        });
    }

    fn line(&mut self, pointer: &str, text: &str, max: usize) -> String {
        let text = text.trim();
        if text.is_empty() {
            self.add(pointer, "required", "is required");
        } else if text.chars().count() > max {
            let detail = format!("must have at most {max} characters");
            self.add(pointer, "too_long", detail);
        } else if text.chars().any(char::is_control) {
            self.add(pointer, "control_character", "must be one line");
        }
        text.to_owned()
    }

    fn description(&mut self, description: Option<String>) -> Option<String> {
        let description = description.map(|text| text.trim().to_owned());
        let description = description.filter(|text| !text.is_empty())?;
        let is_layout = |c| matches!(c, '\n' | '\r' | '\t');
        if description.chars().count() > ProductDraft::MAX_DESCRIPTION {
            let detail = format!(
                "must have at most {} characters",
                ProductDraft::MAX_DESCRIPTION
            );
            self.add("/description", "too_long", detail);
        } else if description.chars().any(|c| c.is_control() && !is_layout(c)) {
            let detail = "must not contain control characters";
            self.add("/description", "control_character", detail);
        }
        Some(description)
    }

    fn categories(&mut self, ids: Vec<CategoryId>) -> Vec<CategoryId> {
        if ids.len() > ProductDraft::MAX_CATEGORIES {
            let detail = format!("must have at most {}", ProductDraft::MAX_CATEGORIES);
            self.add("/categoryIds", "too_many", detail);
        }
        let mut seen = HashSet::new();
        for (index, id) in ids.iter().enumerate() {
            if !seen.insert(*id) {
                self.add(
                    format!("/categoryIds/{index}"),
                    "repeated",
                    "is there twice",
                );
            }
        }
        ids
    }

    fn tags(&mut self, tags: &[String]) -> Vec<Label> {
        if tags.len() > Label::MAX_OF_A_CHAT {
            let detail = format!("must have at most {}", Label::MAX_OF_A_CHAT);
            self.add("/tags", "too_many", detail);
            return Vec::new();
        }
        let mut tags = Label::parse_all(tags).unwrap_or_else(|errors| {
            for (index, error) in errors {
                self.add(format!("/tags/{index}"), error.code(), error);
            }
            Vec::new()
        });
        tags.sort_by_key(Label::key);
        tags
    }

    fn options(&mut self, options: Vec<OptionDraft>) -> Vec<ProductOption> {
        if options.len() > ProductDraft::MAX_OPTIONS {
            let detail = format!("must have at most {}", ProductDraft::MAX_OPTIONS);
            self.add("/options", "too_many", detail);
        }
        let mut names = HashSet::new();
        let mut read = Vec::with_capacity(options.len());
        for (index, option) in options.into_iter().enumerate() {
            let at = format!("/options/{index}");
            let max = ProductDraft::MAX_OPTION_LENGTH;
            let name = self.line(&format!("{at}/name"), &option.name, max);
            if !names.insert(name.to_lowercase()) {
                self.add(format!("{at}/name"), "repeated", "is there twice");
            }
            if !(1..=ProductDraft::MAX_VALUES).contains(&option.values.len()) {
                let detail = format!("must have 1 to {}", ProductDraft::MAX_VALUES);
                self.add(format!("{at}/values"), "out_of_range", detail);
            }
            let mut seen = HashSet::new();
            let mut values = Vec::with_capacity(option.values.len());
            for (index, value) in option.values.iter().enumerate() {
                let at = format!("{at}/values/{index}");
                let value = self.line(&at, value, max);
                if !seen.insert(value.to_lowercase()) {
                    self.add(at, "repeated", "is there twice");
                }
                values.push(value);
            }
            read.push(ProductOption { name, values });
        }
        read
    }

    fn variants(
        &mut self,
        drafts: Vec<VariantDraft>,
        options: &[ProductOption],
        before: Option<&Product>,
        currency: Currency,
    ) -> Vec<Variant> {
        if !(1..=ProductDraft::MAX_VARIANTS).contains(&drafts.len()) {
            let detail = format!("must have 1 to {}", ProductDraft::MAX_VARIANTS);
            self.add("/variants", "out_of_range", detail);
            return Vec::new();
        }
        if options.is_empty() && drafts.len() > 1 {
            let detail = "differ in nothing: say in `options` in what";
            self.add("/variants", "unexpected", detail);
            return Vec::new();
        }
        let (mut skus, mut combinations, mut ids) =
            (HashSet::new(), HashSet::new(), HashSet::new());
        let mut variants = Vec::with_capacity(drafts.len());
        for (index, draft) in drafts.into_iter().enumerate() {
            // What has no options is written without variants.
            let at = match options {
                [] => String::new(),
                _ => format!("/variants/{index}"),
            };
            self.option_values(&at, &draft.option_values, options);
            if !combinations.insert(draft.option_values.clone()) {
                let detail = "another variant has the same";
                self.add(format!("{at}/optionValues"), "repeated", detail);
            }
            let known = draft.id.map(|id| {
                let known = before.and_then(|before| before.variant(id));
                if known.is_none() || !ids.insert(id) {
                    let detail = "is not a variant of this product, or is there twice";
                    self.add(format!("{at}/id"), "unknown_variant", detail);
                }
                known
            });
            let Some(variant) = self.variant(&at, draft, known.flatten(), currency) else {
                continue;
            };
            if !skus.insert(variant.sku.key()) {
                let detail = "another variant has the same";
                self.add(format!("{at}/sku"), "repeated", detail);
            }
            variants.push(variant);
        }
        variants
    }

    fn option_values(&mut self, at: &str, values: &[String], options: &[ProductOption]) {
        let at = format!("{at}/optionValues");
        if values.len() != options.len() {
            let detail = format!(
                "must have one value of each of the {} options",
                options.len()
            );
            self.add(at, "out_of_range", detail);
            return;
        }
        for (index, (value, option)) in values.iter().zip(options).enumerate() {
            if !option.values.contains(value) {
                let detail = format!("is not one of the values of {}", option.name);
                self.add(format!("{at}/{index}"), "unknown_value", detail);
            }
        }
    }

    fn variant(
        &mut self,
        at: &str,
        draft: VariantDraft,
        known: Option<&Variant>,
        currency: Currency,
    ) -> Option<Variant> {
        let sku = Sku::parse(&draft.sku);
        if let Err(error) = &sku {
            self.add(format!("{at}/sku"), error.code(), error);
        }
        let price = format!("{at}/price");
        match draft.price {
            None => self.add(price, "required", "is required"),
            Some(given) => self.money(&price, given, currency),
        }
        if let Some(cost) = draft.cost {
            self.money(&format!("{at}/cost"), cost, currency);
        }
        if let Some(compared) = draft.compare_at_price {
            let at = format!("{at}/compareAtPrice");
            self.money(&at, compared, currency);
            let is_above = |price: Money| compared.amount > price.amount;
            if !draft.price.is_none_or(is_above) {
                self.add(at, "not_above_price", "must be above the price");
            }
        }
        match (draft.stock, known) {
            (Some(_), Some(_)) => {
                let detail = "changes by `POST …/stock` alone";
                self.add(format!("{at}/stock"), "unexpected", detail);
            }
            (Some(stock), None) if !(0..=Stock::MAX).contains(&stock) => {
                self.add(format!("{at}/stock"), "out_of_range", "must be 0 or more");
            }
            _ => {}
        }
        let initial = Stock {
            on_hand: draft.stock.unwrap_or_default(),
            ..Stock::default()
        };
        Some(Variant {
            id: known.map_or_else(Id::generate, |known| known.id),
            sku: sku.ok()?,
            option_values: draft.option_values,
            price: draft.price?,
            compare_at_price: draft.compare_at_price,
            cost: draft.cost,
            stock: known.map_or(initial, |known| known.stock),
        })
    }

    fn money(&mut self, at: &str, money: Money, currency: Currency) {
        if money.currency != currency {
            let detail = format!(
                "must be in {}, the organization's currency",
                currency.code()
            );
            self.add(format!("{at}/currency"), "other_currency", detail);
        }
        if !(0..=ProductDraft::MAX_PRICE).contains(&money.amount) {
            let detail = format!("must be 0 to {}", ProductDraft::MAX_PRICE);
            self.add(format!("{at}/amount"), "out_of_range", detail);
        }
    }
}

#[cfg(test)]
mod tests;
