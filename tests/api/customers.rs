//! The people a business sells to.

mod consent;
mod export;
mod fields;
mod finding;
mod merges;
mod segments;
mod timeline;

use domain::organizations::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

use crate::{
    chats::{CUSTOMER, NUMBER, Shop, id_of},
    given,
};

pub(crate) const PATH: &str = "/api/customers";

pub(crate) async fn keeps(person: &Owner, customer: Value) -> Value {
    let answer = person.client.post(PATH, customer).await;
    answer.assert_status(201).json()
}

fn path_of(customer: &Value) -> String {
    format!("{PATH}/{}", id_of(customer))
}

#[tokio::test]
async fn any_agent_keeps_and_changes_customers() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let body = json!({
        "firstName": " María ", "lastName": "Núñez", "phoneNumber": "+1 (415) 555-2671",
        "email": "Maria@Example.com", "company": "Café Luna", "address": "Calle 1",
        "city": "Puebla", "state": "PUE", "zipCode": "72000", "country": "MX",
        "tags": ["VIP", "café"], "stage": "customer", "ownerId": agent.user_id,
        "birthday": "1990-12-30", "notes": "Likes\noats",
    });
    let answer = agent.client.post(PATH, body).await;
    let maria = answer.assert_status(201).json();
    assert_eq!(maria["firstName"], "María");
    assert_eq!(maria["phoneNumber"], "+14155552671");
    assert_eq!(maria["email"], "maria@example.com");
    assert_eq!(maria["tags"], json!(["café", "VIP"]));
    assert_eq!(maria["ownerId"], agent.user_id);
    assert_eq!(maria["birthday"], "1990-12-30");
    assert_eq!(maria["consent"], json!({"marketing": "unknown"}));
    let nothing_yet = json!({
        "orders": 0, "spent": {"amount": 0, "currency": "USD"}, "lastOrderAt": null,
    });
    assert_eq!(maria["totals"], nothing_yet);
    assert_eq!(maria["lastSeenAt"], Value::Null);
    assert_eq!(maria["identities"], json!([]));
    assert_eq!(maria["customFields"], json!({}));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    let path = answer.header("location").unwrap();
    assert_eq!(path, path_of(&maria));
    let found = owner.client.get(path).await;
    assert_eq!(found.assert_status(200).json(), maria);

    let body = json!({"lastName": null, "company": " ", "stage": "inactive", "tags": []});
    let changed = owner.client.put(path, body).await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let changed = changed.assert_status(200).json();
    assert_eq!(changed["lastName"], Value::Null);
    assert_eq!(changed["company"], Value::Null);
    assert_eq!(changed["stage"], "inactive");
    assert_eq!(changed["tags"], json!([]));
    assert_eq!(changed["firstName"], "María");
    let same = owner.client.put(path, json!({"firstName": "María"})).await;
    assert_eq!(same.assert_status(200).json(), changed);
    let request = agent.client.request(reqwest::Method::PUT, path);
    let stale = request.header("if-match", "\"1\"");
    let stale = stale.json(&json!({"firstName": "Mari"})).send().await;
    stale.assert_problem(412, "version_mismatch");
}

#[tokio::test]
async fn all_that_is_wrong_with_a_customer_is_told_at_once() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let body = json!({
        "firstName": "x".repeat(101), "lastName": "a\u{7}b", "phoneNumber": "12",
        "email": "nobody", "tags": ["a,b"], "ownerId": "01998e3c-0000-7000-8000-000000000000",
        "birthday": "-0001-01-01", "customFields": {"size": 1},
    });
    let refused = owner.client.post(PATH, body).await;
    for pointer in [
        "/firstName",
        "/lastName",
        "/phoneNumber",
        "/email",
        "/tags/0",
        "/ownerId",
        "/birthday",
        "/customFields/size",
    ] {
        refused.assert_invalid(pointer);
    }
    let unknown = json!({"firstName": "Ana", "colour": "red", "stage": "gone"});
    let unknown = owner.client.post(PATH, unknown).await;
    unknown.assert_invalid("/colour").assert_invalid("/stage");
    let nobody = owner.client.post(PATH, json!({"notes": "Who?"})).await;
    nobody.assert_invalid("/firstName");
    let ana = keeps(&owner, json!({"firstName": "Ana"})).await;
    let nameless = json!({"firstName": null});
    let nobody = owner.client.put(&path_of(&ana), nameless).await;
    nobody.assert_invalid("/firstName");
    let list = owner.client.get(PATH).await;
    assert_eq!(list.data(), [ana]);
}

#[tokio::test]
async fn a_number_is_had_by_one_customer_and_the_refusal_says_by_which() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    owner.connects(NUMBER).await;
    // As WhatsApp writes it, with the 1 that nobody dials any more.
    app.customer_writes(NUMBER, "5215512345678", "Hola").await;
    let ana = owner.client.get(PATH).await.data().remove(0);
    let bea = keeps(&owner, json!({"firstName": "Bea"})).await;
    for number in ["+52 55 1234 5678", "+525512345678"] {
        let body = json!({"phoneNumber": number});
        for taken in [
            owner.client.post(PATH, body.clone()).await,
            owner.client.put(&path_of(&bea), body.clone()).await,
        ] {
            let problem = taken.assert_problem(409, "phone_number_taken");
            assert_eq!(problem["existingId"], ana["id"], "{number}");
        }
    }
    let unchanged = owner.client.get(&path_of(&bea)).await;
    assert_eq!(unchanged.json(), bea);
    let same = json!({"phoneNumber": "+525512345678"});
    let same = owner.client.put(&path_of(&ana), same).await;
    same.assert_status(200);
    let sol = app.register("Sol").await;
    keeps(&sol, json!({"phoneNumber": "+525512345678"})).await;

    let at_once = (0..4).map(|_| {
        let body = json!({"phoneNumber": "+14155552671"});
        owner.client.post(PATH, body)
    });
    let mut statuses: Vec<_> = join_all(at_once).await.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
}

#[tokio::test]
async fn who_writes_is_the_customer_with_the_number_that_is_known() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    owner.connects(NUMBER).await;
    let body = json!({"firstName": "Sheena", "phoneNumber": "+1 650 555 1234"});
    let sheena = keeps(&owner, body).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
    let chats = owner.chats().await;
    assert_eq!(chats[0]["customer"]["id"], sheena["id"]);
    let list = owner.client.get(PATH).await.data();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["lastSeenAt"], "2026-09-01T09:00:00Z");
    assert_eq!(list[0]["identities"][0]["whatsappId"], CUSTOMER);
    assert_eq!(list[0]["version"], 1);
}

#[tokio::test]
async fn a_stranger_who_writes_is_a_lead() {
    let shop = Shop::open().await;
    let list = shop.owner.client.get(PATH).await.data();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["stage"], "lead");
    assert_eq!(list[0]["firstName"], "Sheena");
    assert_eq!(list[0]["phoneNumber"], format!("+{CUSTOMER}"));
    // A number of no numbering plan may be given back as it is.
    let body = json!({"phoneNumber": list[0]["phoneNumber"], "notes": "Nice"});
    let changed = shop.owner.client.put(&path_of(&list[0]), body).await;
    assert_eq!(changed.assert_status(200).json()["notes"], "Nice");
}
