use chrono::{DateTime, Utc};
use nonempty::NonEmpty;
use serde::{Deserialize, Serialize};

use super::{CategoryId, LowStock, ProductImage, Stock, StockRules, Variant, VariantId};
use crate::{chats::Label, id::Id, money::Money};

pub type ProductId = Id<Product>;

/// What is shown and sold under one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub id: ProductId,
    pub name: String,
    pub description: Option<String>,
    pub status: ProductStatus,
    /// In the order in which they were given.
    pub category_ids: Vec<CategoryId>,
    /// In alphabetical order.
    pub tags: Vec<Label>,
    /// In what its variants differ. If in nothing, it has exactly one.
    pub options: Vec<ProductOption>,
    pub variants: NonEmpty<Variant>,
    pub track_inventory: bool,
    /// Of each variant.
    pub low_stock_threshold: Option<i64>,
    pub allow_backorder: bool,
    /// In their order.
    pub images: Vec<ProductImage>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes by people, from 1. That something is sold is none.
    pub version: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    #[default]
    Draft,
    Active,
    /// Not sold any more, and kept for the orders it is in.
    Archived,
}

/// Such as the size, of S, M and L.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    pub name: String,
    pub values: Vec<String>,
}

impl ProductStatus {
    pub const ALL: [Self; 3] = [Self::Draft, Self::Active, Self::Archived];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }
}

impl Product {
    pub fn rules(&self) -> StockRules {
        StockRules {
            is_tracked: self.track_inventory,
            allow_backorder: self.allow_backorder,
            low_stock_threshold: self.low_stock_threshold,
        }
    }

    pub fn variant(&self, id: VariantId) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.id == id)
    }

    pub fn variant_mut(&mut self, id: VariantId) -> Option<&mut Variant> {
        self.variants.iter_mut().find(|variant| variant.id == id)
    }

    /// The product's name with what sets the variant apart: `Shirt (S, blue)`.
    pub fn name_of(&self, variant: &Variant) -> String {
        if variant.option_values.is_empty() {
            return self.name.clone();
        }
        format!("{} ({})", self.name, variant.option_values.join(", "))
    }

    /// Its only variant, if it has no options.
    pub fn only_variant(&self) -> Option<&Variant> {
        self.options.is_empty().then(|| self.variants.first())
    }

    /// The prices of its cheapest and of its dearest variant.
    pub fn price_range(&self) -> (Money, Money) {
        let cheapest = self.variants.minimum_by_key(|variant| variant.price.amount);
        let dearest = self.variants.maximum_by_key(|variant| variant.price.amount);
        (cheapest.price, dearest.price)
    }

    /// That of all variants together.
    pub fn stock(&self) -> Stock {
        let sum = |part: fn(&Stock) -> i64| {
            let parts = self.variants.iter().map(|variant| part(&variant.stock));
            parts.fold(0, i64::saturating_add)
        };
        Stock {
            on_hand: sum(|stock| stock.on_hand),
            reserved: sum(|stock| stock.reserved),
            is_low: self.variants.iter().any(|variant| variant.stock.is_low),
        }
    }

    /// Whether somebody could buy one of it now, were it offered.
    pub fn is_in_stock(&self) -> bool {
        let rules = self.rules();
        let mut variants = self.variants.iter();
        variants.any(|variant| rules.allow_one(variant.stock))
    }

    /// Notes of which variants few are left; answers those of which that is news.
    pub fn note_low_stock(&mut self) -> Vec<LowStock> {
        let rules = self.rules();
        let (id, name) = (self.id, &self.name);
        let mut news = Vec::new();
        for variant in self.variants.iter_mut() {
            if variant.stock.note_low(rules) {
                news.push(LowStock {
                    product_id: id,
                    variant_id: variant.id,
                    name: name.clone(),
                    sku: variant.sku.as_str().to_owned(),
                    available: variant.stock.available(),
                    threshold: rules.low_stock_threshold.unwrap_or_default(),
                });
            }
        }
        news
    }
}
