//! Lists of customers: filters, orders, pages.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

use super::{PATH, keeps};

pub(super) fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
    bytes.collect()
}

async fn names(person: &Owner, query: &str) -> Vec<Value> {
    let list = person.client.get(&format!("{PATH}?{query}")).await;
    let rows = list.assert_status(200).data();
    rows.into_iter()
        .map(|row| row["firstName"].clone())
        .collect()
}

async fn three(app: &TestApp) -> Owner {
    let owner = app.register("Luna").await;
    let ana = json!({
        "firstName": "Ana", "lastName": "Núñez", "phoneNumber": "+14155552671", "tags": ["VIP"],
        "ownerId": owner.user_id, "birthday": "1990-12-30",
    });
    keeps(&owner, ana).await;
    app.clock.advance(Duration::from_mins(1));
    let bea = json!({"firstName": "Bea", "email": "bea.paz@example.com", "tags": ["vip", "new"]});
    keeps(&owner, bea).await;
    app.clock.advance(Duration::from_mins(1));
    keeps(&owner, json!({"firstName": "Carl", "stage": "inactive"})).await;
    owner
}

#[tokio::test]
async fn customers_are_found_by_what_is_asked_for() {
    let app = TestApp::start().await;
    let owner = three(&app).await;
    for (query, expected) in [
        ("", json!(["Carl", "Bea", "Ana"])),
        ("sort=name", json!(["Ana", "Bea", "Carl"])),
        ("sort=-name", json!(["Carl", "Bea", "Ana"])),
        ("sort=createdAt", json!(["Ana", "Bea", "Carl"])),
        ("search=NUNE", json!(["Ana"])),
        ("search=paz", json!(["Bea"])),
        ("search=bea.paz%40exam", json!(["Bea"])),
        ("search=(415)%20555-26", json!(["Ana"])),
        ("search=%20", json!(["Carl", "Bea", "Ana"])),
        ("search=nothing", json!([])),
        ("tag=Vip", json!(["Bea", "Ana"])),
        ("tag=vip,NEW", json!(["Bea"])),
        ("stage=inactive", json!(["Carl"])),
        ("ownerId=me", json!(["Ana"])),
        ("ownerId=none", json!(["Carl", "Bea"])),
        ("optedOut=false&sort=name", json!(["Ana", "Bea", "Carl"])),
        ("optedOut=true", json!([])),
        ("createdFrom=2026-09-01T09:01:00Z", json!(["Carl", "Bea"])),
        ("createdTo=2026-09-01T09:01:00Z", json!(["Ana"])),
        (
            "createdTo=%2B20000-01-01T00:00:00Z",
            json!(["Carl", "Bea", "Ana"]),
        ),
        ("lastSeenFrom=2026-01-01T00:00:00Z", json!([])),
    ] {
        assert_eq!(json!(names(&owner, query).await), expected, "{query}");
    }
    for (filter, expected) in [
        (json!({"anyTags": ["new", "x"]}), json!(["Bea"])),
        (
            json!({"noTags": ["new"], "stages": ["lead"]}),
            json!(["Ana"]),
        ),
        (
            json!({"birthdayFrom": "12-24", "birthdayTo": "01-06"}),
            json!(["Ana"]),
        ),
        (json!({}), json!(["Carl", "Bea", "Ana"])),
    ] {
        let query = format!("filter={}", encoded(&filter.to_string()));
        assert_eq!(json!(names(&owner, &query).await), expected, "{filter}");
    }
    let query = format!("search=ana&filter={}", encoded(r#"{"allTags":["VIP"]}"#));
    assert_eq!(names(&owner, &query).await, [json!("Ana")]);
}

#[tokio::test]
async fn pages_go_on_where_the_one_before_ended_in_each_order() {
    let app = TestApp::start().await;
    let owner = three(&app).await;
    for sort in [
        "name",
        "-name",
        "createdAt",
        "-createdAt",
        "lastSeenAt",
        "-lastSeenAt",
    ] {
        let all = names(&owner, &format!("sort={sort}")).await;
        let mut path = format!("{PATH}?sort={sort}&limit=2&include=total");
        let first = owner.client.get(&path).await.assert_status(200).json();
        assert_eq!(first["total"], 3);
        let cursor = first["nextCursor"].as_str().unwrap();
        path = format!("sort={sort}&limit=2&cursor={cursor}");
        let last = names(&owner, &path).await;
        assert_eq!(last, all[2..], "{sort}");
        let other = format!("{PATH}?sort=-name&cursor={cursor}");
        if sort != "-name" {
            let refused = owner.client.get(&other).await;
            refused.assert_invalid("/cursor");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_filter_is_pointed_at() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for (query, pointer) in [
        ("colour=red".to_owned(), "/colour"),
        ("stage=gone".to_owned(), "/stage"),
        ("sort=colour".to_owned(), "/sort"),
        ("ownerId=somebody".to_owned(), "/ownerId"),
        ("tag=a,,b".to_owned(), "/tag"),
        (format!("filter={}", encoded("{")), "/filter"),
        (
            format!("filter={}", encoded(r#"{"colour":1}"#)),
            "/filter/colour",
        ),
        (
            format!("filter={}", encoded(r#"{"stages":["gone"]}"#)),
            "/filter/stages/0",
        ),
        (
            format!("filter={}", encoded(r#"{"birthdayTo":"02-30"}"#)),
            "/filter/birthdayTo",
        ),
        (
            format!(
                "filter={}",
                encoded(r#"{"customFields":[{"key":"x","is":1}]}"#)
            ),
            "/filter/customFields/0/key",
        ),
        (
            format!("search=a&filter={}", encoded(r#"{"search":"b"}"#)),
            "/search",
        ),
    ] {
        let refused = owner.client.get(&format!("{PATH}?{query}")).await;
        refused.assert_invalid(pointer);
    }
}
