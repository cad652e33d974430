//! The catalog at Meta.

mod connecting;
mod trouble;

use std::time::Duration;

use domain::whatsapp::{CloudApiError, ItemChange, MetaError};
use in_memory::{Answer, CATALOG, CallKind};
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use super::{adds, path_of, shirt, tea, usd};

const META: &str = "/api/catalog/meta";
const NUMBER: &str = "106540352242922";

pub(crate) async fn connects(owner: &Owner, account_id: &str) -> Value {
    let body = json!({"accountId": account_id, "catalogId": CATALOG, "enabled": true});
    let answer = owner.client.put(META, body).await;
    answer.assert_status(200).json()
}

/// A shop whose products go to Meta.
async fn shop(app: &TestApp) -> Owner {
    let owner = app.register("Luna").await;
    let account_id = owner.connects(NUMBER).await;
    connects(&owner, &account_id).await;
    app.run_jobs().await;
    owner
}

fn sold(sku: &str) -> Value {
    let mut product = tea(sku);
    product["status"] = json!("active");
    product
}

fn id_of(variant: &Value) -> String {
    variant["id"].as_str().unwrap().to_owned()
}

/// What the product's answer says of Meta, now.
async fn meta_of(owner: &Owner, product: &Value) -> Value {
    owner.client.get(&path_of(product)).await.json()["meta"].clone()
}

async fn state(owner: &Owner) -> Value {
    owner.client.get(META).await.assert_status(200).json()
}

/// Lets what has changed gather, and go.
async fn gathers(app: &TestApp) {
    app.after(Duration::from_secs(1)).await;
}

fn refusal(code: i64) -> Answer {
    Answer::Fail(CloudApiError::Refused(MetaError {
        code,
        title: "No".into(),
        ..MetaError::default()
    }))
}

#[actix_web::test]
async fn what_is_sold_goes_to_meta_in_one_batch_and_nothing_else() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        adds(&owner, tea("DRAFT")).await;
        let shirt = adds(&owner, shirt()).await;
        let tea = adds(&owner, sold("TEA-1")).await;
        assert_eq!(meta_of(&owner, &tea).await["status"], "pending");
        let change = json!({"price": usd(650), "description": "From Uji"});
        let changed = owner.client.put(&path_of(&tea), change).await;
        changed.assert_status(200);
        app.run_jobs().await;
        assert_eq!(app.cloud_api.batches().len(), 0, "it is gathered");
        gathers(&app).await;

        let batches = app.cloud_api.batches();
        assert_eq!(batches.len(), 1);
        let mut items: Vec<_> = batches[0]
            .iter()
            .map(|change| match change {
                ItemChange::Upsert(item) => item.clone(),
                ItemChange::Remove { .. } => panic!("nothing goes"),
            })
            .collect();
        items.sort_by_key(|item| (item.price.amount, item.title.clone()));
        let told: Vec<_> = items
            .iter()
            .map(|item| (item.title.as_str(), item.price.decimal(), item.is_available))
            .collect();
        let expected = [
            ("Green tea", "6.50".to_owned(), true),
            ("Shirt (S)", "20.00".to_owned(), true),
            ("Shirt (L)", "22.00".to_owned(), false),
        ];
        assert_eq!(told, expected);
        assert_eq!(items[0].retailer_id, id_of(&tea["variants"][0]));
        assert_eq!(items[0].description, "From Uji");
        assert_eq!(items[0].group_id, None);
        assert_eq!(items[1].group_id, Some(id_of(&shirt)));
        assert_eq!(items[2].group_id, Some(id_of(&shirt)));
        let meta = meta_of(&owner, &tea).await;
        let expected = json!({
            "status": "synced", "errors": [], "syncedAt": "2026-09-01T09:00:01Z",
        });
        assert_eq!(meta, expected);
        let list = owner.client.get("/api/products?status=draft").await.data();
        assert_eq!(list[0]["meta"], Value::Null);
        let state = state(&owner).await;
        assert_eq!(
            ["pending", "sent", "synced", "failed"].map(|field| state[field].clone()),
            [0, 0, 3, 0].map(Value::from)
        );
    }
}

#[actix_web::test]
async fn meta_follows_prices_stock_and_what_is_not_sold_any_more() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let shirt = adds(&owner, shirt()).await;
        let tea = adds(&owner, sold("TEA-1")).await;
        let other = adds(&owner, sold("TEA-2")).await;
        gathers(&app).await;
        let shown = || app.cloud_api.with_catalog(|catalog| catalog.items.clone());
        assert_eq!(shown().len(), 4);

        let stock = format!("{}/stock", path_of(&tea));
        for body in [json!({"change": 1}), json!({"change": -1})] {
            let changed = owner.client.post(&stock, body).await;
            changed.assert_status(201);
        }
        let told = app.cloud_api.batches().len();
        gathers(&app).await;
        assert_eq!(app.cloud_api.batches().len(), told, "that there are more");
        let empty = owner.client.post(&stock, json!({"count": 0})).await;
        empty.assert_status(201);
        gathers(&app).await;
        assert!(!shown()[&id_of(&tea["variants"][0])].is_available);

        let small = &shirt["variants"][0];
        let one = json!({"variants": [{
            "id": small["id"], "sku": "SHIRT-S", "optionValues": ["S"], "price": usd(1_900),
        }]});
        let changed = owner.client.put(&path_of(&shirt), one).await;
        changed.assert_status(200);
        let draft = owner
            .client
            .put(&path_of(&tea), json!({"status": "draft"}))
            .await;
        draft.assert_status(200);
        let removed = owner.client.delete(&path_of(&other)).await;
        removed.assert_status(204);
        gathers(&app).await;
        let left = shown();
        assert_eq!(left.len(), 1);
        assert_eq!(left[&id_of(small)].price.decimal(), "19.00");
        assert_eq!(meta_of(&owner, &tea).await, Value::Null);
        assert_eq!(state(&owner).await["synced"], 1);
    }
}

#[actix_web::test]
async fn what_meta_does_not_take_is_told_until_it_does() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let other = app.register("Sol").await;
        let (tea, cup) = (
            adds(&owner, sold("TEA-1")).await,
            adds(&owner, sold("CUP-1")).await,
        );
        let variant = id_of(&tea["variants"][0]);
        app.cloud_api.with_catalog(|catalog| {
            let reason = "image_link is missing".to_owned();
            catalog.refused.insert(variant.clone(), reason);
        });
        gathers(&app).await;
        let meta = meta_of(&owner, &tea).await;
        assert_eq!(meta["status"], "failed");
        let error = json!([{"variantId": variant, "message": "image_link is missing"}]);
        assert_eq!(meta["errors"], error);
        assert_eq!(meta["syncedAt"], Value::Null);
        assert_eq!(meta_of(&owner, &cup).await["status"], "synced");
        let path = format!("{META}/errors?include=total");
        let list = owner.client.get(&path).await.assert_status(200).json();
        assert_eq!(list["total"], 1);
        assert_eq!(list["data"][0]["productId"], tea["id"]);
        assert_eq!(
            list["data"][0]["messages"],
            json!(["image_link is missing"])
        );
        let theirs = other.client.get(&path).await.json();
        assert_eq!(theirs["data"], json!([]));

        app.cloud_api
            .with_catalog(|catalog| catalog.refused.clear());
        let again = owner.client.post(&format!("{META}/push"), json!({})).await;
        again.assert_status(202);
        gathers(&app).await;
        assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
        let list = owner.client.get(&path).await.json();
        assert_eq!(list["data"], json!([]));
        let last = app.cloud_api.batches().pop().unwrap();
        assert_eq!(last.len(), 2, "all again, also what Meta knew");
    }
}

#[actix_web::test]
async fn what_differs_at_meta_is_reported_and_left_alone() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let mut ids = Vec::new();
        for sku in ["MISSING", "DEARER", "EMPTY", "FINE"] {
            let product = adds(&owner, sold(sku)).await;
            ids.push(id_of(&product["variants"][0]));
        }
        gathers(&app).await;
        app.cloud_api.with_catalog(|catalog| {
            let mut foreign = catalog.items.remove(&ids[0]).unwrap();
            catalog.items.get_mut(&ids[1]).unwrap().price.amount = 501;
            catalog.items.get_mut(&ids[2]).unwrap().is_available = false;
            foreign.retailer_id = "SKU1".into();
            catalog.items.insert("SKU1".into(), foreign);
        });
        let shown = || app.cloud_api.with_catalog(|catalog| catalog.items.clone());
        let before = shown();
        assert_eq!(state(&owner).await["drift"], Value::Null);
        let check = owner.client.post(&format!("{META}/check"), json!({})).await;
        check.assert_status(202);
        app.run_jobs().await;
        let drift = state(&owner).await["drift"].clone();
        assert_eq!(drift["isComplete"], true);
        assert_eq!(drift["itemsRead"], 4);
        assert_eq!(drift["error"], Value::Null);
        let mut told: Vec<_> = drift["differences"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| ["kind", "retailerId", "ours", "theirs"].map(|field| it[field].clone()))
            .collect();
        told.sort_by_key(|it| it[0].to_string());
        let expected = [
            [
                json!("availability"),
                json!(ids[2]),
                json!("in stock"),
                json!("out of stock"),
            ],
            [json!("foreign"), json!("SKU1"), Value::Null, Value::Null],
            [json!("missing"), json!(ids[0]), Value::Null, Value::Null],
            [
                json!("price"),
                json!(ids[1]),
                json!("5.00 USD"),
                json!("$5.01"),
            ],
        ];
        assert_eq!(told, expected);
        assert_eq!(shown(), before);
    }
}

#[actix_web::test]
async fn a_check_that_meta_refuses_says_so_and_holds_no_changes_up() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let tea = adds(&owner, sold("TEA-1")).await;
    app.cloud_api
        .answer_next(CallKind::ShownItems, refusal(80_009));
    let check = owner.client.post(&format!("{META}/check"), json!({})).await;
    check.assert_status(202);
    gathers(&app).await;
    let state = state(&owner).await;
    assert_eq!(state["drift"]["isComplete"], false);
    let reason = state["drift"]["error"].as_str().unwrap();
    assert!(reason.starts_with("Too many requests"), "{reason}");
    assert_eq!(state["drift"]["differences"], json!([]));
    adds(&owner, sold("TEA-2")).await;
    gathers(&app).await;
    assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
    assert_eq!(app.cloud_api.batches().len(), 2);
}
