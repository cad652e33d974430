//! How many products of each kind a filter takes, with as few statements as the filter allows.

use std::{
    cmp::{max, min},
    collections::HashMap,
};

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
        product_category,
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
        let but = |leave_out: fn(&mut ProductFilter)| {
            let mut filter = filter.clone();
            leave_out(&mut filter);
            filter
        };
        let of_any_category = but(|filter| filter.categories = None);
        let of_any_status = but(|filter| filter.status = None);
        let of_any_stock = but(|filter| filter.in_stock = None);
        let of_any_price = but(|filter| (filter.min_price, filter.max_price) = (None, None));
        // Most often nothing is chosen, and all three are the same products.
        let mut counted: Vec<(&ProductFilter, Vec<Group>)> = Vec::new();
        for filter in [&of_any_status, &of_any_stock, &of_any_price] {
            if counted.iter().all(|(of, _)| *of != filter) {
                let products = self.products_with(words.clone(), filter);
                counted.push((filter, self.groups(products).await?));
            }
        }
        let groups = |filter: &ProductFilter| {
            let found = counted.iter().find(|(of, _)| *of == filter);
            found.into_iter().flat_map(|(_, groups)| groups)
        };
        Ok(ProductFacets {
            categories: self
                .by_category(self.products_with(words.clone(), &of_any_category))
                .await?,
            statuses: by_status(groups(&of_any_status)),
            stock: by_stock(groups(&of_any_stock)),
            prices: by_price(groups(&of_any_price)),
        })
    }

    /// How many products of each kind there are, read once.
    async fn groups(&self, products: Select<Entity>) -> Result<Vec<Group>, StoreError> {
        let rows: Vec<(String, bool, bool, i64, i64, i64)> = products
            .select_only()
            .column(Column::Status)
            .column(Column::InStock)
            .column(Column::IsLow)
            .column_as(Column::Id.count(), "products")
            .column_as(Column::Price.min(), "lowest")
            .column_as(Column::HighestPrice.max(), "highest")
            .group_by(Column::Status)
            .group_by(Column::InStock)
            .group_by(Column::IsLow)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let groups = rows.into_iter();
        groups
            .map(|(status, in_stock, is_low, products, lowest, highest)| {
                Ok(Group {
                    status: parse(&status)?,
                    in_stock,
                    is_low,
                    products: number(products)?,
                    lowest,
                    highest,
                })
            })
            .collect()
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
}

/// Products that are alike in this.
struct Group {
    status: ProductStatus,
    in_stock: bool,
    /// Of which few are left.
    is_low: bool,
    products: u64,
    lowest: i64,
    highest: i64,
}

fn by_status<'a>(groups: impl Iterator<Item = &'a Group>) -> HashMap<ProductStatus, u64> {
    groups.fold(HashMap::new(), |mut statuses, group| {
        *statuses.entry(group.status).or_default() += group.products;
        statuses
    })
}

fn by_stock<'a>(groups: impl Iterator<Item = &'a Group>) -> StockFacet {
    groups.fold(StockFacet::default(), |mut stock, group| {
        if group.in_stock {
            stock.in_stock += group.products;
        } else {
            stock.out_of_stock += group.products;
        }
        if group.is_low {
            stock.low += group.products;
        }
        stock
    })
}

fn by_price<'a>(groups: impl Iterator<Item = &'a Group>) -> Option<(i64, i64)> {
    let prices = groups.map(|group| (group.lowest, group.highest));
    prices.reduce(|(low, high), (lowest, highest)| (min(low, lowest), max(high, highest)))
}

fn number(count: i64) -> Result<u64, StoreError> {
    u64::try_from(count).map_err(broken)
}
