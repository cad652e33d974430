use domain::{
    catalog::{Product, ProductFilter, ProductSort},
    id::Id,
    page::{Place, SortKey, SortedRequest},
    store::StoreError,
    text::fold_for_search,
};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use crate::database::{
    entities::{
        product::{Column, Entity},
        product_category, product_tag,
    },
    pages,
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    pub(super) async fn filtered_products(
        &self,
        filter: &ProductFilter,
    ) -> Result<Select<Entity>, StoreError> {
        let mut products = self.products_there();
        if let Some(search) = &filter.search {
            products = products.filter(self.has_words(search).await?);
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
        // From the cheapest to the dearest variant, whatever lies between.
        if let Some(min) = filter.min_price {
            products = products.filter(Column::HighestPrice.gte(min));
        }
        if let Some(max) = filter.max_price {
            products = products.filter(Column::Price.lte(max));
        }
        if let Some(in_stock) = filter.in_stock {
            products = products.filter(Column::InStock.eq(in_stock));
        }
        Ok(products)
    }

    /// Those that were not removed.
    pub(super) fn products_there(&self) -> Select<Entity> {
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
        ProductSort::Price => {
            let lowest = product.price_range().map(|(lowest, _)| lowest.amount);
            SortKey::Number(lowest.unwrap_or_default())
        }
        ProductSort::Stock => SortKey::Number(product.stock().available()),
    };
    Place {
        key,
        id: product.id.uuid(),
    }
}
