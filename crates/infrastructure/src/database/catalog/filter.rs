use domain::{
    catalog::{Product, ProductFilter, ProductSort},
    id::Id,
    page::{Place, SortKey, SortedRequest},
    store::StoreError,
    text::fold_for_search,
};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, QueryTrait, Select, sea_query::Expr};

use crate::database::{
    entities::{
        product::{Column, Entity},
        product_category, product_tag, product_variant,
    },
    pages,
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    pub(super) async fn filtered_products(
        &self,
        filter: &ProductFilter,
    ) -> Result<Select<Entity>, StoreError> {
        let words = self.words_of(filter).await?;
        Ok(self.products_with(words, filter))
    }

    /// That a product has the words that the filter asks for.
    pub(super) async fn words_of(
        &self,
        filter: &ProductFilter,
    ) -> Result<Option<Expr>, StoreError> {
        match &filter.search {
            Some(search) => Ok(Some(self.has_words(search).await?)),
            None => Ok(None),
        }
    }

    /// Those that have the words, and meet the rest of the filter.
    pub(super) fn products_with(
        &self,
        words: Option<Expr>,
        filter: &ProductFilter,
    ) -> Select<Entity> {
        let mut products = self.products_there();
        if let Some(words) = words {
            products = products.filter(words);
        }
        if let Some(categories) = &filter.categories {
            let categories = categories.iter().copied().map(Id::uuid);
            let within = self
                .scope
                .find::<product_category::Entity>()
                .select_only()
                .column(product_category::Column::ProductId)
                .filter(product_category::Column::CategoryId.is_in(categories))
                .into_query();
            products = products.filter(Column::Id.in_subquery(within));
        }
        if let Some(status) = filter.status {
            products = products.filter(Column::Status.eq(status.as_str()));
        }
        if let Some(tag) = &filter.tag {
            let tagged = self
                .scope
                .find::<product_tag::Entity>()
                .select_only()
                .column(product_tag::Column::ProductId)
                .filter(product_tag::Column::Key.eq(tag.key()))
                .into_query();
            products = products.filter(Column::Id.in_subquery(tagged));
        }
        if let Some(min) = filter.min_price {
            products = products.filter(Column::HighestPrice.gte(min));
        }
        if let Some(max) = filter.max_price {
            products = products.filter(Column::Price.lte(max));
        }
        if let (Some(min), Some(max)) = (filter.min_price, filter.max_price) {
            // The cheapest and the dearest variant may lie on either side.
            let priced = self
                .scope
                .find::<product_variant::Entity>()
                .select_only()
                .column(product_variant::Column::ProductId)
                .filter(product_variant::Column::Price.between(min, max))
                .filter(product_variant::Column::RemovedAt.is_null())
                .into_query();
            products = products.filter(Column::Id.in_subquery(priced));
        }
        if let Some(in_stock) = filter.in_stock {
            products = products.filter(Column::InStock.eq(in_stock));
        }
        products
    }

    /// Those that were not removed.
    pub(in crate::database) fn products_there(&self) -> Select<Entity> {
        let products = self.scope.find::<Entity>();
        products.filter(Column::RemovedAt.is_null())
    }
}

pub(super) fn in_order(
    products: Select<Entity>,
    page: &SortedRequest<ProductSort>,
) -> Select<Entity> {
    let column = match page.sort {
        ProductSort::CreatedAt => Column::CreatedAt,
        ProductSort::UpdatedAt => Column::UpdatedAt,
        ProductSort::Name => Column::SortName,
        ProductSort::Price => Column::Price,
        ProductSort::Stock => Column::Available,
    };
    pages::sorted(products, column, Column::Id, page)
}

pub(super) fn place(product: &Product, sort: ProductSort) -> Place {
    let key = match sort {
        ProductSort::CreatedAt => SortKey::Time(product.created_at),
        ProductSort::UpdatedAt => SortKey::Time(product.updated_at),
        ProductSort::Name => SortKey::Text(fold_for_search(&product.name)),
        ProductSort::Price => SortKey::Number(product.price_range().0.amount),
        ProductSort::Stock => SortKey::Number(product.stock().available()),
    };
    Place {
        key,
        id: product.id.uuid(),
    }
}
