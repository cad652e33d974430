use async_trait::async_trait;
use domain::{
    catalog::{Product, ProductId, Sku},
    imports::ImportedProducts,
    store::StoreError,
};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait};

use crate::database::{
    entities::{product, product_variant},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ImportedProducts for SeaUnitOfWork {
    async fn lock_all(&self, ids: &[ProductId], skus: &[Sku]) -> Result<Vec<Product>, StoreError> {
        let of_skus = self
            .scope
            .find::<product_variant::Entity>()
            .select_only()
            .column(product_variant::Column::ProductId)
            .filter(product_variant::Column::SkuKey.is_in(skus.iter().map(Sku::key)))
            .filter(product_variant::Column::RemovedAt.is_null())
            .into_query();
        let these = Condition::any()
            .add(product::Column::Id.in_subquery(of_skus))
            .add(product::Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        self.locked(self.products_there().filter(these)).await
    }
}
