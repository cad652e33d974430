use std::collections::HashMap;

use domain::{
    catalog::{Category, CategoryId, MetaStanding, Product, ProductId, ProductStatus},
    organizations::Permission,
    store::Repositories,
};

use super::{Catalog, products::find};
use crate::{Actor, Error};

/// A product with the categories that it is in, in its order, and how it stands with Meta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogProduct {
    pub product: Product,
    pub categories: Vec<Category>,
    /// None if Meta neither shows it nor shall.
    pub meta: Option<MetaStanding>,
}

impl CatalogProduct {
    pub(super) async fn of(data: &dyn Repositories, product: Product) -> Result<Self, Error> {
        let all = if product.category_ids.is_empty() {
            Vec::new()
        } else {
            data.categories().all().await?
        };
        let standings = data.meta_catalog().standings(&[product.id]).await?;
        Ok(Self::among(&all, &standings, product))
    }

    pub(super) fn among(
        all: &[Category],
        standings: &HashMap<ProductId, MetaStanding>,
        product: Product,
    ) -> Self {
        let ids = product.category_ids.iter();
        let find = |id: &CategoryId| all.iter().find(|category| category.id == *id).cloned();
        Self {
            categories: ids.filter_map(find).collect(),
            meta: standings
                .get(&product.id)
                .filter(|known| !known.items.is_empty() || product.status == ProductStatus::Active)
                .cloned(),
            product,
        }
    }
}

impl Catalog {
    #[tracing::instrument(skip_all, fields(product.id = %id))]
    pub async fn get_product(&self, actor: &Actor, id: ProductId) -> Result<CatalogProduct, Error> {
        actor.require(Permission::CatalogRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let product = find(data.as_ref(), id).await?;
        CatalogProduct::of(data.as_ref(), product).await
    }
}
