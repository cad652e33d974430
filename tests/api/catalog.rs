//! What is sold: products, categories, prices and stock.

mod categories;
mod creation;
mod facets;
mod images;
pub(crate) mod meta;
mod stock;

use std::time::Duration;

use domain::organizations::Role;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner},
    stores::backends,
};

use crate::given;

const PATH: &str = "/api/products";

fn usd(amount: i64) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

fn tea(sku: &str) -> Value {
    json!({"name": "Green tea", "sku": sku, "price": usd(500), "stock": 7})
}

fn shirt() -> Value {
    json!({
        "name": "Shirt", "status": "active",
        "options": [{"name": "Size", "values": ["S", "L"]}],
        "variants": [
            {"sku": "SHIRT-S", "optionValues": ["S"], "price": usd(2000), "stock": 3},
            {"sku": "SHIRT-L", "optionValues": ["L"], "price": usd(2200), "cost": usd(900)},
        ],
    })
}

async fn adds(owner: &Owner, product: Value) -> Value {
    let answer = owner.client.post(PATH, product).await;
    answer.assert_status(201).json()
}

fn path_of(product: &Value) -> String {
    format!("{PATH}/{}", product["id"].as_str().unwrap())
}

async fn names(owner: &Owner, query: &str) -> Vec<String> {
    let answer = owner.client.get(&format!("{PATH}{query}")).await;
    let rows = answer.assert_status(200).data();
    let names = rows.iter().map(|row| row["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

fn faults(answer: &Answer) -> Vec<(String, String)> {
    let problem = answer.assert_problem(422, "invalid");
    let faults = problem["errors"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    faults
        .map(|fault| (text(&fault["pointer"]), text(&fault["code"])))
        .collect()
}

#[actix_web::test]
async fn an_admin_adds_changes_and_removes_what_agents_see() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let agent = given::colleague(&app, &owner, Role::Agent).await;
        let admin = given::colleague(&app, &owner, Role::Admin).await;
        let body = json!({
            "name": " Green tea ", "description": "From Uji", "sku": "TEA-1",
            "price": usd(500), "compareAtPrice": usd(700), "cost": usd(200),
            "status": "active", "tags": ["tea", "Japan"], "stock": 7,
            "lowStockThreshold": 2, "allowBackorder": false, "trackInventory": true,
        });
        let answer = admin.client.post(PATH, body).await;
        let created = answer.assert_status(201).json();
        assert_eq!(answer.header("etag"), Some("\"1\""));
        for (field, expected) in [
            ("name", json!("Green tea")),
            ("sku", json!("TEA-1")),
            ("price", usd(500)),
            ("compareAtPrice", usd(700)),
            ("cost", usd(200)),
            ("tags", json!(["Japan", "tea"])),
            ("stock", json!(7)),
            ("reserved", json!(0)),
            ("available", json!(7)),
            ("inStock", json!(true)),
            ("categories", json!([])),
            ("options", json!([])),
            ("version", json!(1)),
        ] {
            assert_eq!(created[field], expected, "{field}");
        }
        assert_eq!(created["variants"].as_array().unwrap().len(), 1);
        let path = answer.header("location").unwrap().to_owned();
        let found = agent.client.get(&path).await;
        assert_eq!(found.assert_status(200).json(), created);

        app.clock.advance(Duration::from_secs(60));
        let change = json!({"price": usd(550), "description": null, "tags": ["tea"]});
        let changed = admin.client.put(&path, change).await;
        assert_eq!(changed.header("etag"), Some("\"2\""));
        let changed = changed.assert_status(200).json();
        assert_eq!(changed["price"], usd(550));
        assert_eq!(changed["compareAtPrice"], usd(700));
        assert_eq!(changed["description"], Value::Null);
        assert_eq!(changed["tags"], json!(["tea"]));
        assert_eq!(changed["updatedAt"], "2026-09-01T09:01:00Z");
        let same = admin.client.put(&path, json!({"name": "Green tea"})).await;
        assert_eq!(same.assert_status(200).json(), changed);

        for method in [Method::PUT, Method::DELETE] {
            let request = admin.client.request(method, &path);
            let body = json!({"name": "Black tea"});
            let stale = request.header("if-match", "\"1\"").json(&body).send().await;
            stale.assert_problem(412, "version_mismatch");
        }
        let prices = agent.client.get(&format!("{path}/prices")).await.data();
        let prices: Vec<_> = prices.iter().map(|row| row["price"].clone()).collect();
        assert_eq!(prices, [usd(550), usd(500)]);

        admin.client.delete(&path).await.assert_status(204);
        let gone = agent.client.get(&path).await;
        gone.assert_problem(404, "not_found");
        let again = admin.client.delete(&path).await;
        again.assert_problem(404, "not_found");
        adds(&admin, tea("TEA-1")).await;

        let log = owner.client.get("/api/audit-log?limit=100").await.data();
        let actions: Vec<_> = log
            .iter()
            .filter_map(|entry| entry["action"].as_str())
            .filter(|action| action.starts_with("product"))
            .collect();
        let expected = [
            "product_created",
            "product_removed",
            "product_updated",
            "product_created",
        ];
        assert_eq!(actions, expected);
    }
}

#[actix_web::test]
async fn a_sku_is_had_by_one_product_and_the_refusal_says_which() {
    let app = TestApp::start().await;
    let (owner, other) = (app.register("Luna").await, app.register("Sol").await);
    let first = adds(&owner, tea("TEA-1")).await;
    let taken = owner.client.post(PATH, tea("tea-1")).await;
    let problem = taken.assert_problem(409, "sku_taken");
    assert_eq!(problem["existingId"], first["id"]);
    let second = adds(&owner, tea("TEA-2")).await;
    let taken = owner
        .client
        .put(&path_of(&second), json!({"sku": "TEA-1"}))
        .await;
    let problem = taken.assert_problem(409, "sku_taken");
    assert_eq!(problem["existingId"], first["id"]);
    assert_eq!(owner.client.get(&path_of(&second)).await.json(), second);
    adds(&other, tea("TEA-1")).await;

    let at_once = (0..4).map(|_| owner.client.post(PATH, tea("ONCE")));
    let mut statuses: Vec<_> = join_all(at_once).await.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
}

#[actix_web::test]
async fn a_product_with_options_has_a_variant_for_each_choice() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let created = adds(&owner, shirt()).await;
    assert_eq!(created["sku"], Value::Null);
    assert_eq!(created["price"], usd(2000));
    assert_eq!(created["highestPrice"], usd(2200));
    assert_eq!(created["stock"], 3);
    let small = &created["variants"][0];
    assert_eq!(small["optionValues"], json!(["S"]));
    let path = path_of(&created);
    let flat = owner.client.put(&path, json!({"price": usd(1)})).await;
    assert_eq!(faults(&flat), [("/price".into(), "unexpected".into())]);

    let change = json!({
        "options": [{"name": "Size", "values": ["S", "M"]}],
        "variants": [
            {"id": small["id"], "sku": "SHIRT-S", "optionValues": ["S"], "price": usd(1900)},
            {"sku": "SHIRT-M", "optionValues": ["M"], "price": usd(2100), "stock": 4},
        ],
    });
    let changed = owner.client.put(&path, change).await;
    let changed = changed.assert_status(200).json();
    assert_eq!(changed["variants"][0]["id"], small["id"]);
    assert_eq!(changed["variants"][0]["stock"], 3);
    assert_eq!(changed["variants"][1]["sku"], "SHIRT-M");
    assert_eq!(changed["stock"], 7);

    let alone = owner.client.put(&path, json!({"options": []})).await;
    let alone = alone.assert_status(200).json();
    assert_eq!(alone["sku"], "SHIRT-S");
    assert_eq!(alone["variants"][0]["id"], small["id"]);
    adds(&owner, tea("SHIRT-M")).await;
}

#[actix_web::test]
async fn what_cannot_be_a_product_is_refused_with_all_its_faults() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let body = json!({
        "name": " ", "tags": ["a", "A"], "stock": -1, "lowStockThreshold": -1,
        "price": {"amount": -5, "currency": "EUR"}, "categoryIds": [owner.user_id],
    });
    let refused = owner.client.post(PATH, body).await;
    let expected = [
        ("/categoryIds/0", "unknown_category"),
        ("/name", "required"),
        ("/tags/1", "repeated"),
        ("/lowStockThreshold", "out_of_range"),
        ("/sku", "required"),
        ("/price/currency", "other_currency"),
        ("/price/amount", "out_of_range"),
        ("/stock", "out_of_range"),
    ];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
    assert_eq!(faults(&refused), expected);
    for (body, pointer) in [
        (json!({"name": "Tea", "sku": "T"}), "/price"),
        (json!({"name": "Tea", "sku": "T", "price": 5}), "/price"),
        (
            json!({"name": "Tea", "sku": "T", "price": {"amount": 1.5, "currency": "USD"}}),
            "/price/amount",
        ),
        (
            json!({"name": "Tea", "sku": "T", "price": usd(5), "compareAtPrice": usd(5)}),
            "/compareAtPrice",
        ),
        (
            json!({"name": "Tea", "sku": "T", "price": usd(5), "colour": "green"}),
            "/colour",
        ),
        (
            json!({"name": "Tea", "sku": "T", "price": usd(5), "status": "gone"}),
            "/status",
        ),
    ] {
        owner.client.post(PATH, body).await.assert_invalid(pointer);
    }
    let product = adds(&owner, tea("TEA-1")).await;
    let stock = owner
        .client
        .put(&path_of(&product), json!({"stock": 1}))
        .await;
    stock.assert_invalid("/stock");
}

#[actix_web::test]
async fn products_are_listed_by_filters_in_any_order_page_by_page() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        for (name, price, stock) in [("Éclair", 300, 0), ("apple", 100, 5), ("Zebra", 200, 9)] {
            let body = json!({"name": name, "sku": name, "price": usd(price), "stock": stock});
            adds(&owner, body).await;
            app.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(names(&owner, "").await, ["Zebra", "apple", "Éclair"]);
        for (sort, expected) in [
            ("name", ["apple", "Éclair", "Zebra"]),
            ("-price", ["Éclair", "Zebra", "apple"]),
            ("stock", ["Éclair", "apple", "Zebra"]),
            ("createdAt", ["Éclair", "apple", "Zebra"]),
        ] {
            assert_eq!(names(&owner, &format!("?sort={sort}")).await, expected);
            let mut walked = Vec::new();
            let mut query = format!("?sort={sort}&limit=1&include=total");
            loop {
                let page = owner.client.get(&format!("{PATH}{query}")).await.json();
                assert_eq!(page["total"], 3);
                walked.push(page["data"][0]["name"].as_str().unwrap().to_owned());
                let Some(cursor) = page["nextCursor"].as_str() else {
                    break;
                };
                query = format!("?sort={sort}&limit=1&include=total&cursor={cursor}");
            }
            assert_eq!(walked, expected, "{sort}");
        }
        for (query, expected) in [
            ("?minPrice=150&maxPrice=250", vec!["Zebra"]),
            ("?inStock=false", vec!["Éclair"]),
            ("?status=active", vec![]),
            ("?tag=none", vec![]),
        ] {
            assert_eq!(names(&owner, query).await, expected, "{query}");
        }
        for (query, pointer) in [
            ("?sort=colour", "/sort"),
            ("?minPrice=-1", "/minPrice"),
            ("?colour=red", "/colour"),
            ("?inStock=maybe", "/inStock"),
            ("?sort=name&cursor=e30", "/cursor"),
        ] {
            let refused = owner.client.get(&format!("{PATH}{query}")).await;
            assert_eq!(refused.status, 422, "{query}");
            assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{query}");
        }
    }
}

#[actix_web::test]
async fn products_are_found_by_their_words() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        adds(&owner, tea("TEA-1")).await;
        adds(&owner, shirt()).await;
        for (query, expected) in [
            ("?search=GREEN", vec!["Green tea"]),
            ("?search=shirt-l", vec!["Shirt"]),
            ("?search=tea&status=active", vec![]),
            ("?search=%20", vec!["Shirt", "Green tea"]),
        ] {
            assert_eq!(names(&owner, query).await, expected, "{query}");
        }
        let nothing = owner.client.get(&format!("{PATH}?search=%21")).await;
        nothing.assert_invalid("/search");
    }
}

#[actix_web::test]
async fn the_currency_stays_while_the_catalog_has_prices_in_it() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let product = adds(&owner, tea("TEA-1")).await;
    let current = "/api/organizations/current";
    let euro = || json!({"currency": "EUR"});
    let refused = owner.client.put(current, euro()).await;
    refused.assert_problem(409, "currency_in_use");
    let other = owner.client.put(current, json!({"city": "Uji"})).await;
    other.assert_status(200);
    owner
        .client
        .delete(&path_of(&product))
        .await
        .assert_status(204);
    owner.client.put(current, euro()).await.assert_status(200);
    let dollars = owner.client.post(PATH, tea("TEA-1")).await;
    dollars.assert_invalid("/price/currency");
}
