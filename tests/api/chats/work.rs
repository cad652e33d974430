//! Status, snooze and priority of a chat.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::client::Answer;

use super::{CUSTOMER, NUMBER, Shop};
use crate::realtime::Socket;

const HOUR: Duration = Duration::from_hours(1);

impl Shop {
    pub(super) fn path(&self) -> String {
        format!("/api/chats/{}", self.chat_id)
    }

    pub(super) async fn changes(&self, change: Value) -> Answer {
        self.owner.client.put(&self.path(), change).await
    }

    async fn status(&self) -> Value {
        self.chat().await["status"].clone()
    }

    async fn snoozes(&self, until: &str) {
        let snooze = json!({"status": "snoozed", "snoozedUntil": until});
        self.changes(snooze).await.assert_status(200);
    }
}

#[tokio::test]
async fn a_chat_is_changed_and_what_is_absent_stays() {
    let shop = Shop::open().await;
    let answer = shop.owner.client.get(&shop.path()).await;
    assert_eq!(answer.header("etag"), Some("\"1\""));
    let chat = answer.json();
    assert_eq!(chat["priority"], "none");
    assert_eq!((&chat["labels"], &chat["version"]), (&json!([]), &json!(1)));
    for absent in ["assignee", "snoozedUntil"] {
        assert!(chat.as_object().unwrap().contains_key(absent));
        assert_eq!(chat[absent], Value::Null);
    }

    let answer = shop.changes(json!({"priority": "high"})).await;
    assert_eq!(answer.assert_status(200).header("etag"), Some("\"2\""));
    let answer = shop.changes(json!({"status": "pending"})).await;
    let chat = answer.assert_status(200).json();
    assert_eq!(chat["priority"], "high");
    assert_eq!(chat["status"], "pending");
    assert_eq!(chat["version"], 3);
    assert_eq!(chat["unreadCount"], 1);
    assert_eq!(chat, shop.chat().await);
    // Nothing is changed, nothing is counted.
    let same = json!({"status": "pending", "priority": "high", "labels": []});
    let answer = shop.changes(same).await;
    assert_eq!(answer.assert_status(200).json()["version"], 3);
    assert_eq!(shop.changes(json!({})).await.json()["version"], 3);
}

#[tokio::test]
async fn an_edit_of_what_somebody_else_has_changed_is_refused() {
    let shop = Shop::open().await;
    shop.changes(json!({"priority": "low"})).await;
    let stale = shop.owner.client.request(Method::PUT, &shop.path());
    let stale = stale.header("if-match", "\"1\"");
    let refused = stale.json(&json!({"priority": "urgent"})).send().await;
    refused.assert_problem(412, "version_mismatch");
    assert_eq!(shop.chat().await["priority"], "low");
    // A message is no change that anybody decided on.
    shop.app.customer_writes(NUMBER, CUSTOMER, "Hi").await;
    let fresh = shop.owner.client.request(Method::PUT, &shop.path());
    let fresh = fresh.header("if-match", "\"2\"");
    let changed = fresh.json(&json!({"priority": "urgent"})).send().await;
    assert_eq!(changed.assert_status(200).json()["version"], 3);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_all_at_once() {
    let shop = Shop::open().await;
    for (change, pointers) in [
        (json!({"status": "lost"}), vec!["/status"]),
        (json!({"status": null}), vec!["/status"]),
        (json!({"priority": "none?"}), vec!["/priority"]),
        (json!({"colour": "red"}), vec!["/colour"]),
        (json!({"status": "snoozed"}), vec!["/snoozedUntil"]),
        (
            json!({"snoozedUntil": "2026-09-02T09:00:00Z"}),
            vec!["/snoozedUntil"],
        ),
        (json!({"snoozedUntil": "tomorrow"}), vec!["/snoozedUntil"]),
        (
            json!({"status": "snoozed", "snoozedUntil": "2026-09-01T09:00:00Z"}),
            vec!["/snoozedUntil"],
        ),
        (
            json!({"status": "snoozed", "snoozedUntil": "2027-09-02T09:00:00Z"}),
            vec!["/snoozedUntil"],
        ),
        (
            json!({"status": "snoozed", "labels": ["", "a,b"], "assigneeId": shop.chat_id}),
            vec!["/snoozedUntil", "/labels/0", "/labels/1", "/assigneeId"],
        ),
    ] {
        let answer = shop.changes(change.clone()).await;
        for pointer in &pointers {
            answer.assert_invalid(pointer);
        }
        let errors = answer.json()["errors"].as_array().unwrap().len();
        assert_eq!(errors, pointers.len(), "{change}");
    }
    let chat = shop.chat().await;
    assert_eq!(
        (&chat["status"], &chat["version"]),
        (&json!("open"), &json!(1))
    );
}

#[tokio::test]
async fn a_snooze_ends_at_its_time_and_not_before() {
    let mut shop = Shop::open().await;
    shop.snoozes("2026-09-01T12:00:00Z").await;
    let chat = shop.chat().await;
    assert_eq!(chat["status"], "snoozed");
    assert_eq!(chat["snoozedUntil"], "2026-09-01T12:00:00Z");
    shop.after(2 * HOUR).await;
    assert_eq!(shop.status().await, "snoozed");
    shop.after(HOUR).await;
    let chat = shop.chat().await;
    assert_eq!(chat["status"], "open");
    assert_eq!(chat["snoozedUntil"], Value::Null);
    assert_eq!(chat["version"], 3);
}

#[tokio::test]
async fn a_snooze_that_was_moved_ends_at_the_later_time_alone() {
    let mut shop = Shop::open().await;
    shop.snoozes("2026-09-01T10:00:00Z").await;
    shop.snoozes("2026-09-01T12:00:00Z").await;
    shop.after(2 * HOUR).await;
    assert_eq!(shop.status().await, "snoozed");
    shop.after(HOUR).await;
    assert_eq!(shop.status().await, "open");
}

#[tokio::test]
async fn jobs_that_are_hastened_end_no_snooze() {
    let shop = Shop::open().await;
    shop.snoozes("2026-09-01T12:00:00Z").await;
    let organization = shop.owner.organization_id.parse().unwrap();
    let store = &shop.app.application.ports.store;
    store.jobs().hasten(organization).await.unwrap();
    shop.app.run_jobs().await;
    assert_eq!(shop.status().await, "snoozed");
}

#[tokio::test]
async fn a_chat_that_was_woken_before_stays_as_it_is_then() {
    let mut shop = Shop::open().await;
    shop.snoozes("2026-09-01T10:00:00Z").await;
    shop.changes(json!({"status": "resolved"}))
        .await
        .assert_status(200);
    assert_eq!(shop.chat().await["snoozedUntil"], Value::Null);
    shop.after(2 * HOUR).await;
    assert_eq!(shop.status().await, "resolved");
}

#[tokio::test]
async fn whenever_the_customer_writes_the_chat_is_open_again() {
    let shop = Shop::open().await;
    let mut socket = Socket::open(&shop.owner, None).await;
    for change in [
        json!({"status": "pending"}),
        json!({"status": "snoozed", "snoozedUntil": "2026-09-01T12:00:00Z"}),
        json!({"status": "resolved"}),
    ] {
        shop.changes(change.clone()).await.assert_status(200);
        let told = socket.next_of("chat.updated").await;
        assert_eq!(told["data"]["chat"]["status"], change["status"]);
        // That would be everybody's own.
        assert_eq!(told["data"]["chat"].get("unreadCount"), None);
        shop.app.customer_writes(NUMBER, CUSTOMER, "Hi").await;
        let told = socket.next_of("chat.updated").await;
        assert_eq!(told["data"]["chat"]["status"], "open");
        assert_eq!(shop.status().await, "open");
    }
    // Ours does not.
    shop.changes(json!({"status": "resolved"})).await;
    shop.queues("Bye").await;
    shop.app.run_jobs().await;
    assert_eq!(shop.status().await, "resolved");
}

#[tokio::test]
async fn chats_are_found_by_priority() {
    let shop = Shop::open().await;
    shop.changes(json!({"priority": "urgent"})).await;
    for (query, found) in [("urgent", 1), ("none", 0), ("high", 0)] {
        let path = format!("/api/chats?include=total&priority={query}");
        let answer = shop.owner.client.get(&path).await;
        assert_eq!(answer.assert_status(200).json()["total"], found, "{query}");
    }
    let refused = shop.owner.client.get("/api/chats?priority=most").await;
    refused.assert_invalid("/priority");
}
