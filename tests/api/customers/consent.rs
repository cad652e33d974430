//! Whether customers want marketing.

use std::time::Duration;

use domain::whatsapp::{CloudApiError, TemplateCategory};
use in_memory::{Answer, Call, CallKind};
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

use super::{PATH, keeps, path_of};
use crate::chats::{CUSTOMER, NUMBER, Shop, id_of};

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

#[tokio::test]
async fn no_marketing_leaves_to_who_has_opted_out() {
    let mut shop = Shop::open().await;
    let template = json!({"type": "template", "template": {"name": "summer_sale"}});
    let queue = async |shop: &Shop| {
        let queued = shop.sends(template.clone()).await;
        id_of(&queued.assert_status(202).json())
    };
    let cloud_api = shop.app.cloud_api.clone();
    cloud_api.set_template_category(TemplateCategory::Marketing);
    let first = queue(&shop).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.message(&first).await["status"], "sent");
    let asks = |call: &Call| matches!(call, Call::TemplateCategory { .. });
    assert!(!cloud_api.calls().iter().any(asks), "there is no reason to");

    // What waits when the customer opts out stays here, too.
    let second = queue(&shop).await;
    let customer = shop.owner.client.get(PATH).await.data().remove(0);
    let path = format!("{}/consent", path_of(&customer));
    let no_more = json!({"marketing": "opted_out", "source": "phone"});
    shop.owner
        .client
        .put(&path, no_more)
        .await
        .assert_status(200);
    shop.app.run_jobs().await;
    let failed = shop.message(&second).await;
    assert_eq!(failed["status"], "failed", "{failed}");
    let title = failed["error"]["title"].as_str().unwrap();
    assert_eq!(title, "This customer has opted out of marketing");
    assert_eq!(cloud_api.sent().len(), 1);

    // While Meta does not answer, nobody knows what the template is for.
    let silence = CloudApiError::NotReached("no route".into());
    cloud_api.answer_next(CallKind::TemplateCategory, Answer::Fail(silence));
    let third = queue(&shop).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.message(&third).await["status"], "queued");
    shop.after(Duration::from_secs(30)).await;
    assert_eq!(shop.message(&third).await["status"], "failed");
    assert_eq!(cloud_api.sent().len(), 1);

    // What an order needs is no marketing, and after a change of mind all may go.
    cloud_api.set_template_category(TemplateCategory::Utility);
    let fourth = queue(&shop).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.message(&fourth).await["status"], "sent");
    cloud_api.set_template_category(TemplateCategory::Marketing);
    shop.app.customer_writes(NUMBER, CUSTOMER, "START").await;
    let fifth = queue(&shop).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.message(&fifth).await["status"], "sent");
}
