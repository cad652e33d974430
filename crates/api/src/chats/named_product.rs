use domain::chats::NamedProduct;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::money::MoneyBody;

/// A product that a message names, as it was that day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NamedProductResponse {
    product_id: Uuid,
    variant_id: Uuid,
    /// With what sets the variant apart.
    name: String,
    price: MoneyBody,
    thumbnail_url: Option<String>,
}

impl From<NamedProduct> for NamedProductResponse {
    fn from(product: NamedProduct) -> Self {
        Self {
            product_id: product.product_id.uuid(),
            variant_id: product.variant_id.uuid(),
            name: product.name,
            price: product.price.into(),
            thumbnail_url: product.thumbnail_url,
        }
    }
}
