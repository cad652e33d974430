//! What Meta's catalog knows and is to be told is found by an index.

use domain::{
    catalog::{MetaCatalog, MetaItem, MetaItemStatus, Product},
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
    given::{Business, Stack, newest},
};

/// A shop with many products, among many shops with some.
const FILL: &str = "
    INSERT INTO organizations (id, name, slug, currency, timezone, created_at, updated_at, version)
        SELECT gen_random_uuid(), name, n::text, currency, timezone, created_at, updated_at, 1
        FROM organizations, generate_series(1, 1000) AS n;
    INSERT INTO whatsapp_accounts (organization_id, id, phone_number_id, business_account_id,
            display_name, access_token, status, throughput_per_second, send_read_receipts,
            created_at, updated_at, version)
        SELECT o.id, gen_random_uuid(), o.slug, '', '', '', 'connected', 80, TRUE, o.created_at,
               o.updated_at, 1
        FROM organizations AS o, whatsapp_accounts AS a WHERE o.id <> a.organization_id;
    INSERT INTO meta_catalogs
        SELECT a.organization_id, a.id, '1948', TRUE, NULL, NULL, a.created_at
        FROM whatsapp_accounts AS a, meta_catalogs AS m
        WHERE a.organization_id <> m.organization_id;
    INSERT INTO products (organization_id, id, name, sort_name, status, options,
            track_inventory, allow_backorder, price, highest_price, available, in_stock,
            created_at, updated_at, version)
        SELECT o.id, gen_random_uuid(), p.name, p.sort_name, p.status, p.options,
               p.track_inventory, p.allow_backorder, p.price, p.highest_price, p.available,
               p.in_stock, p.created_at, p.updated_at, p.version
        FROM products AS p, organizations AS o, generate_series(1, 3000) AS n
        WHERE n <= 20 OR o.id = p.organization_id;
    INSERT INTO product_variants (organization_id, id, product_id, position, sku, sku_key,
            option_values, currency, price, on_hand, reserved, is_low)
        SELECT products.organization_id, gen_random_uuid(), products.id, 0, products.id::text,
               products.id::text, option_values, currency, products.price, on_hand, reserved,
               product_variants.is_low
        FROM products, product_variants
        WHERE products.id <> product_variants.product_id;
    INSERT INTO meta_items
        SELECT organization_id, id, product_id,
               CASE n % 3 WHEN 0 THEN 'sent' WHEN 1 THEN 'synced' ELSE 'failed' END, '[]', '{}',
               'batch-' || n / 100, NULL, '2026-09-01'::timestamptz + n * interval '1 second'
        FROM (SELECT *, row_number() OVER () AS n FROM product_variants) AS v
        WHERE id NOT IN (SELECT id FROM meta_items);
    INSERT INTO meta_changes
        SELECT organization_id, gen_random_uuid(), id, FALSE, created_at FROM products;
    ANALYZE;
";

/// What the queries are, each by signs that tell its statement.
const HOT: [(&str, &[&str]); 11] = [
    ("catalog", &["FROM \"meta_catalogs\"", "\"enabled\" ="]),
    (
        "list of changes",
        &["FROM \"meta_changes\"", "ORDER BY \"meta_changes\".\"id\""],
    ),
    ("changes told", &["DELETE FROM \"meta_changes\"", " IN ("]),
    ("changed among products", &["DISTINCT \"meta_changes\""]),
    ("how many changed", &["COUNT(DISTINCT", "\"meta_changes\""]),
    (
        "items of products",
        &["FROM \"meta_items\"", "\"product_id\" IN ("],
    ),
    ("items of a batch", &["FROM \"meta_items\"", "\"handle\" ="]),
    ("items gone", &["DELETE FROM \"meta_items\"", " IN ("]),
    (
        "list of failed items",
        &["FROM \"meta_items\"", "\"updated_at\" DESC"],
    ),
    (
        "how many of each status",
        &["FROM \"meta_items\"", " GROUP BY "],
    ),
    (
        "products of variants",
        &[
            "FROM \"product_variants\"",
            "\"product_variants\".\"id\" IN (",
        ],
    ),
];

async fn connected(stack: &Stack) -> (Business, Product) {
    let business = stack.business().await;
    let tea = product(stack, "Tea", "TEA-1", 500);
    assert!(insert(stack, &business, &tea).await);
    let catalog = MetaCatalog {
        account_id: business.account.id,
        catalog_id: "1948".into(),
        enabled: true,
        error: None,
        drift: None,
        updated_at: stack.now(),
    };
    let item = MetaItem {
        variant_id: tea.variants.first().id,
        product_id: tea.id,
        status: MetaItemStatus::Sent,
        errors: Vec::new(),
        told: None,
        handle: Some("A".into()),
        synced_at: None,
        updated_at: stack.now(),
    };
    let uow = stack.store.begin(business.id()).await.unwrap();
    uow.meta_catalog().upsert(&catalog).await.unwrap();
    uow.meta_catalog().upsert_items(&[item]).await.unwrap();
    uow.commit().await.unwrap();
    (business, tea)
}

async fn run_hot_queries(store: &SeaStore, business: &Business, tea: &Product) {
    let variant = tea.variants.first().id;
    let uow = store.begin(business.id()).await.unwrap();
    let meta = uow.meta_catalog();
    meta.note_changes(&[tea.id], tea.created_at).await.unwrap();
    let changes = meta.changes(10).await.unwrap();
    let ids: Vec<_> = changes.iter().map(|change| change.id).collect();
    assert!(meta.remove_changes(&ids).await.unwrap());
    meta.standings(&[tea.id]).await.unwrap();
    meta.sent_with("A").await.unwrap();
    meta.failed(newest(25)).await.unwrap();
    meta.counts().await.unwrap();
    meta.remove_items(&[variant]).await.unwrap();
    let products = uow.products();
    products.find_named(&[variant.uuid()]).await.unwrap();
    uow.commit().await.unwrap();
}

#[tokio::test]
async fn sqlite_finds_what_meta_knows_by_an_index() {
    record_log();
    let stack = Stack::on(stores::sqlite_file().await);
    let (business, tea) = connected(&stack).await;
    run_hot_queries(&stack.store, &business, &tea).await;
    let url = stack.database.url();
    let mut sqlite = SqliteConnection::connect(url).await.unwrap();
    for (name, signs) in HOT {
        let (statement, steps) = sqlite_plan(&mut sqlite, signs).await;
        for step in steps {
            let is_sorted = step.contains("TEMP B-TREE");
            assert!(!step.starts_with("SCAN"), "{name}: {step}\n{statement}");
            assert!(!(is_sorted && name.starts_with("list")), "{name}: {step}");
        }
    }
}

#[tokio::test]
async fn postgres_finds_what_meta_knows_by_an_index() {
    if !Backend::Postgres.is_asked_for() {
        return;
    }
    record_log();
    let stack = Stack::on(stores::database(Backend::Postgres).await);
    let (business, tea) = connected(&stack).await;
    let store = filled_postgres(&stack, FILL).await;
    run_hot_queries(&store, &business, &tea).await;
    for (name, signs) in HOT {
        let plan = postgres_plan(signs).await;
        let (_, steps) = plan.split_once("Query Text").unwrap();
        assert!(!steps.contains("Seq Scan"), "{name}: {plan}");
        let is_list = name.starts_with("list");
        assert!(!(is_list && steps.contains("Sort Key")), "{name}: {plan}");
    }
}
