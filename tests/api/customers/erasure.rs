//! People who want to be forgotten.

mod running;

use domain::organizations::Role;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use tests::{
    app::{TestApp, messages_body},
    client::Owner,
    stores::{Backend, backends},
};

use super::{PATH, keeps, path_of};
use crate::{
    chats::{CUSTOMER, NUMBER, id_of},
    given, imports,
};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF and so on";

/// All that PostgreSQL has, and the same without the hexadecimal in which it tells bytes.
async fn everything(app: &TestApp) -> String {
    let mut postgres = PgConnection::connect(app.database.url()).await.unwrap();
    let tables = "SELECT table_name::text FROM information_schema.tables
        WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'";
    let tables = sqlx::query(tables).fetch_all(&mut postgres).await.unwrap();
    let mut all = String::new();
    for table in tables {
        let table: String = table.get(0);
        let rows = format!("SELECT '{table}: ' || t::text FROM {table} AS t");
        let rows = sqlx::query(AssertSqlSafe(rows))
            .fetch_all(&mut postgres)
            .await
            .unwrap();
        for row in rows {
            all.push_str(&row.get::<String, _>(0));
            all.push('\n');
        }
    }
    for table in ["webhook_deliveries", "idempotency_keys"] {
        let bodies = format!(
            "SELECT '{table}: ' || convert_from(body, 'UTF8') FROM {table} WHERE body IS NOT NULL"
        );
        let bodies = sqlx::query(AssertSqlSafe(bodies));
        for row in bodies.fetch_all(&mut postgres).await.unwrap() {
            all.push_str(&row.get::<String, _>(0));
            all.push('\n');
        }
    }
    all
}

/// Nothing in PostgreSQL has one of these in it.
async fn assert_forgotten(app: &TestApp, names: &[&str]) {
    if app.database.url().starts_with("postgres") {
        let all = everything(app).await;
        for name in names {
            let found: Vec<_> = all.lines().filter(|line| line.contains(name)).collect();
            assert!(found.is_empty(), "{name}: {found:#?}");
        }
    }
}

/// Somebody who has written, sent a photo, and of whom much is known; and another.
async fn sheena(app: &TestApp, owner: &Owner) -> (Value, String) {
    owner.connects(NUMBER).await;
    app.customer_writes(NUMBER, CUSTOMER, "From the lighthouse")
        .await;
    app.customer_writes(NUMBER, CUSTOMER, "Stop").await;
    let sheena = owner.client.get(PATH).await.data().remove(0);
    app.cloud_api.add_media("190", "image/jpeg", "a photo");
    let photo = json!({
        "from": CUSTOMER, "id": "wamid.HBgLMTY1MDU1NTEyMzQ", "timestamp": app.now().to_string(),
        "type": "image", "image": {"id": "190", "mime_type": "image/jpeg", "caption": "My house"},
    });
    app.receive(&messages_body(NUMBER, CUSTOMER, &[photo]))
        .await;
    let chat_id = id_of(&owner.chats().await[0]);
    let note = format!("/api/chats/{chat_id}/notes");
    let note = owner
        .client
        .post(&note, json!({"text": "Lives by the sea"}))
        .await;
    note.assert_status(201);
    let labels = json!({"labels": ["seaside"], "assigneeId": owner.user_id});
    let chat = owner
        .client
        .put(&format!("/api/chats/{chat_id}"), labels)
        .await;
    chat.assert_status(200);
    let path = format!("/api/chats/{chat_id}/messages");
    let dear = json!({"type": "text", "text": {"body": "Dear Sheena"}});
    let dear = owner.client.request(Method::POST, &path).json(&dear);
    let writes = dear.header("idempotency-key", "dear").send().await;
    writes.assert_status(202);
    let drawing = owner.uploads("for-her-house.jpg", JPEG).await;
    let drawing = json!({"mediaId": id_of(&drawing.assert_status(201).json())});
    let drawing = json!({"type": "image", "image": drawing});
    owner.client.post(&path, drawing).await.assert_status(202);
    let other = json!({
        "firstName": "Shee", "email": "sheena@example.com", "phoneNumber": "+14155552679",
    });
    let other = keeps(owner, other).await;
    for (table, on_duplicate) in [
        ("Name;Phone\r\nSheena Nelson;+1 650 555 1234\r\n", "skip"),
        ("Last name;Phone\r\nO'Shea;+1 415 555 2679\r\n", "update"),
    ] {
        imports::starts(owner, table, &[("onDuplicate", on_duplicate)]).await;
        app.run_jobs().await;
    }
    let merge = format!("{}/merge", path_of(&sheena));
    let merged = owner
        .client
        .post(&merge, json!({"otherId": other["id"]}))
        .await;
    let sheena = merged.assert_status(200).json()["customer"].clone();
    (sheena, chat_id)
}

fn from_ana(app: &TestApp) -> Vec<u8> {
    let message = json!({
        "from": "5215587654321", "id": "wamid.ana", "timestamp": app.now().to_string(),
        "type": "text", "text": {"body": "Hola, soy Ana"},
    });
    let body = messages_body(NUMBER, "5215587654321", &[message]);
    let body = String::from_utf8(body).unwrap();
    body.replace("Sheena Nelson", "Ana Paz").into_bytes()
}

const NAMES: [&str; 13] = [
    "Sheena",
    "Shee",
    "sheena@example.com",
    CUSTOMER,
    "14155552679",
    "lighthouse",
    "My house",
    "by the sea",
    "Too late",
    "seaside",
    "for-her-house",
    "650 555 1234",
    "O'Shea",
];

#[tokio::test]
async fn who_is_erased_is_spoken_of_nowhere_any_more() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let (sheena, chat_id) = sheena(&app, &owner).await;
        app.receive(&from_ana(&app)).await;
        let late = owner.writes(&chat_id, "Too late").await;
        late.assert_status(202);
        let is_on_postgres = backend == Backend::Postgres;
        if is_on_postgres {
            let all = everything(&app).await;
            for name in NAMES {
                assert!(all.contains(name), "{name} was never there");
            }
        }
        let erased = owner.client.delete(&path_of(&sheena)).await;
        erased.assert_status(204);

        // At once for whoever looks.
        let gone = owner.client.get(&path_of(&sheena)).await;
        gone.assert_problem(404, "not_found");
        let again = owner.client.delete(&path_of(&sheena)).await;
        again.assert_problem(404, "not_found");
        let left = owner
            .client
            .get(&format!("{PATH}?include=total"))
            .await
            .json();
        assert_eq!(left["total"], 1);
        let contacts = owner.client.get("/api/whatsapp/contacts").await.data();
        assert_eq!(contacts.len(), 1);
        let path = format!("/api/chats/{chat_id}");
        let chat = owner.client.get(&path).await.assert_status(200).json();
        assert_eq!(chat["customer"]["phoneNumber"], Value::Null);
        assert_eq!(chat["status"], "resolved");
        assert_eq!(chat["assignee"], Value::Null);
        assert_eq!(chat["labels"], json!([]));

        app.run_jobs().await;
        let messages = owner.messages(&chat_id).await;
        let kinds: Vec<_> = messages.iter().map(|it| &it["expired"]["kind"]).collect();
        assert_eq!(kinds, ["text", "image", "text", "image", "text", "text"]);
        assert_eq!(messages[0]["status"], "failed", "nothing leaves any more");
        assert_eq!(messages[1]["status"], "sent");
        let template = json!({"type": "text", "text": {"body": "Are you there?"}});
        let refused = owner
            .client
            .post(&format!("{path}/messages"), template)
            .await;
        refused.assert_problem(409, "customer_erased");
        assert_eq!(app.storage.files().len(), 0);
        let notes = owner.client.get(&format!("{path}/notes")).await.data();
        assert_eq!(notes, Vec::<Value>::new());
        let search = owner.client.get("/api/messages/search?q=lighthouse").await;
        assert_eq!(search.data(), Vec::<Value>::new());
        assert_forgotten(&app, &NAMES).await;
        if is_on_postgres {
            let all = everything(&app).await;
            assert!(all.contains("Hola, soy Ana"), "others stay");
        }
        let log = owner.client.get("/api/audit-log").await.data();
        let of_her = log.iter().filter(|it| it["target"]["id"] == sheena["id"]);
        let of_her: Vec<_> = of_her.collect();
        assert_eq!(of_her[0]["action"], "customer_erasure_completed");
        let counts = &of_her[0]["after"];
        assert_eq!(
            (&counts["messages"], &counts["files"]),
            (&json!(6), &json!(2))
        );
        assert_eq!(
            (&counts["notes"], &counts["consents"]),
            (&json!(1), &json!(1))
        );
        assert_eq!(of_her[1]["action"], "customer_erased");
        assert_eq!(of_her[1]["actor"]["id"], owner.user_id);
    }
}

#[tokio::test]
async fn who_writes_after_being_erased_is_somebody_new() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let (sheena, chat_id) = sheena(&app, &owner).await;
    owner
        .client
        .delete(&path_of(&sheena))
        .await
        .assert_status(204);
    app.run_jobs().await;
    app.customer_writes(NUMBER, CUSTOMER, "Hello again").await;
    let customers = owner.client.get(PATH).await.data();
    assert_eq!(customers.len(), 1);
    assert_ne!(customers[0]["id"], sheena["id"]);
    assert_eq!(customers[0]["consent"]["marketing"], "unknown");
    let chats = owner.chats().await;
    let of_new: Vec<_> = chats
        .iter()
        .filter(|chat| chat["customer"]["id"] == customers[0]["id"])
        .collect();
    assert_eq!(of_new.len(), 1);
    assert_ne!(of_new[0]["id"], json!(chat_id));
    let number = json!({"firstName": "Bea", "phoneNumber": "+14155552679"});
    keeps(&owner, number).await;
}

#[tokio::test]
async fn erasing_needs_an_admin_and_the_present_version() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let ana = keeps(&owner, json!({"firstName": "Ana"})).await;
    let refused = agent.client.delete(&path_of(&ana)).await;
    refused.assert_problem(403, "forbidden");
    let change = json!({"notes": "Nice"});
    owner
        .client
        .put(&path_of(&ana), change)
        .await
        .assert_status(200);
    let request = owner.client.request(Method::DELETE, &path_of(&ana));
    let stale = request.header("if-match", "\"1\"").send().await;
    stale.assert_problem(412, "version_mismatch");
    owner.client.get(&path_of(&ana)).await.assert_status(200);
    owner.client.delete(&path_of(&ana)).await.assert_status(204);
}
