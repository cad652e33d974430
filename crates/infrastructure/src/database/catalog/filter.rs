use domain::{
    catalog::{ProductFilter, ProductSort},
    id::Id,
    page::{Place, SortKey, SortedRequest},
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::database::{
    entities::{
        product::{Column, Entity, Model},
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

    /// The same as several lists that have nothing in common, each of which can be read in the
    /// order of prices.
    pub(super) fn filtered_by_price(
        &self,
        words: Option<Expr>,
        filter: &ProductFilter,
    ) -> Vec<Select<Entity>> {
        let products = self.products_but_for_price(words, filter);
        let parts = self.priced(filter).into_iter();
        parts.map(|part| products.clone().filter(part)).collect()
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
        let parts = self.priced(filter).into_iter();
        let any = parts.fold(Condition::any(), Condition::add);
        self.products_but_for_price(words, filter).filter(any)
    }

    /// That a product has a variant at such a price: its cheapest, or only a dearer one.
    fn priced(&self, filter: &ProductFilter) -> Vec<Condition> {
        use product_variant::Column::{Price, ProductId, RemovedAt};
        let at_most = |max| Condition::all().add(Column::Price.lte(max));
        let cheapest = filter.max_price.map_or_else(Condition::all, at_most);
        let Some(min) = filter.min_price else {
            return vec![cheapest];
        };
        let cheapest = cheapest.add(Column::Price.gte(min));
        let mut dearer = Condition::all()
            .add(Column::Price.lt(min))
            .add(Column::HighestPrice.gte(min))
            .add(Column::PricesDiffer.eq(true));
        if let Some(max) = filter.max_price {
            // The dearest may lie beyond.
            let priced = self
                .scope
                .find::<product_variant::Entity>()
                .select_only()
                .column(ProductId)
                .filter(ProductId.into_expr().eq(Column::Id.into_expr()))
                .filter(Price.between(min, max))
                .filter(RemovedAt.is_null())
                .into_query();
            dearer = dearer.add(Expr::exists(priced));
        }
        vec![cheapest, dearer]
    }

    fn products_but_for_price(
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

pub(super) fn place(row: &Model, sort: ProductSort) -> Place {
    let key = match sort {
        ProductSort::CreatedAt => SortKey::Time(row.created_at),
        ProductSort::UpdatedAt => SortKey::Time(row.updated_at),
        ProductSort::Name => SortKey::Text(row.sort_name.clone()),
        ProductSort::Price => SortKey::Number(row.price),
        ProductSort::Stock => SortKey::Number(row.available),
    };
    Place { key, id: row.id }
}
