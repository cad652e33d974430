use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    catalog::{
        CategoryTree, MovementKind, Product, ProductFacets, ProductFilter, ProductId,
        ProductRepository, ProductSort, Sku, VariantId,
    },
    id::Id,
    page::{SortedPage, SortedRequest},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, LockType},
};

use uuid::Uuid;

use super::{
    aggregate::{image_row, product_row, stock_of_product, stock_of_variant, variant_row},
    filter::{in_order, place},
};
use crate::database::{
    entities::{
        product::{Column, Entity, Model},
        product_category, product_image, product_tag, product_variant, stock_movement,
        stock_reservation,
    },
    error::store_error,
    text::word,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ProductRepository for SeaUnitOfWork {
    async fn find(&self, id: ProductId) -> Result<Option<Product>, StoreError> {
        let products = self.products_there();
        let products = products.filter(Column::Id.eq(id.uuid()));
        Ok(self.whole_of(products).await?.pop())
    }

    async fn lock(&self, id: ProductId) -> Result<Option<Product>, StoreError> {
        let products = self.products_there();
        let products = products.filter(Column::Id.eq(id.uuid()));
        Ok(self.locked(products).await?.pop())
    }

    async fn lock_with(&self, variants: &[VariantId]) -> Result<Vec<Product>, StoreError> {
        let variants = variants.iter().copied().map(Id::uuid);
        let of_variants = self
            .scope
            .find::<product_variant::Entity>()
            .select_only()
            .column(product_variant::Column::ProductId)
            .filter(product_variant::Column::Id.is_in(variants))
            .into_query();
        let products = self
            .products_there()
            .filter(Column::Id.in_subquery(of_variants));
        self.locked(products).await
    }

    async fn find_named(&self, ids: &[Uuid]) -> Result<Vec<Product>, StoreError> {
        let of_variants: Vec<Uuid> = self
            .scope
            .find::<product_variant::Entity>()
            .select_only()
            .column(product_variant::Column::ProductId)
            .filter(product_variant::Column::Id.is_in(ids.iter().copied()))
            .filter(product_variant::Column::RemovedAt.is_null())
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let named = ids.iter().copied().chain(of_variants);
        let named = self.products_there().filter(Column::Id.is_in(named));
        self.whole_of(named).await
    }

    async fn find_by_sku(&self, sku: &Sku) -> Result<Option<ProductId>, StoreError> {
        let variant = self
            .scope
            .find::<product_variant::Entity>()
            .filter(product_variant::Column::SkuKey.eq(sku.key()))
            .filter(product_variant::Column::RemovedAt.is_null())
            .one(self.db())
            .await
            .map_err(store_error)?;
        Ok(variant.map(|variant| variant.product_id.into()))
    }

    async fn insert(&self, product: &Product) -> Result<bool, StoreError> {
        self.scope
            .insert(product_row(product, product.version)?)
            .await?;
        self.insert_belongings(product).await?;
        let variants = (0..).zip(&product.variants);
        let rows = variants.map(|(position, variant)| variant_row(product, position, variant));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let inserted = self.scope.insert_those_not_taken(rows).await?;
        self.scope.index_product(product).await?;
        Ok(inserted == product.variants.len() as u64)
    }

    async fn update(&self, product: &Product) -> Result<bool, StoreError> {
        let row = product_row(product, product.version + 1)?;
        self.scope.update(row, Column::RemovedAt.is_null()).await?;
        let (id, at) = (product.id, product.updated_at);
        self.remove_belongings(id).await?;
        self.insert_belongings(product).await?;
        // Those that go give their SKUs free for those that come.
        let staying = product.variants.iter().map(|variant| variant.id.uuid());
        let gone = product_variant::Column::Id.is_not_in(staying);
        self.remove_variants(id, Some(gone), at).await?;
        for (position, variant) in (0..).zip(&product.variants) {
            let row = variant_row(product, position, variant)?;
            let is_there = product_variant::Column::ProductId.eq(id.uuid());
            let is_stored = self
                .scope
                .update_unless_taken(row.clone(), is_there)
                .await?
                || self.scope.insert_unless_taken(row).await?;
            if !is_stored {
                return Ok(false);
            }
        }
        self.scope.index_product(product).await?;
        Ok(true)
    }

    async fn update_stock(&self, product: &Product) -> Result<(), StoreError> {
        let is_there = Column::RemovedAt.is_null();
        self.scope
            .update(stock_of_product(product), is_there)
            .await?;
        for variant in &product.variants {
            let of_product = product_variant::Column::ProductId.eq(product.id.uuid());
            self.scope
                .update(stock_of_variant(variant), of_product)
                .await?;
        }
        Ok(())
    }

    async fn remove(&self, id: ProductId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.remove_variants(id, None, at).await?;
        self.scope.unindex_product(id).await?;
        self.scope
            .update_many::<Entity>()
            .col_expr(Column::RemovedAt, Expr::val(at))
            .filter(Column::Id.eq(id.uuid()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        self.remove_belongings(id).await?;
        Ok(())
    }

    async fn was_ordered(&self, id: ProductId) -> Result<bool, StoreError> {
        let sold = self
            .scope
            .find::<stock_movement::Entity>()
            .filter(stock_movement::Column::ProductId.eq(id.uuid()))
            .filter(stock_movement::Column::Kind.eq(word(&MovementKind::Sell)?));
        let promised = self
            .scope
            .find::<stock_reservation::Entity>()
            .filter(stock_reservation::Column::ProductId.eq(id.uuid()));
        let is_sold = sold.one(self.db()).await.map_err(store_error)?.is_some();
        Ok(is_sold
            || promised
                .one(self.db())
                .await
                .map_err(store_error)?
                .is_some())
    }

    async fn any(&self) -> Result<bool, StoreError> {
        let any = self.products_there().one(self.db()).await;
        Ok(any.map_err(store_error)?.is_some())
    }

    async fn list(
        &self,
        filter: &ProductFilter,
        page: &SortedRequest<ProductSort>,
    ) -> Result<SortedPage<Product>, StoreError> {
        let rows = match self.words_of(filter).await? {
            Some(words) if !self.scope.is_on_sqlite() => {
                self.search_in_postgres(words, filter, page).await?
            }
            words => {
                let mut rows = Vec::new();
                for part in self.filtered_by_price(words, filter) {
                    let part = in_order(part, page).all(self.db()).await;
                    rows.extend(part.map_err(store_error)?);
                }
                rows
            }
        };
        let place = |row: &Model| place(row, page.sort);
        let page = SortedPage::from_lists(rows, page, place);
        Ok(SortedPage {
            rows: self.whole(page.rows).await?,
            next: page.next,
        })
    }

    async fn count(&self, filter: &ProductFilter) -> Result<u64, StoreError> {
        let products = self.filtered_products(filter).await?;
        self.db().count(products).await
    }

    async fn facets(
        &self,
        filter: &ProductFilter,
        categories: &CategoryTree,
    ) -> Result<ProductFacets, StoreError> {
        self.facets_of(filter, categories).await
    }
}

impl SeaUnitOfWork {
    async fn whole_of(&self, products: Select<Entity>) -> Result<Vec<Product>, StoreError> {
        let rows = products.all(self.db()).await.map_err(store_error)?;
        self.whole(rows).await
    }

    /// What belongs to a product is read after the product is locked: only then does it stay.
    pub(in crate::database) async fn locked(
        &self,
        products: Select<Entity>,
    ) -> Result<Vec<Product>, StoreError> {
        self.db().writing()?;
        let products = products.order_by_asc(Column::Id);
        self.whole_of(products.lock(LockType::NoKeyUpdate)).await
    }

    async fn insert_belongings(&self, product: &Product) -> Result<(), StoreError> {
        let categories = (0..).zip(&product.category_ids);
        let categories = categories.map(|(position, id)| product_category::ActiveModel {
            organization_id: NotSet,
            product_id: Set(product.id.uuid()),
            category_id: Set(id.uuid()),
            position: Set(position),
        });
        self.scope.insert_all(categories.collect()).await?;
        let tags = product.tags.iter().map(|tag| product_tag::ActiveModel {
            organization_id: NotSet,
            product_id: Set(product.id.uuid()),
            key: Set(tag.key()),
            tag: Set(tag.as_str().to_owned()),
        });
        self.scope.insert_all(tags.collect()).await?;
        let images = (0..).zip(&product.images);
        let images = images.map(|(position, image)| image_row(product, position, image));
        self.scope.insert_all(images.collect()).await
    }

    async fn remove_belongings(&self, id: ProductId) -> Result<(), StoreError> {
        let categories = product_category::Column::ProductId.eq(id.uuid());
        self.scope
            .delete::<product_category::Entity>(categories)
            .await?;
        let tags = product_tag::Column::ProductId.eq(id.uuid());
        self.scope.delete::<product_tag::Entity>(tags).await?;
        let images = product_image::Column::ProductId.eq(id.uuid());
        self.scope.delete::<product_image::Entity>(images).await?;
        Ok(())
    }

    async fn remove_variants(
        &self,
        product: ProductId,
        which: Option<Expr>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let is_there = product_variant::Column::RemovedAt.is_null();
        let these = product_variant::Column::ProductId
            .eq(product.uuid())
            .and(is_there);
        let these = which.map_or(these.clone(), |which| these.and(which));
        self.scope
            .update_many::<product_variant::Entity>()
            .col_expr(product_variant::Column::RemovedAt, Expr::val(at))
            .filter(these)
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}
