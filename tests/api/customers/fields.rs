//! What organizations want to know of customers besides.

use std::time::Duration;

use domain::organizations::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

use super::{PATH, keeps, path_of};
use crate::{chats::id_of, given};

const FIELDS: &str = "/api/customers/fields";

async fn defines(person: &Owner, field: Value) -> Value {
    let answer = person.client.post(FIELDS, field).await;
    answer.assert_status(201).json()
}

#[tokio::test]
async fn an_admin_says_what_is_kept_of_customers() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    let body = json!({"key": "size", "label": "Size", "type": "choice", "choices": ["S", "M"]});
    let answer = admin.client.post(FIELDS, body.clone()).await;
    let size = answer.assert_status(201).json();
    assert_eq!(size["choices"], json!(["S", "M"]));
    let path = answer.header("location").unwrap().to_owned();
    assert_eq!(admin.client.get(&path).await.json(), size);
    let taken = admin.client.post(FIELDS, body).await;
    let problem = taken.assert_problem(409, "key_taken");
    assert_eq!(problem["existingId"], size["id"]);
    app.clock.advance(Duration::from_secs(1));
    let note = json!({"key": "note", "label": "Note", "type": "text"});
    let note = defines(&owner, note).await;
    let list = admin.client.get(FIELDS).await.assert_status(200).data();
    assert_eq!(list, [size, note]);

    let body = json!({"label": "Shirt", "choices": ["L"]});
    let changed = admin.client.put(&path, body).await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.assert_status(200).json()["choices"], json!(["L"]));
    for method in [Method::PUT, Method::DELETE] {
        let request = owner.client.request(method, &path);
        let stale = request
            .header("if-match", "\"1\"")
            .json(&json!({"label": "X"}));
        stale.send().await.assert_problem(412, "version_mismatch");
    }
    owner.client.delete(&path).await.assert_status(204);
    owner
        .client
        .get(&path)
        .await
        .assert_problem(404, "not_found");

    for (bad, pointer) in [
        (
            json!({"key": "Size", "label": "Size", "type": "text"}),
            "/key",
        ),
        (json!({"key": "a", "label": " ", "type": "text"}), "/label"),
        (json!({"key": "a", "label": "A", "type": "colour"}), "/type"),
        (
            json!({"key": "a", "label": "A", "type": "choice"}),
            "/choices",
        ),
        (
            json!({"key": "a", "label": "A", "type": "date", "choices": ["x"]}),
            "/choices",
        ),
    ] {
        let refused = owner.client.post(FIELDS, bad).await;
        refused.assert_invalid(pointer);
    }
    let choices = json!({"choices": ["x"]});
    let path = format!(
        "{FIELDS}/{}",
        id_of(&owner.client.get(FIELDS).await.data()[0])
    );
    let refused = owner.client.put(&path, choices).await;
    refused.assert_invalid("/choices");
}

#[tokio::test]
async fn a_customer_has_what_its_fields_allow() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for (key, kind) in [
        ("note", "text"),
        ("size", "number"),
        ("since", "date"),
        ("ok", "boolean"),
    ] {
        defines(&owner, json!({"key": key, "label": key, "type": kind})).await;
    }
    let shirt = json!({"key": "shirt", "label": "Shirt", "type": "choice", "choices": ["S", "M"]});
    let shirt = defines(&owner, shirt).await;
    let values =
        json!({"note": "Oats", "size": 41.5, "since": "2024-02-29", "ok": false, "shirt": "M"});
    let ana = keeps(&owner, json!({"firstName": "Ana", "customFields": values})).await;
    assert_eq!(ana["customFields"], values);
    let bad = json!({
        "note": 1, "size": "41", "since": "2026-02-29", "ok": "no", "shirt": "L", "colour": "red",
    });
    let refused = owner
        .client
        .put(&path_of(&ana), json!({"customFields": bad}))
        .await;
    for key in ["note", "size", "since", "ok", "shirt", "colour"] {
        refused.assert_invalid(&format!("/customFields/{key}"));
    }
    let change = json!({"customFields": {"note": null, "size": 42}});
    let changed = owner.client.put(&path_of(&ana), change).await;
    let left = json!({"size": 42, "since": "2024-02-29", "ok": false, "shirt": "M"});
    assert_eq!(changed.assert_status(200).json()["customFields"], left);

    let path = format!("{FIELDS}/{}", id_of(&shirt));
    owner.client.delete(&path).await.assert_status(204);
    let again = json!({"key": "shirt", "label": "Shirt", "type": "number"});
    defines(&owner, again).await;
    let shown = owner.client.get(&path_of(&ana)).await.json();
    assert_eq!(shown["customFields"].get("shirt"), None);

    for (condition, count) in [
        (json!({"key": "size", "from": 41, "to": 42}), 1),
        (json!({"key": "size", "is": 42.0}), 1),
        (json!({"key": "size", "from": 42.5}), 0),
        (json!({"key": "since", "to": "2024-02-29"}), 1),
        (json!({"key": "ok", "is": false}), 1),
        (json!({"key": "ok", "is": true}), 0),
        (json!({"key": "note", "is": "Oats"}), 0),
    ] {
        let filter = json!({"customFields": [condition]}).to_string();
        let list = format!("{PATH}?filter={}", super::finding::encoded(&filter));
        let found = owner.client.get(&list).await.assert_status(200).data();
        assert_eq!(found.len(), count, "{filter}");
    }
}
