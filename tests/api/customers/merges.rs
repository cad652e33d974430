//! Two entries that turned out to be one person.

use std::time::Duration;

use futures_util::future::join;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

use super::{PATH, keeps, path_of};
use crate::chats::{CUSTOMER, NUMBER, Shop, id_of};

const DAY: Duration = Duration::from_hours(24);

async fn merges(person: &Owner, into: &Value, other: &Value) -> Value {
    let path = format!("{}/merge", path_of(into));
    let merged = person.client.post(&path, json!({"otherId": other["id"]}));
    merged.await.assert_status(200).json()
}

fn undo_path(into: &Value, merged: &Value) -> String {
    let id = id_of(&merged["merge"]);
    format!("{}/merges/{id}/undo", path_of(into))
}

async fn undoes(person: &Owner, into: &Value, merged: &Value) -> Value {
    let undone = person
        .client
        .post(&undo_path(into, merged), json!({}))
        .await;
    undone.assert_status(200).json()
}

/// But for what tells of the change itself.
fn content(customer: &Value) -> Value {
    let mut customer = customer.clone();
    for field in ["version", "updatedAt"] {
        customer[field] = Value::Null;
    }
    customer
}

#[tokio::test]
async fn a_customer_who_is_there_twice_is_made_one_and_two_again() {
    let shop = Shop::open().await;
    let (app, owner) = (&shop.app, &shop.owner);
    let field = json!({"key": "size", "label": "Size", "type": "number"});
    owner.client.post("/api/customers/fields", field).await;
    let sheena = owner.client.get(PATH).await.data().remove(0);
    let change = json!({
        "email": "s@example.com", "notes": "Likes tea", "tags": ["VIP"], "lastName": null,
        "customFields": {"size": 38},
    });
    let sheena = owner.client.put(&path_of(&sheena), change).await.json();
    let ana = json!({
        "firstName": "Sheena", "phoneNumber": "+14155552671", "email": "sheena@example.com",
        "city": "Puebla", "notes": "Pays late", "tags": ["vip", "north"], "stage": "customer",
    });
    let ana = keeps(owner, ana).await;
    let consent = format!("{}/consent", path_of(&sheena));
    let out = json!({"marketing": "opted_out", "source": "phone"});
    owner.client.put(&consent, out).await.assert_status(200);
    let sheena = owner.client.get(&path_of(&sheena)).await.json();

    let preview = format!("{}/merge-preview?otherId={}", path_of(&ana), id_of(&sheena));
    let preview = owner.client.get(&preview).await.assert_status(200).json();
    let conflicts = json!([
        {"field": "email", "kept": "sheena@example.com", "dropped": "s@example.com"},
    ]);
    assert_eq!(preview["conflicts"], conflicts);
    assert_eq!(
        preview["moved"],
        json!({"contacts": 1, "chats": 1, "consents": 1})
    );
    let same = owner.client.get(&path_of(&ana)).await.json();
    assert_eq!(same, ana, "a preview changes nothing");

    app.clock.advance(Duration::from_secs(1));
    let merged = merges(owner, &ana, &sheena).await;
    assert_eq!(content(&merged["customer"]), content(&preview["customer"]));
    assert_eq!(merged["conflicts"], conflicts);
    let now = owner.client.get(&path_of(&ana)).await.json();
    assert_eq!(now, merged["customer"]);
    assert_eq!(now["phoneNumber"], "+14155552671");
    assert_eq!(now["otherPhoneNumbers"], json!([format!("+{CUSTOMER}")]));
    assert_eq!(now["notes"], "Pays late\n\nLikes tea");
    assert_eq!(now["tags"], json!(["north", "vip"]));
    assert_eq!(now["stage"], "customer");
    assert_eq!(now["customFields"], json!({"size": 38}));
    assert_eq!(now["consent"]["marketing"], "opted_out");
    assert_eq!(now["identities"][0]["whatsappId"], CUSTOMER);
    let gone = owner.client.get(&path_of(&sheena)).await;
    gone.assert_problem(404, "not_found");
    assert_eq!(shop.chat().await["customer"]["id"], ana["id"]);
    let found = owner.client.get(&format!("{PATH}?search=6505551234")).await;
    assert_eq!(found.data(), std::slice::from_ref(&now));

    // Whoever writes under the other number is the same customer.
    app.customer_writes(NUMBER, CUSTOMER, "Hola otra vez").await;
    assert_eq!(owner.client.get(PATH).await.data().len(), 1);

    app.clock.advance(Duration::from_secs(1));
    let change = json!({"company": "Luna", "notes": "Pays late, likes tea"});
    owner
        .client
        .put(&path_of(&ana), change)
        .await
        .assert_status(200);
    let undone = undoes(owner, &ana, &merged).await;
    assert_eq!(content(&undone["other"])["email"], "s@example.com");
    let back = owner.client.get(&path_of(&sheena)).await.json();
    assert_eq!(content(&back), content(&sheena));
    assert_eq!(undone["other"], back);
    let left = owner.client.get(&path_of(&ana)).await.json();
    let mut expected = ana.clone();
    expected["company"] = json!("Luna");
    expected["notes"] = json!("Pays late, likes tea");
    expected["lastSeenAt"] = left["lastSeenAt"].clone();
    assert_eq!(content(&left), content(&expected));
    assert_eq!(shop.chat().await["customer"]["id"], sheena["id"]);
    let consents = format!("{}/consents", path_of(&sheena));
    assert_eq!(owner.client.get(&consents).await.data().len(), 1);

    let again = owner
        .client
        .post(&undo_path(&ana, &merged), json!({}))
        .await;
    again.assert_problem(409, "merge_undone");
    let list = owner.client.get(&format!("{}/merges", path_of(&ana))).await;
    let list = list.assert_status(200).data();
    assert_eq!(list[0]["otherId"], sheena["id"]);
    assert_eq!(list[0]["mergedBy"], owner.user_id);
    assert_ne!(list[0]["undoneAt"], Value::Null);
}

#[tokio::test]
async fn a_number_without_a_contact_is_kept_and_leads_to_who_stays() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    owner.connects(NUMBER).await;
    let ana = keeps(
        &owner,
        json!({"firstName": "Ana", "phoneNumber": "+14155552671"}),
    )
    .await;
    let other = keeps(&owner, json!({"phoneNumber": "+1 650 555 1234"})).await;
    let merged = merges(&owner, &ana, &other).await;
    let taken = json!({"firstName": "Bea", "phoneNumber": "+16505551234"});
    let taken = owner.client.post(PATH, taken).await;
    let problem = taken.assert_problem(409, "phone_number_taken");
    assert_eq!(problem["existingId"], ana["id"]);
    app.clock.advance(Duration::from_secs(1));
    app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
    let chats = owner.chats().await;
    assert_eq!(chats[0]["customer"]["id"], ana["id"]);

    // Another number of several may become the first.
    let first = json!({"phoneNumber": "+16505551234"});
    let changed = owner.client.put(&path_of(&ana), first).await;
    let changed = changed.assert_status(200).json();
    assert_eq!(changed["phoneNumber"], "+16505551234");
    assert_eq!(changed["otherPhoneNumbers"], json!([]));

    // Who wrote under it since is the other's.
    undoes(&owner, &ana, &merged).await;
    let chats = owner.chats().await;
    assert_eq!(chats[0]["customer"]["id"], other["id"]);
}

#[tokio::test]
async fn a_merge_that_makes_no_sense_is_refused() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ana = keeps(
        &owner,
        json!({"firstName": "Ana", "notes": "x".repeat(6_000)}),
    )
    .await;
    let bea = keeps(
        &owner,
        json!({"firstName": "Bea", "notes": "y".repeat(6_000)}),
    )
    .await;
    let path = format!("{}/merge", path_of(&ana));
    let nobody = json!({"otherId": "01998e3c-0000-7000-8000-000000000000"});
    let nobody = owner.client.post(&path, nobody).await;
    nobody.assert_problem(404, "not_found");
    let same = owner
        .client
        .post(&path, json!({"otherId": ana["id"]}))
        .await;
    same.assert_invalid("/otherId");
    let body = json!({"otherId": bea["id"]});
    let long = owner.client.post(&path, body.clone()).await;
    long.assert_problem(409, "notes_too_long");
    let preview = format!("{}/merge-preview?otherId={}", path_of(&ana), id_of(&bea));
    let preview = owner.client.get(&preview).await;
    preview.assert_problem(409, "notes_too_long");
    let shorter = json!({"notes": "x"});
    owner
        .client
        .put(&path_of(&ana), shorter)
        .await
        .assert_status(200);
    let request = owner.client.request(Method::POST, &path);
    let stale = request.header("if-match", "\"1\"").json(&body).send().await;
    stale.assert_problem(412, "version_mismatch");
    let unknown = json!({"otherId": bea["id"], "keep": "all"});
    owner
        .client
        .post(&path, unknown)
        .await
        .assert_invalid("/keep");

    let cross = format!("{}/merge", path_of(&bea));
    let (one, another) = join(
        owner.client.post(&path, body),
        owner.client.post(&cross, json!({"otherId": ana["id"]})),
    )
    .await;
    let mut statuses = [one.status, another.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    assert_eq!(owner.client.get(PATH).await.data().len(), 1);
}

#[tokio::test]
async fn a_merge_can_be_undone_for_thirty_days_and_is_forgotten_then() {
    let mut shop = Shop::open().await;
    let ana = keeps(&shop.owner, json!({"firstName": "Ana"})).await;
    let [bea, zoe] = ["Bea", "Zoe"].map(|name| json!({"firstName": name}));
    let (bea, zoe) = (keeps(&shop.owner, bea).await, keeps(&shop.owner, zoe).await);
    let first = merges(&shop.owner, &ana, &bea).await;
    shop.after(DAY).await;
    let second = merges(&shop.owner, &ana, &zoe).await;
    shop.after(DAY * 29).await;
    let late = shop
        .owner
        .client
        .post(&undo_path(&ana, &first), json!({}))
        .await;
    late.assert_problem(409, "undo_expired");
    let undone = undoes(&shop.owner, &ana, &second).await;
    assert_eq!(undone["other"]["id"], zoe["id"]);
}

#[tokio::test]
async fn the_number_of_somebody_else_by_now_stands_against_undoing() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ana = keeps(&owner, json!({"firstName": "Ana"})).await;
    let other = keeps(
        &owner,
        json!({"firstName": "A", "phoneNumber": "+14155552671"}),
    )
    .await;
    let merged = merges(&owner, &ana, &other).await;
    let without = json!({"phoneNumber": null});
    owner
        .client
        .put(&path_of(&ana), without)
        .await
        .assert_status(200);
    let bea = keeps(
        &owner,
        json!({"firstName": "Bea", "phoneNumber": "+14155552671"}),
    )
    .await;
    let refused = owner
        .client
        .post(&undo_path(&ana, &merged), json!({}))
        .await;
    let problem = refused.assert_problem(409, "phone_number_taken");
    assert_eq!(problem["existingId"], bea["id"]);
    let still = owner.client.get(&path_of(&other)).await;
    still.assert_problem(404, "not_found");
}
