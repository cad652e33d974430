use std::time::Duration;

use application::catalog::{Wanted, consume, reserve};
use chrono::TimeDelta;
use domain::{catalog::Reservation, clock::Clock, event::Event};
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use super::{adds, path_of, shirt, tea};
use crate::{given, realtime::Socket};

async fn changes(owner: &Owner, product: &Value, body: Value) -> Value {
    let path = format!("{}/stock", path_of(product));
    let answer = owner.client.post(&path, body).await;
    answer.assert_status(201).json()
}

/// Promises so many to somebody, as an order would.
async fn promises(app: &TestApp, owner: &Owner, product: &Value, quantity: i64) -> Reservation {
    let organization = owner.organization_id.parse().unwrap();
    let variant = product["variants"][0]["id"].as_str().unwrap();
    let wanted = Wanted {
        variant_id: variant.parse().unwrap(),
        quantity,
    };
    let now = app.clock.now();
    let until = now + TimeDelta::minutes(15);
    let uow = app
        .application
        .ports
        .store
        .begin(organization)
        .await
        .unwrap();
    let held = reserve(uow.as_ref(), &[wanted], until, now).await.unwrap();
    uow.commit().await.unwrap();
    held.unwrap().remove(0)
}

async fn levels(owner: &Owner, product: &Value) -> [i64; 3] {
    let found = owner.client.get(&path_of(product)).await.json();
    ["stock", "reserved", "available"].map(|field| found[field].as_i64().unwrap())
}

#[actix_web::test]
async fn stock_is_changed_counted_and_remembered() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let product = adds(&owner, tea("TEA-1")).await;
        let path = path_of(&product);
        app.clock.advance(Duration::from_secs(1));
        let body = json!({"change": 5, "kind": "receive", "reason": " delivery ", "note": "Box 7"});
        let received = changes(&owner, &product, body).await;
        assert_eq!(received["onHand"], 12);
        assert_eq!(received["reason"], "delivery");
        assert_eq!(received["actor"]["firstName"], "Ana");
        app.clock.advance(Duration::from_secs(1));
        let counted = changes(
            &owner,
            &product,
            json!({"count": 10, "reason": "inventory"}),
        )
        .await;
        assert_eq!(
            (&counted["kind"], &counted["change"]),
            (&json!("count"), &json!(-2))
        );
        app.clock.advance(Duration::from_secs(1));
        let broken = changes(&owner, &product, json!({"change": -1, "reason": "damaged"})).await;
        assert_eq!(
            (&broken["kind"], &broken["available"]),
            (&json!("adjust"), &json!(9))
        );
        assert_eq!(levels(&owner, &product).await, [9, 0, 9]);
        let after = owner.client.get(&path).await.json();
        assert_eq!(after["version"], 1, "stock is no change by people");

        let few = owner
            .client
            .post(&format!("{path}/stock"), json!({"change": -10}))
            .await;
        few.assert_problem(409, "insufficient_stock");
        let list = format!("{path}/stock-movements");
        let first = owner
            .client
            .get(&format!("{list}?limit=3&include=total"))
            .await
            .json();
        assert_eq!(first["total"], 4);
        let cursor = first["nextCursor"].as_str().unwrap();
        let rest = owner
            .client
            .get(&format!("{list}?cursor={cursor}"))
            .await
            .data();
        let kinds: Vec<_> = first["data"]
            .as_array()
            .unwrap()
            .iter()
            .chain(&rest)
            .collect();
        let kinds: Vec<_> = kinds
            .iter()
            .map(|row| row["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["adjust", "count", "receive", "receive"]);
        let sum: i64 = first["data"]
            .as_array()
            .unwrap()
            .iter()
            .chain(&rest)
            .map(|row| row["change"].as_i64().unwrap())
            .sum();
        assert_eq!(sum, 9);
    }
}

#[actix_web::test]
async fn what_is_no_change_of_the_stock_is_refused() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let product = adds(&owner, tea("TEA-1")).await;
    let path = format!("{}/stock", path_of(&product));
    for (body, pointer) in [
        (json!({}), "/change"),
        (json!({"change": 0}), "/change"),
        (json!({"change": 1, "count": 1}), "/count"),
        (json!({"count": -1}), "/count"),
        (json!({"count": 1.5}), "/count"),
        (json!({"change": i64::MAX}), "/change"),
        (json!({"change": 1, "kind": "sell"}), "/kind"),
        (json!({"change": -1, "kind": "receive"}), "/kind"),
        (json!({"count": 1, "kind": "adjust"}), "/kind"),
        (json!({"change": 1, "reason": "x".repeat(101)}), "/reason"),
        (
            json!({"change": 1, "variantId": owner.user_id}),
            "/variantId",
        ),
    ] {
        owner.client.post(&path, body).await.assert_invalid(pointer);
    }
    let shirt = adds(&owner, shirt()).await;
    let path = format!("{}/stock", path_of(&shirt));
    let which = owner.client.post(&path, json!({"change": 1})).await;
    which.assert_invalid("/variantId");
    let large = json!({"change": 1, "variantId": shirt["variants"][1]["id"]});
    assert_eq!(changes(&owner, &shirt, large).await["onHand"], 1);
    assert_eq!(levels(&owner, &shirt).await, [4, 0, 4]);
}

#[actix_web::test]
async fn a_promise_that_nothing_came_of_ends_by_itself() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let product = adds(&owner, tea("TEA-1")).await;
        promises(&app, &owner, &product, 3).await;
        app.run_jobs().await;
        assert_eq!(levels(&owner, &product).await, [7, 3, 4]);
        app.after(Duration::from_secs(15 * 60)).await;
        let owner = given::again(&app, &owner).await;
        assert_eq!(levels(&owner, &product).await, [7, 0, 7]);
        // The job again, and long after, changes nothing.
        app.after(Duration::from_secs(3_600)).await;
        let owner = given::again(&app, &owner).await;
        assert_eq!(levels(&owner, &product).await, [7, 0, 7]);
    }
}

#[actix_web::test]
async fn what_was_sold_is_archived_instead_of_deleted() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let product = adds(&owner, tea("TEA-1")).await;
        let promise = promises(&app, &owner, &product, 3).await;
        let organization = owner.organization_id.parse().unwrap();
        let uow = app
            .application
            .ports
            .store
            .begin(organization)
            .await
            .unwrap();
        let now = app.clock.now();
        assert!(consume(uow.as_ref(), promise.id, None, now).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(levels(&owner, &product).await, [4, 0, 4]);
        // Its time comes, and nothing is given back.
        app.after(Duration::from_secs(3_600)).await;
        let owner = given::again(&app, &owner).await;
        assert_eq!(levels(&owner, &product).await, [4, 0, 4]);

        let path = path_of(&product);
        owner.client.delete(&path).await.assert_status(204);
        let archived = owner.client.get(&path).await.assert_status(200).json();
        assert_eq!(archived["status"], "archived");
        assert_eq!(archived["version"], 2);
        owner.client.delete(&path).await.assert_status(204);
    }
}

#[actix_web::test]
async fn a_variant_that_is_promised_to_somebody_stays() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let product = adds(&owner, shirt()).await;
    promises(&app, &owner, &product, 1).await;
    let large = &product["variants"][1];
    let body = json!({"variants": [{
        "id": large["id"], "sku": "SHIRT-L", "optionValues": ["L"], "price": large["price"],
    }]});
    let refused = owner.client.put(&path_of(&product), body).await;
    refused.assert_problem(409, "variant_reserved");
}

#[actix_web::test]
async fn few_left_is_told_once_until_there_are_more_again() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let mut body = tea("TEA-1");
    body["lowStockThreshold"] = json!(2);
    let product = adds(&owner, body).await;
    for count in [3, 2, 1, 3, 0] {
        changes(&owner, &product, json!({"count": count})).await;
    }
    let data = app
        .application
        .ports
        .store
        .read(owner.organization_id.parse().unwrap());
    let told = data.events().after(0, 100).await.unwrap();
    let told: Vec<_> = told
        .into_iter()
        .filter_map(|logged| match logged.event {
            Event::ProductLowStock { low_stock } => Some(low_stock),
            _ => None,
        })
        .collect();
    let available: Vec<_> = told.iter().map(|low| low.available).collect();
    assert_eq!(available, [2, 0]);
    assert_eq!((told[0].sku.as_str(), told[0].threshold), ("TEA-1", 2));
}

#[actix_web::test]
async fn whoever_watches_sees_that_few_are_left() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let mut body = tea("TEA-1");
    body["lowStockThreshold"] = json!(2);
    let product = adds(&owner, body).await;
    let mut socket = Socket::open(&owner, None).await;
    changes(&owner, &product, json!({"count": 2})).await;
    let frame = socket.next_of("product.low_stock").await;
    let expected = json!({
        "productId": product["id"], "variantId": product["variants"][0]["id"],
        "name": "Green tea", "sku": "TEA-1", "available": 2, "lowStockThreshold": 2,
    });
    assert_eq!(frame["data"], expected);
}
