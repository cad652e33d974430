//! What the phone's address book calls people.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use super::{CUSTOMER, NUMBER, count_events, phone_says};
use crate::{
    realtime::Socket,
    webhook::{left_overs, shop},
};

/// The owner has written, so many seconds ago, somebody's name into the address book.
fn entry(app: &TestApp, name: &str, seconds_ago: i64) -> Value {
    json!({"type": "contact", "action": "add",
        "contact": {"full_name": name, "phone_number": CUSTOMER},
        "metadata": {"timestamp": (app.now() - seconds_ago).to_string()}})
}

async fn sync(app: &TestApp, entries: &[Value]) {
    let body = phone_says("smb_app_state_sync", &json!({ "state_sync": entries }));
    app.receive(&body).await;
}

async fn only_customer(owner: &Owner) -> Value {
    let mut customers = owner.client.get("/api/customers").await.data();
    assert_eq!(customers.len(), 1, "{customers:#?}");
    customers.remove(0)
}

async fn name_of_only_customer(owner: &Owner) -> String {
    let customer = only_customer(owner).await;
    let names = ["firstName", "lastName"].map(|part| customer[part].as_str().unwrap_or_default());
    names.join(" ")
}

#[actix_web::test]
async fn whoever_is_new_is_made_known_without_a_chat() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let entry = entry(&app, "Pablo Morales", 60);
        sync(&app, &[entry.clone(), entry.clone()]).await;
        sync(&app, &[entry]).await;
        let customer = only_customer(&owner).await;
        assert_eq!(customer["firstName"], "Pablo");
        assert_eq!(customer["lastName"], "Morales");
        assert_eq!(customer["phoneNumber"], format!("+{CUSTOMER}"));
        assert!(owner.chats().await.is_empty());
        app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
        let chat = owner.chats().await.remove(0);
        assert_eq!(chat["customer"]["id"], customer["id"]);
        assert_eq!(
            chat["customer"]["name"], "Pablo Morales",
            "as the owner calls him"
        );
    }
}

#[actix_web::test]
async fn the_owners_name_for_somebody_goes_before_that_of_the_profile() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
    assert_eq!(name_of_only_customer(&owner).await, "Sheena Nelson");
    let mut socket = Socket::open(&owner, None).await;
    sync(&app, &[entry(&app, "Sheena Florist", 0)]).await;
    assert_eq!(name_of_only_customer(&owner).await, "Sheena Florist");
    let frame = socket.next_of("customer.updated").await;
    assert_eq!(frame["data"]["customer"]["name"], "Sheena Florist");
    app.clock.advance(Duration::from_secs(60));
    sync(&app, &[entry(&app, "Sheena Flowers", 0)]).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
    assert_eq!(name_of_only_customer(&owner).await, "Sheena Flowers");
}

#[actix_web::test]
async fn a_name_that_a_person_gave_here_stays() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
    let customer = only_customer(&owner).await;
    let path = format!("/api/customers/{}", customer["id"].as_str().unwrap());
    let known = owner.client.get(&path).await;
    let change = owner.client.request(reqwest::Method::PUT, &path);
    let change = change.header("if-match", known.header("etag").unwrap());
    let given = json!({"firstName": "Doña", "lastName": "Sheena"});
    change.json(&given).send().await.assert_status(200);
    sync(&app, &[entry(&app, "Sheena Florist", 0)]).await;
    assert_eq!(name_of_only_customer(&owner).await, "Doña Sheena");
}

#[actix_web::test]
async fn what_was_written_earlier_never_replaces_what_was_written_later() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        sync(&app, &[entry(&app, "The later", 10)]).await;
        sync(&app, &[entry(&app, "The earlier", 20)]).await;
        assert_eq!(name_of_only_customer(&owner).await, "The later");
        sync(
            &app,
            &[
                entry(&app, "The latest", 5),
                entry(&app, "The earliest", 30),
            ],
        )
        .await;
        assert_eq!(name_of_only_customer(&owner).await, "The latest");
    }
}

#[actix_web::test]
async fn who_is_taken_out_of_the_phone_stays_here() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    sync(&app, &[entry(&app, "Pablo Morales", 60)]).await;
    let before = only_customer(&owner).await;
    let mut removed = entry(&app, "Pablo Morales", 0);
    removed["action"] = json!("remove");
    let mut stranger = removed.clone();
    stranger["contact"]["phone_number"] = json!("14155550199");
    sync(&app, &[removed, stranger]).await;
    assert_eq!(only_customer(&owner).await, before);
    assert!(left_overs(&app).await.is_empty());
}

#[actix_web::test]
async fn a_whole_address_book_is_taken_in_without_a_word_of_each() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let told_before = count_events(&app, &owner).await;
    let mut entries: Vec<_> = (0..120_u64)
        .map(|n| {
            let mut entry = entry(&app, &format!("Friend {n}"), 60);
            entry["contact"]["phone_number"] = json!((14_155_550_000 + n).to_string());
            entry
        })
        .collect();
    entries.insert(
        60,
        json!({"type": "contact", "contact": {"full_name": "Nobody"}}),
    );
    sync(&app, &entries).await;
    let list = owner
        .client
        .get("/api/customers?include=total&limit=1")
        .await;
    assert!(list.text().contains("120"), "{}", list.text());
    assert_eq!(left_overs(&app).await.len(), 1);
    assert_eq!(count_events(&app, &owner).await, told_before);
}
