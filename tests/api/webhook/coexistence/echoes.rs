//! What the owner types on the phone.

use std::{fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};
use tests::{app::TestApp, stores::backends};

use super::{CUSTOMER, NUMBER, OURS, phone_says, receive_echo, typed};
use crate::{
    realtime::Socket,
    webhook::{messages_of_only_chat, shop, texts},
};

#[actix_web::test]
async fn what_the_owner_types_is_a_message_of_ours_and_its_ticks_follow() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let mut socket = Socket::open(&owner, None).await;
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/webhooks/smb_message_echo_text.json");
        app.receive(&fs::read(path).unwrap()).await;

        let message = messages_of_only_chat(&owner).await.remove(0);
        assert_eq!(message["direction"], "outbound");
        assert_eq!(message["origin"], "phone");
        assert_eq!(message["sentBy"], Value::Null);
        assert_eq!(message["status"], "sent");
        assert_eq!(message["sentAt"], message["createdAt"]);
        let frame = socket.next_of("message.queued").await;
        assert_eq!(frame["data"]["message"], message);
        let chat = owner.chats().await.remove(0);
        assert_eq!(chat["unreadCount"], 0);
        assert_eq!(chat["windowExpiresAt"], Value::Null);
        assert_eq!(chat["lastMessage"]["id"], message["id"]);
        assert_eq!(chat["customer"]["phoneNumber"], "+16505551234");

        for status in ["delivered", "read"] {
            let report = json!({"id": message["wamid"], "status": status,
                "timestamp": app.now().to_string(), "recipient_id": "16505551234"});
            app.meta_reports(NUMBER, report).await;
            assert_eq!(messages_of_only_chat(&owner).await[0]["status"], status);
        }
        assert!(app.cloud_api.sent().is_empty(), "it was sent already");
    }
}

#[actix_web::test]
async fn an_answer_on_the_phone_ends_the_wait_and_is_nothing_unread() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "Are you open?").await;
    assert_eq!(owner.chats().await[0]["firstResponseSeconds"], Value::Null);
    app.clock.advance(Duration::from_secs(90));
    receive_echo(&app, typed(&app, "wamid.echo", "Yes!")).await;
    let chat = owner.chats().await.remove(0);
    assert_eq!(chat["firstResponseSeconds"], 90);
    assert_eq!(chat["unreadCount"], 1, "the question alone");
    assert_eq!(chat["status"], "open");
    let messages = messages_of_only_chat(&owner).await;
    assert_eq!(texts(&messages), ["Yes!", "Are you open?"]);
}

#[actix_web::test]
async fn what_comes_again_or_was_sent_here_changes_nothing() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hello?").await;
    let chat_id = owner.chats().await[0]["id"].as_str().unwrap().to_owned();
    owner
        .writes(&chat_id, "Sent from here")
        .await
        .assert_status(202);
    app.run_jobs().await;
    receive_echo(&app, typed(&app, "wamid.echo", "Typed")).await;
    let before = owner.messages(&chat_id).await;
    assert_eq!(before.len(), 3);
    let chat_before = owner.chats().await;

    app.clock.advance(Duration::from_secs(60));
    receive_echo(&app, typed(&app, "wamid.echo", "Typed")).await;
    let ours = before.iter().find(|message| message["origin"].is_null());
    let ours = ours.filter(|message| message["direction"] == "outbound");
    let wamid = ours.unwrap()["wamid"].as_str().unwrap();
    receive_echo(&app, typed(&app, wamid, "Sent from here")).await;
    assert_eq!(owner.messages(&chat_id).await, before);
    assert_eq!(owner.chats().await, chat_before);
}

#[actix_web::test]
async fn an_owner_edits_and_deletes_on_the_phone() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let annotation = |wamid: &str, kind: &str, content: Value| {
        json!({"from": OURS, "to": CUSTOMER, "id": wamid, "timestamp": app.now().to_string(),
            "type": kind, kind: content})
    };
    let edit = annotation(
        "wamid.edit",
        "edit",
        json!({"original_message_id": "wamid.echo",
            "message": {"type": "text", "text": {"body": "At six"}}}),
    );
    // It may come before what it edits.
    receive_echo(&app, edit).await;
    receive_echo(&app, typed(&app, "wamid.echo", "At five")).await;
    let shown = async || {
        let messages = messages_of_only_chat(&owner).await;
        let echo = messages.into_iter().find(|it| it["wamid"] == "wamid.echo");
        echo.unwrap()
    };
    let edited = shown().await;
    assert_eq!(edited["text"]["body"], "At six");
    assert!(edited["editedAt"].is_string());
    assert_eq!(edited["revokedAt"], Value::Null);
    let target = json!({"original_message_id": "wamid.echo"});
    receive_echo(&app, annotation("wamid.revoke", "revoke", target)).await;
    assert!(shown().await["revokedAt"].is_string());
    let reaction = json!({"message_id": "wamid.echo", "emoji": "👍"});
    receive_echo(&app, annotation("wamid.reaction", "reaction", reaction)).await;
    assert_eq!(shown().await["reactions"][0]["direction"], "outbound");
}

#[actix_web::test]
async fn a_file_from_the_phone_is_fetched() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.cloud_api.add_media("9", "image/jpeg", &b"pixels"[..]);
    let photo = json!({"from": OURS, "to": CUSTOMER, "id": "wamid.photo",
        "timestamp": app.now().to_string(), "type": "image",
        "image": {"id": "9", "mime_type": "image/jpeg", "caption": "In blue"}});
    receive_echo(&app, photo).await;
    let message = messages_of_only_chat(&owner).await.remove(0);
    assert_eq!(message["origin"], "phone");
    let media_id = message["image"]["mediaId"].as_str().unwrap();
    let url = owner.client.get(&format!("/api/media/{media_id}")).await;
    url.assert_status(302);
}

#[actix_web::test]
async fn what_the_phone_could_not_send_is_not_sent_again_from_here() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hello?").await;
    receive_echo(&app, typed(&app, "wamid.echo", "Hi")).await;
    let report = json!({"id": "wamid.echo", "status": "failed", "timestamp": app.now().to_string(),
        "recipient_id": CUSTOMER, "errors": [{"code": 131_000, "title": "Something went wrong"}]});
    app.meta_reports(NUMBER, report).await;
    let message = messages_of_only_chat(&owner).await.remove(0);
    assert_eq!(message["status"], "failed");
    let chat_id = message["chatId"].as_str().unwrap();
    let path = format!(
        "/api/chats/{chat_id}/messages/{}/retry",
        message["id"].as_str().unwrap()
    );
    let answer = owner.client.post(&path, json!({})).await;
    answer.assert_problem(409, "message_not_retryable");
    assert!(app.cloud_api.sent().is_empty());
}

#[actix_web::test]
async fn a_bad_echo_spoils_no_other() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let echoes =
        json!({"message_echoes": [7, {"id": "wamid.nobody"}, typed(&app, "wamid.echo", "Hi")]});
    app.receive(&phone_says("smb_message_echoes", &echoes))
        .await;
    assert_eq!(texts(&messages_of_only_chat(&owner).await), ["Hi"]);
}
