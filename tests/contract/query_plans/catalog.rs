//! Products are listed and found by an index, in whatever order.

use std::{collections::HashSet, sync::Arc};

use domain::{
    catalog::{ProductFilter, ProductSort, ProductStatus},
    chats::SearchQuery,
    page::SortedRequest,
    store::Store,
};
use infrastructure::database::SeaStore;
use sqlx::{Connection, SqliteConnection};
use tests::stores::{self, Backend};

use super::{
    log::record_log,
    plans::{filled_postgres, postgres_plan, sqlite_plan},
};
use crate::{
    catalog::{insert, product},
    given::{Business, Stack},
};

/// Many products, each of its own age, name and price.
const FILL: &str = "
    INSERT INTO products (organization_id, id, name, sort_name, status, options,
            track_inventory, allow_backorder, price, highest_price, available, in_stock,
            created_at, updated_at, version, terms)
        SELECT organization_id, gen_random_uuid(), name, sort_name || n, status, options,
               track_inventory, allow_backorder, price + n, highest_price + n, available + n,
               in_stock, created_at + n * interval '1 second',
               updated_at + n * interval '1 second', version,
               (right(organization_id::text, 8) || 'sku' || n)::tsvector
        FROM products, generate_series(1, 20000) AS n;
    INSERT INTO product_variants (organization_id, id, product_id, position, sku, sku_key,
            option_values, currency, price, on_hand, reserved, is_low)
        SELECT products.organization_id, gen_random_uuid(), products.id, 0, products.id::text,
               products.id::text, option_values, currency, products.price, on_hand, reserved,
               product_variants.is_low
        FROM products, product_variants
        WHERE products.id <> product_variants.product_id;
    ANALYZE;
";

/// Each order, with the column that tells its statement.
const ORDERS: [(ProductSort, &str); 5] = [
    (ProductSort::CreatedAt, "created_at"),
    (ProductSort::UpdatedAt, "updated_at"),
    (ProductSort::Name, "sort_name"),
    (ProductSort::Price, "price"),
    (ProductSort::Stock, "available"),
];

async fn stocked(stack: &Stack) -> Business {
    let business = stack.business().await;
    let tea = product(stack, "Tea", "TEA-1", 500);
    assert!(insert(stack, &business, &tea).await);
    business
}

/// None unless PostgreSQL is asked for.
async fn filled() -> Option<(Stack, Business, Arc<SeaStore>)> {
    if !Backend::Postgres.is_asked_for() {
        return None;
    }
    record_log();
    let stack = Stack::on(stores::database(Backend::Postgres).await);
    let business = stocked(&stack).await;
    let store = filled_postgres(&stack, FILL).await;
    Some((stack, business, store))
}

async fn list(store: &SeaStore, business: &Business, sort: ProductSort, is_of_status: bool) {
    let filter = ProductFilter {
        status: is_of_status.then_some(ProductStatus::Draft),
        ..ProductFilter::default()
    };
    let page = SortedRequest {
        sort,
        descending: true,
        after: None,
        limit: 25,
    };
    let read = store.read(business.id());
    read.products().list(&filter, &page).await.unwrap();
}

/// Those of which a variant costs so much, the cheapest first.
async fn list_by_price(store: &SeaStore, business: &Business) {
    let filter = ProductFilter {
        min_price: Some(5_000),
        max_price: Some(6_000),
        ..ProductFilter::default()
    };
    let page = SortedRequest {
        sort: ProductSort::Price,
        descending: false,
        after: None,
        limit: 25,
    };
    let read = store.read(business.id());
    read.products().list(&filter, &page).await.unwrap();
}

const CHEAPEST: [&str; 2] = [
    "ORDER BY \"products\".\"price\" ASC",
    "\"products\".\"price\" >= ",
];
const DEARER: [&str; 2] = [
    "ORDER BY \"products\".\"price\" ASC",
    "\"products\".\"prices_differ\" = ",
];
/// That of products which have several prices.
const SEVERAL: &str = "products_organization_id_prices_differ_price_id_idx";

/// The signs of the list in this order, of one status or of all.
fn signs(column: &str, is_of_status: bool) -> [String; 2] {
    let order = format!("ORDER BY \"products\".\"{column}\" DESC");
    let status = if is_of_status {
        "\"products\".\"status\" = "
    } else {
        "\"removed_at\" IS NULL ORDER BY"
    };
    [order, status.to_owned()]
}

#[tokio::test]
async fn sqlite_lists_products_by_an_index() {
    record_log();
    let stack = Stack::on(stores::sqlite_file().await);
    let business = stocked(&stack).await;
    let url = stack.database.url();
    let mut sqlite = SqliteConnection::connect(url).await.unwrap();
    for (sort, column) in ORDERS {
        for is_of_status in [false, true] {
            list(&stack.store, &business, sort, is_of_status).await;
            let signs = signs(column, is_of_status);
            let signs = signs.each_ref().map(String::as_str);
            let (_, steps) = sqlite_plan(&mut sqlite, &signs).await;
            for step in steps {
                assert!(step.starts_with("SEARCH"), "{column}: {step}");
            }
        }
    }
    list_by_price(&stack.store, &business).await;
    let (_, steps) = sqlite_plan(&mut sqlite, &CHEAPEST).await;
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert!(steps[0].contains("price>? AND price<?"), "{steps:?}");
    let (_, steps) = sqlite_plan(&mut sqlite, &DEARER).await;
    assert!(steps[0].contains(SEVERAL), "{steps:?}");
}

#[tokio::test]
async fn postgres_lists_products_by_an_index() {
    let Some((_stack, business, store)) = filled().await else {
        return;
    };
    for (sort, column) in ORDERS {
        for is_of_status in [false, true] {
            list(&store, &business, sort, is_of_status).await;
            let signs = signs(column, is_of_status);
            let signs = signs.each_ref().map(String::as_str);
            let plan = postgres_plan(&signs).await;
            let (_, steps) = plan.split_once("Query Text").unwrap();
            assert!(!steps.contains("Seq Scan"), "{column}: {plan}");
            assert!(!steps.contains("Sort Key"), "{column}: {plan}");
        }
    }
    list_by_price(&store, &business).await;
    let plan = postgres_plan(&CHEAPEST).await;
    let (_, steps) = plan.split_once("Query Text").unwrap();
    assert!(steps.contains("price >= "), "{plan}");
    assert!(!steps.contains("Sort Key"), "{plan}");
    let plan = postgres_plan(&DEARER).await;
    let (_, steps) = plan.split_once("Query Text").unwrap();
    assert!(steps.contains(SEVERAL), "{plan}");
}

#[tokio::test]
async fn postgres_finds_products_among_the_nearest_and_beyond() {
    let Some((_stack, business, store)) = filled().await else {
        return;
    };
    let filter = ProductFilter {
        search: Some(SearchQuery::parse("sku1").unwrap()),
        ..ProductFilter::default()
    };
    for (sort, column) in ORDERS {
        let mut page = SortedRequest {
            sort,
            descending: true,
            after: None,
            limit: 100,
        };
        let mut found = Vec::new();
        loop {
            let read = store.read(business.id());
            let rows = read.products().list(&filter, &page).await.unwrap();
            found.extend(rows.rows.into_iter().map(|product| product.id));
            page.after = rows.next;
            if page.after.is_none() {
                break;
            }
        }
        // Of 1 to 20,000, those that begin with a 1.
        assert_eq!(found.len(), 11_111, "{column}");
        let different: HashSet<_> = found.into_iter().collect();
        assert_eq!(different.len(), 11_111, "{column}");

        let order = format!("ORDER BY \"products\".\"{column}\" DESC");
        let plan = postgres_plan(&[&order, "AS \"terms\" FROM"]).await;
        let (_, steps) = plan.split_once("Query Text").unwrap();
        assert!(!steps.contains("Seq Scan"), "{column}: {plan}");
        assert!(!steps.contains("Sort Key"), "{column}: {plan}");
        let plan = postgres_plan(&[&order, "OFFSET "]).await;
        let (_, steps) = plan.split_once("Query Text").unwrap();
        assert!(steps.contains("products_terms_idx"), "{column}: {plan}");
        assert!(!steps.contains("Seq Scan"), "{column}: {plan}");
    }
}
