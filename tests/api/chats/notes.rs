//! What the team says among itself about a chat.

use std::time::Duration;

use domain::organizations::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

use super::{NUMBER, Shop, id_of};
use crate::{given, realtime::Socket};

fn notes_of(chat_id: &str) -> String {
    format!("/api/chats/{chat_id}/notes")
}

async fn notes(person: &Owner, chat_id: &str) -> Vec<Value> {
    let answer = person.client.get(&notes_of(chat_id)).await;
    answer.assert_status(200).data()
}

async fn writes(person: &Owner, chat_id: &str, text: &str) -> Value {
    let body = json!({"text": text});
    let answer = person.client.post(&notes_of(chat_id), body).await;
    answer.assert_status(201).json()
}

#[tokio::test]
async fn a_note_is_told_to_the_team_with_whom_it_mentions_and_never_to_the_customer() {
    let shop = Shop::open().await;
    let colleague = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let mut socket = Socket::open(&colleague, None).await;
    let before = shop.chat().await;
    let calls = shop.app.cloud_api.calls();

    let path = notes_of(&shop.chat_id);
    let body = json!({
        "text": " Can you wrap it? \n",
        "mentions": [colleague.user_id, colleague.user_id],
    });
    let answer = shop.owner.client.post(&path, body).await;
    let note = answer.assert_status(201).json();
    assert_eq!(note["text"], "Can you wrap it?");
    assert_eq!(note["mentions"], json!([colleague.user_id]));
    assert_eq!(
        note["author"],
        json!({"id": shop.owner.user_id, "firstName": "Ana", "lastName": "Paz"})
    );
    assert_eq!(note["chatId"], shop.chat_id);
    assert_eq!(note["version"], 1);
    let location = answer.header("location").unwrap();
    let found = colleague.client.get(location).await;
    assert_eq!(found.assert_status(200).json(), note);
    assert_eq!(found.header("etag"), Some("\"1\""));

    let frame = socket.next_of("note.created").await;
    assert_eq!(frame["data"]["note"], note);
    assert_eq!(frame["data"]["chatId"], shop.chat_id);
    assert_eq!(frame["data"]["noteId"], note["id"]);

    shop.app.run_jobs().await;
    assert_eq!(shop.app.cloud_api.calls(), calls);
    assert_eq!(shop.chat().await, before);
    assert_eq!(shop.owner.messages(&shop.chat_id).await.len(), 1);
}

#[tokio::test]
async fn who_is_mentioned_finds_the_chats() {
    let shop = Shop::open().await;
    let colleague = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    shop.app
        .customer_writes(NUMBER, "14155550188", "Another chat")
        .await;
    let found = async |person: &Owner| {
        let list = person
            .client
            .get("/api/chats?mentioned=true&include=total")
            .await;
        let list = list.assert_status(200).json();
        let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(id_of).collect();
        assert_eq!(list["total"], ids.len());
        ids
    };
    assert_eq!(found(&colleague).await, [""; 0]);
    let path = notes_of(&shop.chat_id);
    let calls = json!({"text": "Ask her", "mentions": [colleague.user_id]});
    let note = shop.owner.client.post(&path, calls).await.json();
    assert_eq!(found(&colleague).await, [shop.chat_id.as_str()]);
    assert_eq!(found(&shop.owner).await, [""; 0]);

    let path = format!("{path}/{}", id_of(&note));
    let calls_nobody = json!({"mentions": []});
    shop.owner.client.put(&path, calls_nobody).await;
    assert_eq!(found(&colleague).await, [""; 0]);
}

#[tokio::test]
async fn notes_are_listed_newest_first_page_by_page() {
    let shop = Shop::open().await;
    for number in 1..=5 {
        shop.app.clock.advance(Duration::from_secs(1));
        writes(&shop.owner, &shop.chat_id, &number.to_string()).await;
    }
    let path = notes_of(&shop.chat_id);
    let first = format!("{path}?limit=3&include=total");
    let first = shop.owner.client.get(&first).await;
    let first = first.assert_status(200).json();
    assert_eq!(first["total"], 5);
    let cursor = first["nextCursor"].as_str().unwrap();
    let last = format!("{path}?limit=3&cursor={cursor}");
    let last = shop.owner.client.get(&last).await.assert_status(200).json();
    assert_eq!(last["nextCursor"], Value::Null);
    let pages = [&first, &last].map(|page| page["data"].as_array().unwrap().clone());
    let texts: Vec<_> = pages.iter().flatten().map(|it| &it["text"]).collect();
    assert_eq!(texts, ["5", "4", "3", "2", "1"]);
}

#[tokio::test]
async fn what_cannot_be_a_note_is_refused_with_all_its_faults() {
    let shop = Shop::open().await;
    let other = shop.app.register("Sol").await;
    let gone = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let removed = format!("/api/members/{}", gone.user_id);
    shop.owner.client.delete(&removed).await.assert_status(204);
    let path = notes_of(&shop.chat_id);
    let post = async |body| shop.owner.client.post(&path, body).await;

    let mentions = [&shop.owner.user_id, &other.user_id, &gone.user_id];
    let answer = post(json!({"text": "\n ", "mentions": mentions})).await;
    let problem = answer.assert_problem(422, "invalid");
    let faults: Vec<_> = problem["errors"].as_array().unwrap().iter().collect();
    let told: Vec<_> = faults
        .iter()
        .map(|fault| {
            (
                fault["pointer"].as_str().unwrap(),
                fault["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("/text", "required"),
            ("/mentions/1", "unknown_member"),
            ("/mentions/2", "unknown_member"),
        ]
    );
    let many = vec![&shop.owner.user_id; 51];
    for (body, pointer) in [
        (json!({}), "/text"),
        (json!({"text": "é".repeat(4097)}), "/text"),
        (json!({"text": "a", "mentions": many}), "/mentions"),
        (json!({"text": "a", "mentions": ["me"]}), "/mentions/0"),
        (json!({"text": "a", "colour": "red"}), "/colour"),
    ] {
        post(body).await.assert_invalid(pointer);
    }
    post(json!({"text": "é".repeat(4096)}))
        .await
        .assert_status(201);
    assert_eq!(notes(&shop.owner, &shop.chat_id).await.len(), 1);
}

#[tokio::test]
async fn a_note_is_changed_and_removed_by_its_author_alone() {
    let shop = Shop::open().await;
    let colleague = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let mut socket = Socket::open(&shop.owner, None).await;
    let note = writes(&colleague, &shop.chat_id, "He called").await;
    let path = format!("{}/{}", notes_of(&shop.chat_id), id_of(&note));

    let theirs = shop.owner.client.put(&path, json!({"text": "She called"}));
    theirs.await.assert_problem(403, "not_author");
    let theirs = shop.owner.client.delete(&path).await;
    theirs.assert_problem(403, "not_author");

    shop.app.clock.advance(Duration::from_mins(1));
    let body = json!({"text": "She called", "mentions": [shop.owner.user_id]});
    let answer = colleague.client.put(&path, body).await;
    let changed = answer.assert_status(200).json();
    assert_eq!(answer.header("etag"), Some("\"2\""));
    assert_eq!(changed["text"], "She called");
    assert_eq!(changed["mentions"], json!([shop.owner.user_id]));
    assert_ne!(changed["updatedAt"], changed["createdAt"]);
    let frame = socket.next_of("note.updated").await;
    assert_eq!(frame["data"]["note"], changed);
    // To change nothing changes nothing.
    let same = colleague.client.put(&path, json!({"text": "She called"}));
    assert_eq!(same.await.assert_status(200).json(), changed);

    let stale = async |method| {
        let request = colleague.client.request(method, &path);
        let request = request.header("if-match", "\"1\"").json(&json!({}));
        request.send().await.assert_problem(412, "version_mismatch");
    };
    stale(Method::PUT).await;
    stale(Method::DELETE).await;
    colleague.client.delete(&path).await.assert_status(204);
    let frame = socket.next_of("note.deleted").await;
    assert_eq!(frame["data"]["noteId"], note["id"]);
    let gone = colleague.client.get(&path).await;
    gone.assert_problem(404, "not_found");
    let gone = colleague.client.delete(&path).await;
    gone.assert_problem(404, "not_found");
}

#[tokio::test]
async fn a_note_may_be_corrected_after_somebody_it_mentions_has_left() {
    let shop = Shop::open().await;
    let colleague = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let path = notes_of(&shop.chat_id);
    let body = json!({"text": "Ask her", "mentions": [colleague.user_id]});
    let note = shop.owner.client.post(&path, body).await;
    let note = note.assert_status(201).json();
    let member = format!("/api/members/{}", colleague.user_id);
    shop.owner.client.delete(&member).await.assert_status(204);

    let path = format!("{path}/{}", id_of(&note));
    let changed = shop.owner.client.put(&path, json!({"text": "Ask him"}));
    let changed = changed.await.assert_status(200).json();
    assert_eq!(changed["mentions"], json!([colleague.user_id]));
}

#[tokio::test]
async fn a_note_keeps_the_name_of_an_author_who_has_left_and_belongs_to_its_chat() {
    let shop = Shop::open().await;
    let colleague = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let note = writes(&colleague, &shop.chat_id, "Bye").await;
    let member = format!("/api/members/{}", colleague.user_id);
    shop.owner.client.delete(&member).await.assert_status(204);
    let kept = notes(&shop.owner, &shop.chat_id).await;
    assert_eq!(kept, std::slice::from_ref(&note));

    let app: &TestApp = &shop.app;
    app.customer_writes(super::NUMBER, "16505559999", "Hi")
        .await;
    let other = id_of(&shop.owner.chats().await[0]);
    assert_ne!(other, shop.chat_id);
    assert!(notes(&shop.owner, &other).await.is_empty());
    let elsewhere = format!("{}/{}", notes_of(&other), id_of(&note));
    let elsewhere = shop.owner.client.get(&elsewhere).await;
    elsewhere.assert_problem(404, "not_found");
}
