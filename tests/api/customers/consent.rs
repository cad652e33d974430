//! Whether customers want marketing.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

use super::{PATH, keeps, path_of};
use crate::chats::{CUSTOMER, NUMBER, Shop};

async fn history(person: &Owner, customer: &Value) -> Vec<Value> {
    let path = format!("{}/consents", path_of(customer));
    person.client.get(&path).await.assert_status(200).data()
}

#[tokio::test]
async fn what_customers_say_of_marketing_is_noted_and_kept() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ana = keeps(&owner, json!({"firstName": "Ana"})).await;
    assert_eq!(history(&owner, &ana).await, Vec::<Value>::new());
    let path = format!("{}/consent", path_of(&ana));
    let body = json!({"marketing": "opted_in", "source": "in_person"});
    let told = owner.client.put(&path, body).await;
    let told = told.assert_status(200).json();
    assert_eq!(told["consent"]["marketing"], "opted_in");
    assert_eq!(told["version"], 1);
    app.clock.advance(Duration::from_secs(1));
    let body = json!({"marketing": "opted_out", "source": "phone"});
    owner.client.put(&path, body).await.assert_status(200);
    let entries = history(&owner, &ana).await;
    let told = |entry: &Value| (entry["marketing"].clone(), entry["source"].clone());
    let expected = [("opted_out", "phone"), ("opted_in", "in_person")];
    let expected = expected.map(|(marketing, source)| (json!(marketing), json!(source)));
    assert_eq!(entries.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!(entries[0]["proof"], json!({"notedBy": owner.user_id}));
    let out = owner.client.get(&format!("{PATH}?optedOut=true")).await;
    assert_eq!(out.data().len(), 1);

    // A change of something else takes nothing of it back.
    let changed = owner
        .client
        .put(&path_of(&ana), json!({"notes": "Nice"}))
        .await;
    assert_eq!(changed.json()["consent"]["marketing"], "opted_out");
    for (bad, pointer) in [
        (
            json!({"marketing": "unknown", "source": "phone"}),
            "/marketing",
        ),
        (
            json!({"marketing": "opted_in", "source": "meta"}),
            "/source",
        ),
        (json!({"marketing": "opted_in"}), "/source"),
    ] {
        owner.client.put(&path, bad).await.assert_invalid(pointer);
    }
}

#[tokio::test]
async fn a_customer_stops_marketing_by_a_word_and_has_it_again_by_another() {
    let shop = Shop::open().await;
    let (app, owner) = (&shop.app, &shop.owner);
    let customer = owner.client.get(PATH).await.data().remove(0);
    for (text, expected) in [
        ("Please stop by", "unknown"),
        ("START", "unknown"),
        ("¡Baja!", "opted_out"),
        ("Hola", "opted_out"),
        ("stop", "opted_out"),
        ("start", "opted_in"),
    ] {
        app.clock.advance(Duration::from_secs(1));
        app.customer_writes(NUMBER, CUSTOMER, text).await;
        let now = owner.client.get(&path_of(&customer)).await.json();
        assert_eq!(now["consent"]["marketing"], expected, "{text}");
    }
    let entries = history(owner, &customer).await;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1]["source"], "keyword");
    assert_eq!(entries[1]["proof"]["text"], "¡Baja!");
}
