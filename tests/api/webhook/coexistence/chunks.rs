//! How chunks of history come: in any order, again and again, large, broken, or not at all.

use std::time::Duration;

use domain::whatsapp::LeftOverReason;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{app::TestApp, stores::backends};

use super::{CUSTOMER, OURS, account, chunk, chunk_of, heard, phone_says, said, wamids};
use crate::{
    chats::retention::schedule,
    realtime::Socket,
    webhook::{left_overs, messages_of_only_chat, shop},
};

const HOUR: i64 = 60;

#[actix_web::test]
async fn chunks_in_any_order_and_again_end_in_the_same() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let day = chunk_of(
            0,
            10,
            &[
                said(&app, "wamid.3", HOUR, "read"),
                heard(&app, "wamid.2", 2 * HOUR),
            ],
        );
        let month = chunk_of(1, 70, &[heard(&app, "wamid.1", 700 * HOUR)]);
        let older = chunk_of(2, 100, &[heard(&app, "wamid.0", 3000 * HOUR)]);
        for (body, status, progress) in [
            (&month, "importing", 70),
            (&day, "importing", 70),
            (&month, "importing", 70),
            (&older, "complete", 100),
            (&day, "complete", 100),
        ] {
            app.receive(body).await;
            let history = &account(&owner).await["history"];
            assert_eq!(
                (&history["status"], &history["progress"]),
                (&json!(status), &json!(progress))
            );
        }
        let shown = messages_of_only_chat(&owner).await;
        assert_eq!(wamids(&shown), ["wamid.3", "wamid.2", "wamid.1", "wamid.0"]);
        let chat = owner.chats().await.remove(0);
        assert_eq!(chat["lastMessage"]["wamid"], "wamid.3");
        assert_eq!(chat["status"], "resolved");
        assert_eq!(account(&owner).await["history"]["phase"], 2);
        assert!(left_overs(&app).await.is_empty());
    }
}

/// Threads of as many people, with as many messages each.
fn threads(app: &TestApp, people: u64, messages: i64) -> Vec<Value> {
    let thread = |n: u64| {
        let phone = (14_155_550_000 + n).to_string();
        let message = |at: i64| {
            let mut message = heard(app, &format!("wamid.{n}.{at}"), at + 1);
            message["from"] = json!(phone);
            message
        };
        let messages: Vec<_> = (0..messages).map(message).collect();
        json!({"id": phone, "messages": messages})
    };
    (0..people).map(thread).collect()
}

#[actix_web::test]
async fn a_large_chunk_that_was_broken_off_comes_in_whole_and_once() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let all = threads(&app, 30, 40);
        // What was committed before the end: 250 of the messages, in the midst of a thread.
        let mut begun = all[..7].to_vec();
        begun[6]["messages"].as_array_mut().unwrap().truncate(10);
        app.receive(&phone_says(
            "history",
            &json!({"history": [{"threads": begun}]}),
        ))
        .await;
        assert_eq!(owner.chats().await.len(), 7);
        assert_eq!(account(&owner).await["history"], Value::Null);

        let whole = chunk(1, 100, &json!(all));
        let mut socket = Socket::open(&owner, None).await;
        app.receive(&whole).await;
        app.receive(&whole).await;
        let told = socket.next_of("account.history").await["seq"]
            .as_i64()
            .unwrap();
        let again = socket.next_of("account.history").await["seq"]
            .as_i64()
            .unwrap();
        assert_eq!(again, told + 1, "a chunk is told once, and nothing in it");
        let list = owner.client.get("/api/chats?limit=100").await.data();
        assert_eq!(list.len(), 30);
        for chat in list {
            assert_eq!(chat["status"], "resolved");
            let messages = owner.messages(chat["id"].as_str().unwrap()).await;
            assert_eq!(messages.len(), 40);
            assert_eq!(chat["lastMessage"]["id"], messages[0]["id"]);
        }
        assert!(left_overs(&app).await.is_empty());
    }
}

#[actix_web::test]
async fn chunks_and_customers_at_once_lose_nothing() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let whole = threads(&app, 10, 10);
        for part in [&whole[..6], &whole[3..], &whole[..]] {
            let body = chunk(0, 30, &json!(part));
            app.deliver(&body).await.assert_status(200);
        }
        for n in 0..10_u64 {
            let phone = (14_155_550_000 + n).to_string();
            let live = json!({"from": phone, "id": format!("wamid.live.{n}"),
                "timestamp": app.now().to_string(), "type": "text", "text": {"body": "now"}});
            let body = tests::app::messages_body(super::NUMBER, &phone, &[live]);
            app.deliver(&body).await.assert_status(200);
        }
        join_all((0..8).map(|_| app.run_jobs())).await;
        // Whoever stood in another's way comes again later.
        while app.after(Duration::from_secs(300)).await > 0 {}
        let chats = owner.client.get("/api/chats?limit=100").await.data();
        assert_eq!(chats.len(), 10);
        for chat in chats {
            assert_eq!(chat["status"], "open");
            assert_eq!(chat["unreadCount"], 1);
            assert_eq!(chat["lastMessage"]["text"]["body"], "now");
            let messages = owner.messages(chat["id"].as_str().unwrap()).await;
            assert_eq!(messages.len(), 11);
        }
        assert!(left_overs(&app).await.is_empty());
    }
}

#[actix_web::test]
async fn a_bad_message_of_the_past_spoils_no_other() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let threads = json!([
        {"id": CUSTOMER, "messages": [7, heard(&app, "wamid.1", 9), {"from": OURS}]},
        "nonsense",
        {"id": CUSTOMER, "messages": [heard(&app, "wamid.2", 8)]},
    ]);
    app.receive(&chunk(0, 20, &threads)).await;
    let shown = messages_of_only_chat(&owner).await;
    assert_eq!(wamids(&shown), ["wamid.2", "wamid.1"]);
    assert_eq!(account(&owner).await["history"]["progress"], 20);
    let kept = left_overs(&app).await;
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(|it| it.reason == LeftOverReason::Malformed));
}

#[actix_web::test]
async fn an_owner_may_keep_the_history_and_share_it_after_all() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let mut socket = Socket::open(&owner, None).await;
    let refusal = |code: i64, details: &str| {
        let error =
            json!({"code": code, "title": "No history", "error_data": {"details": details}});
        phone_says("history", &json!({"history": [{"errors": [error]}]}))
    };
    let declined = "History sharing is turned off by the business";
    app.receive(&refusal(2_593_109, declined)).await;
    let history = account(&owner).await["history"].take();
    assert_eq!(history["status"], "declined");
    assert_eq!(history["error"], declined);
    assert_eq!(history["updatedAt"], "2026-09-01T09:00:00Z");
    let frame = socket.next_of("account.history").await;
    assert_eq!(frame["data"]["status"], "declined");
    assert_eq!(account(&owner).await["status"], "connected");

    app.clock.advance(Duration::from_secs(60));
    app.receive(&chunk_of(0, 20, &[heard(&app, "wamid.1", 9)]))
        .await;
    let history = account(&owner).await["history"].take();
    assert_eq!(history["status"], "importing");
    assert_eq!(history["error"], Value::Null);
    app.clock.advance(Duration::from_secs(60));
    app.receive(&refusal(131_000, "Something went wrong")).await;
    let history = account(&owner).await["history"].take();
    assert_eq!(
        (&history["status"], &history["progress"]),
        (&json!("failed"), &json!(20))
    );
    assert!(left_overs(&app).await.is_empty());
}

#[actix_web::test]
async fn the_past_is_kept_no_longer_than_anything_else() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let change = json!({"messageRetentionDays": 30});
    let set = owner.client.put("/api/organizations/current", change).await;
    set.assert_status(200);
    schedule(&app).await;
    let messages = [
        heard(&app, "wamid.new", 24 * HOUR),
        heard(&app, "wamid.old", 31 * 24 * HOUR),
    ];
    let body = chunk_of(1, 100, &messages);
    app.receive(&body).await;
    app.after(Duration::from_secs(25 * 3600)).await;
    app.receive(&body).await;
    let owner = crate::given::again(&app, &owner).await;
    let shown = messages_of_only_chat(&owner).await;
    let kinds: Vec<_> = shown.iter().map(|message| &message["type"]).collect();
    assert_eq!(kinds, ["text", "expired"]);
}
