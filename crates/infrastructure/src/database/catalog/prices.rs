use async_trait::async_trait;
use domain::{
    catalog::{PriceHistory, PriceRecord, ProductId},
    id::Id,
    money::Money,
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, Select,
};

use crate::database::{
    entities::product_price::{ActiveModel, Column, Entity, Model},
    error::broken,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl PriceHistory for SeaUnitOfWork {
    async fn append(&self, records: &[PriceRecord]) -> Result<(), StoreError> {
        let rows = records.iter().map(|record| ActiveModel {
            organization_id: NotSet,
            id: Set(record.id.uuid()),
            product_id: Set(record.product_id.uuid()),
            variant_id: Set(record.variant_id.uuid()),
            currency: Set(record.price.currency.code().to_owned()),
            price: Set(record.price.amount),
            compare_at_price: Set(record.compare_at_price.map(|price| price.amount)),
            actor_id: Set(record.actor_id.map(Id::uuid)),
            created_at: Set(record.created_at),
        });
        self.scope.insert_all(rows.collect()).await
    }

    async fn list(
        &self,
        product: ProductId,
        page: PageRequest,
    ) -> Result<Page<PriceRecord>, StoreError> {
        let order = (Column::CreatedAt, Column::Id);
        self.db()
            .page(
                self.prices_of(product),
                order,
                page,
                |record: &PriceRecord| Position {
                    at: record.created_at,
                    id: record.id.uuid(),
                },
            )
            .await
    }

    async fn count(&self, product: ProductId) -> Result<u64, StoreError> {
        self.db().count(self.prices_of(product)).await
    }
}

impl SeaUnitOfWork {
    fn prices_of(&self, product: ProductId) -> Select<Entity> {
        let prices = self.scope.find::<Entity>();
        prices.filter(Column::ProductId.eq(product.uuid()))
    }
}

impl TryFrom<Model> for PriceRecord {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let currency = row.currency.parse().map_err(broken)?;
        Ok(Self {
            id: row.id.into(),
            product_id: row.product_id.into(),
            variant_id: row.variant_id.into(),
            price: Money::new(row.price, currency),
            compare_at_price: row
                .compare_at_price
                .map(|amount| Money::new(amount, currency)),
            actor_id: row.actor_id.map(Into::into),
            created_at: row.created_at,
        })
    }
}
