use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Product, ProductId, VariantId},
    money::Money,
};

/// A product that a message names, as it was that day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedProduct {
    pub product_id: ProductId,
    /// Its id is the retailer id by which Meta knows it.
    pub variant_id: VariantId,
    /// With what sets the variant apart.
    pub name: String,
    pub price: Money,
    pub thumbnail_url: Option<String>,
}

impl NamedProduct {
    /// None if the product has no such variant.
    pub fn of(product: &Product, id: VariantId, thumbnail_url: Option<String>) -> Option<Self> {
        let variant = product.variant(id)?;
        Some(Self {
            product_id: product.id,
            variant_id: id,
            name: product.name_of(variant),
            price: variant.price,
            thumbnail_url,
        })
    }
}
