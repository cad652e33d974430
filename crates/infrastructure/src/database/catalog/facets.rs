//! How many products of each kind a filter takes, with as few statements as the filter allows.

use std::{
    cmp::{max, min},
    collections::{HashMap, HashSet},
};

use domain::{
    catalog::{CategoryId, CategoryTree, ProductFacets, ProductFilter, ProductStatus, StockFacet},
    store::StoreError,
};
use sea_orm::{ColumnTrait, QuerySelect, Select};
use uuid::Uuid;

use crate::database::{
    entities::product::{Column, Entity},
    error::{broken, store_error},
    text::parse,
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    pub(super) async fn facets_of(
        &self,
        filter: &ProductFilter,
        categories: &CategoryTree,
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
        // Most often nothing is chosen, and all four are the same products.
        let mut counted: Vec<(&ProductFilter, Vec<Group>)> = Vec::new();
        for filter in [
            &of_any_category,
            &of_any_status,
            &of_any_stock,
            &of_any_price,
        ] {
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
            categories: by_category(groups(&of_any_category), categories),
            statuses: by_status(groups(&of_any_status)),
            stock: by_stock(groups(&of_any_stock)),
            prices: by_price(groups(&of_any_price)),
        })
    }

    /// How many products of each kind there are, read once.
    async fn groups(&self, products: Select<Entity>) -> Result<Vec<Group>, StoreError> {
        let kind = [
            Column::Status,
            Column::InStock,
            Column::IsLow,
            Column::CategoryIds,
        ];
        let grouped = kind
            .into_iter()
            .fold(products.select_only(), |products, of| {
                products.column(of).group_by(of)
            });
        let rows: Vec<(String, bool, bool, String, i64, i64, i64)> = grouped
            .column_as(Column::Id.count(), "products")
            .column_as(Column::Price.min(), "lowest")
            .column_as(Column::HighestPrice.max(), "highest")
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let groups = rows.into_iter();
        groups
            .map(
                |(status, in_stock, is_low, category_ids, products, lowest, highest)| {
                    let ids = category_ids.split_whitespace().map(Uuid::try_parse);
                    let ids = ids.map(|id| id.map(CategoryId::from).map_err(broken));
                    Ok(Group {
                        status: parse(&status)?,
                        in_stock,
                        is_low,
                        category_ids: ids.collect::<Result<_, _>>()?,
                        products: u64::try_from(products).map_err(broken)?,
                        lowest,
                        highest,
                    })
                },
            )
            .collect()
    }
}

/// Products that are alike in this.
struct Group {
    status: ProductStatus,
    in_stock: bool,
    /// Of which few are left.
    is_low: bool,
    category_ids: Vec<CategoryId>,
    products: u64,
    lowest: i64,
    highest: i64,
}

/// A product counts once in each category that it is in or below.
fn by_category<'a>(
    groups: impl Iterator<Item = &'a Group>,
    tree: &CategoryTree,
) -> HashMap<CategoryId, u64> {
    let mut categories = HashMap::new();
    for group in groups {
        let ids = group.category_ids.iter();
        let all: HashSet<_> = ids.flat_map(|id| tree.with_ancestors(*id)).collect();
        for id in all {
            *categories.entry(id).or_default() += group.products;
        }
    }
    categories
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
