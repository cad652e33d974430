//! How many products of each kind a filter takes: one statement for each facet.

use std::collections::HashMap;

use domain::{
    catalog::{CategoryId, ProductFacets, ProductFilter, ProductStatus, StockFacet},
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{CommonTableExpression, Expr, ExprTrait, UnionType, WithClause},
};
use uuid::Uuid;

use crate::database::{
    entities::{
        category,
        product::{Column, Entity},
        product_category, product_variant,
    },
    error::{broken, store_error},
    text::parse,
    unit_of_work::SeaUnitOfWork,
};

/// Each category with itself and all below it.
const BELOW: &str = "below";
const ABOVE: &str = "above";

impl SeaUnitOfWork {
    pub(super) async fn facets_of(
        &self,
        filter: &ProductFilter,
    ) -> Result<ProductFacets, StoreError> {
        let words = self.words_of(filter).await?;
        let without = |leave_out: fn(&mut ProductFilter)| {
            let mut filter = filter.clone();
            leave_out(&mut filter);
            self.products_with(words.clone(), &filter)
        };
        let of_any_category = without(|filter| filter.categories = None);
        let of_any_status = without(|filter| filter.status = None);
        let of_any_stock = without(|filter| filter.in_stock = None);
        let of_any_price = without(|filter| (filter.min_price, filter.max_price) = (None, None));
        Ok(ProductFacets {
            categories: self.by_category(of_any_category).await?,
            statuses: self.by_status(of_any_status).await?,
            stock: self.by_stock(of_any_stock).await?,
            prices: self.by_price(of_any_price).await?,
        })
    }

    async fn by_category(
        &self,
        products: Select<Entity>,
    ) -> Result<HashMap<CategoryId, u64>, StoreError> {
        let categories = || self.scope.find::<category::Entity>().select_only();
        let mut below = categories()
            .column_as(category::Column::Id, ABOVE)
            .column(category::Column::Id)
            .into_query();
        let mut further = categories()
            .expr(Expr::col((BELOW, ABOVE)))
            .column(category::Column::Id)
            .into_query();
        let is_child = Expr::col((BELOW, "id")).equals(category::Column::ParentId.as_column_ref());
        further.inner_join(BELOW, is_child);
        below.union(UnionType::All, further);
        let below = CommonTableExpression::new()
            .query(below)
            .columns([ABOVE, "id"])
            .table_name(BELOW)
            .to_owned();
        let products = products.select_only().column(Column::Id).into_query();
        let product = product_category::Column::ProductId;
        let mut counted = self
            .scope
            .find::<product_category::Entity>()
            .select_only()
            .expr_as(Expr::col((BELOW, ABOVE)), "id")
            .expr_as(
                Expr::col(product.as_column_ref()).count_distinct(),
                "products",
            )
            .filter(product.in_subquery(products))
            .into_query();
        let is_within =
            Expr::col((BELOW, "id")).equals(product_category::Column::CategoryId.as_column_ref());
        counted
            .inner_join(BELOW, is_within)
            .group_by_col((BELOW, ABOVE))
            .with_cte(WithClause::new().recursive(true).cte(below).to_owned());
        let rows = self.db().query_all(&counted).await.map_err(store_error)?;
        rows.iter()
            .map(|row| {
                let id: Uuid = row.try_get("", "id").map_err(store_error)?;
                let count = row.try_get("", "products").map_err(store_error)?;
                Ok((id.into(), number(count)?))
            })
            .collect()
    }

    async fn by_status(
        &self,
        products: Select<Entity>,
    ) -> Result<HashMap<ProductStatus, u64>, StoreError> {
        let rows: Vec<(String, i64)> = products
            .select_only()
            .column(Column::Status)
            .column_as(Column::Id.count(), "products")
            .group_by(Column::Status)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        rows.into_iter()
            .map(|(status, count)| Ok((parse(&status)?, number(count)?)))
            .collect()
    }

    async fn by_stock(&self, products: Select<Entity>) -> Result<StockFacet, StoreError> {
        let with_few = self
            .scope
            .find::<product_variant::Entity>()
            .select_only()
            .column(product_variant::Column::ProductId)
            .filter(product_variant::Column::IsLow.eq(true))
            .filter(product_variant::Column::RemovedAt.is_null())
            .into_query();
        let those = |condition| Expr::expr(Expr::case(condition, 1).finally(0)).sum();
        let counts: Option<(i64, Option<i64>, Option<i64>)> = products
            .select_only()
            .column_as(Column::Id.count(), "products")
            .column_as(those(Column::InStock.eq(true)), "in_stock")
            .column_as(those(Column::Id.in_subquery(with_few)), "low")
            .into_tuple()
            .one(self.db())
            .await
            .map_err(store_error)?;
        let (all, in_stock, low) = counts.unwrap_or_default();
        let in_stock = in_stock.unwrap_or_default();
        Ok(StockFacet {
            in_stock: number(in_stock)?,
            out_of_stock: number(all - in_stock)?,
            low: number(low.unwrap_or_default())?,
        })
    }

    async fn by_price(&self, products: Select<Entity>) -> Result<Option<(i64, i64)>, StoreError> {
        let prices: Option<(Option<i64>, Option<i64>)> = products
            .select_only()
            .column_as(Column::Price.min(), "lowest")
            .column_as(Column::HighestPrice.max(), "highest")
            .into_tuple()
            .one(self.db())
            .await
            .map_err(store_error)?;
        Ok(prices.and_then(|(lowest, highest)| lowest.zip(highest)))
    }
}

fn number(count: i64) -> Result<u64, StoreError> {
    u64::try_from(count).map_err(broken)
}
