//! Filters that are kept under a name.

use domain::organizations::Role;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

use super::keeps;
use crate::{chats::id_of, given};

const PATH: &str = "/api/segments";

async fn defines(person: &Owner, name: &str, filter: Value) -> Value {
    let body = json!({"name": name, "filter": filter});
    let answer = person.client.post(PATH, body).await;
    answer.assert_status(201).json()
}

#[tokio::test]
async fn an_admin_keeps_segments_that_count_by_themselves() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let field = json!({"key": "size", "label": "Size", "type": "number"});
    let field = owner.client.post("/api/customers/fields", field).await;
    let field = field.assert_status(201).json();
    let filter = json!({
        "search": "a", "allTags": ["VIP"], "stages": ["lead"], "ownerId": "none",
        "optedOut": false, "createdFrom": "2026-01-01T00:00:00Z", "birthdayTo": "12-31",
        "customFields": [{"key": "size", "from": 40.5}],
    });
    let body = json!({"name": " Regulars ", "filter": filter});
    let answer = admin.client.post(PATH, body).await;
    let regulars = answer.assert_status(201).json();
    assert_eq!(regulars["name"], "Regulars");
    assert_eq!(regulars["filter"], filter);
    assert_eq!(regulars["customerCount"], 0);
    let path = answer.header("location").unwrap().to_owned();

    let ana = json!({
        "firstName": "Ana", "tags": ["vip"], "birthday": "1990-12-30", "customFields": {"size": 41},
    });
    keeps(&agent, ana).await;
    keeps(&agent, json!({"firstName": "Anton", "tags": ["vip"]})).await;
    let counted = agent.client.get(&path).await.assert_status(200).json();
    assert_eq!(counted["customerCount"], 1);
    let list = agent.client.get(&format!("{PATH}?include=total")).await;
    let list = list.assert_status(200).json();
    assert_eq!(list["data"], json!([counted]));
    assert_eq!(list["total"], 1);

    let used = format!("/api/customers/fields/{}", id_of(&field));
    let used = owner.client.delete(&used).await;
    used.assert_problem(409, "field_in_use");

    let change = json!({"filter": {"search": "an"}});
    let changed = admin.client.put(&path, change).await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let changed = changed.assert_status(200).json();
    assert_eq!(changed["filter"], json!({"search": "an"}));
    assert_eq!(changed["name"], "Regulars");
    assert_eq!(changed["customerCount"], 2);
    for method in [Method::PUT, Method::DELETE] {
        let request = owner.client.request(method, &path);
        let stale = request
            .header("if-match", "\"1\"")
            .json(&json!({"name": "X"}));
        stale.send().await.assert_problem(412, "version_mismatch");
    }
    admin.client.delete(&path).await.assert_status(204);
    admin
        .client
        .get(&path)
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test]
async fn a_name_is_had_by_one_segment_and_a_filter_makes_sense() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let first = defines(&owner, "Regulars", json!({})).await;
    let other = defines(&owner, "Others", json!({})).await;
    let body = json!({"name": "REGULARS", "filter": {}});
    for taken in [
        owner.client.post(PATH, body.clone()).await,
        owner
            .client
            .put(&format!("{PATH}/{}", id_of(&other)), body)
            .await,
    ] {
        let problem = taken.assert_problem(409, "name_taken");
        assert_eq!(problem["existingId"], first["id"]);
    }
    let at_once = (0..4).map(|_| {
        let body = json!({"name": "Once", "filter": {}});
        owner.client.post(PATH, body)
    });
    let mut statuses: Vec<_> = join_all(at_once).await.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    for (bad, pointer) in [
        (json!({"name": " ", "filter": {}}), "/name"),
        (json!({"name": "A"}), "/filter"),
        (
            json!({"name": "A", "filter": {"colour": 1}}),
            "/filter/colour",
        ),
        (
            json!({"name": "A", "filter": {"anyTags": ["a,b"]}}),
            "/filter/anyTags/0",
        ),
        (
            json!({"name": "A", "filter": {"customFields": [{"key": "x", "is": 1}]}}),
            "/filter/customFields/0/key",
        ),
    ] {
        let refused = owner.client.post(PATH, bad).await;
        refused.assert_invalid(pointer);
    }
}
