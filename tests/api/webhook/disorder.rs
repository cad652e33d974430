//! Deliveries come late, early and again.

use domain::whatsapp::CloudApiError;
use futures_util::future::join_all;
use in_memory::{Answer, CallKind};
use serde_json::{Value, json};
use tests::{
    app::{TestApp, change_body, messages_body},
    stores::backends,
};

use super::{CUSTOMER, NUMBER, messages_of_only_chat, shop, text};

fn about(kind: &str, wamid: &str, second: u32, content: &Value) -> Value {
    json!({
        "from": CUSTOMER, "id": wamid, "timestamp": (1_788_253_200 + second).to_string(),
        "type": kind, kind: content,
    })
}

fn edit(wamid: &str, second: u32, body: &str) -> Value {
    let content = json!({
        "original_message_id": "wamid.target", "message": {"type": "text", "text": {"body": body}},
    });
    about("edit", wamid, second, &content)
}

fn reaction(wamid: &str, second: u32, emoji: Option<&str>) -> Value {
    let mut content = json!({"message_id": "wamid.target"});
    if let Some(emoji) = emoji {
        content["emoji"] = json!(emoji);
    }
    about("reaction", wamid, second, &content)
}

#[actix_web::test]
async fn edits_reactions_and_revokes_may_come_before_and_in_any_order() {
    for backend in backends() {
        let story = [
            text("wamid.target", "frist"),
            edit("wamid.e1", 1, "frst"),
            edit("wamid.e2", 2, "first"),
            reaction("wamid.r1", 3, Some("👍")),
            reaction("wamid.r2", 4, None),
            about(
                "revoke",
                "wamid.x",
                5,
                &json!({"original_message_id": "wamid.target"}),
            ),
        ];
        let mut ends = Vec::new();
        for turn in 0..story.len() {
            let app = TestApp::on(backend).await;
            let owner = shop(&app).await;
            let mut told = story.to_vec();
            told.rotate_left(turn);
            for message in told {
                let body = messages_body(NUMBER, CUSTOMER, &[message]);
                app.receive(&body).await;
                app.receive(&body).await;
            }
            let messages = messages_of_only_chat(&owner).await;
            let target = messages
                .into_iter()
                .find(|m| m["wamid"] == "wamid.target")
                .unwrap();
            ends.push(json!({
                "text": target["text"], "reactions": target["reactions"],
                "editedAt": target["editedAt"], "revokedAt": target["revokedAt"],
            }));
            let chat = &owner.chats().await[0];
            assert_eq!(chat["unreadCount"], 1, "annotations want no answer");
            assert_eq!(chat["lastMessage"]["wamid"], "wamid.target");
        }
        assert_eq!(ends[0]["text"]["body"], "first");
        assert_eq!(ends[0]["reactions"], json!([]));
        assert_eq!(ends[0]["editedAt"], "2026-09-01T09:00:02Z");
        assert_eq!(ends[0]["revokedAt"], "2026-09-01T09:00:05Z");
        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:#?}");
    }
}

#[actix_web::test]
async fn statuses_only_move_forward_and_may_come_again() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hello?").await;
    let chat_id = owner.chats().await[0]["id"].as_str().unwrap().to_owned();
    owner.writes(&chat_id, "Yes?").await.assert_status(202);
    app.run_jobs().await;
    let wamid = owner.messages(&chat_id).await[0]["wamid"].clone();
    let status = |status: &str, second: u32| json!({"id": wamid, "status": status, "timestamp": (1_788_253_200 + second).to_string(), "recipient_id": CUSTOMER});
    for (report, then) in [
        (status("read", 3), "read"),
        (status("sent", 1), "read"),
        (status("delivered", 2), "read"),
        (status("read", 3), "read"),
        (status("failed", 4), "read"),
        (status("played", 5), "read"),
    ] {
        app.meta_reports(NUMBER, report.clone()).await;
        let message = &owner.messages(&chat_id).await[0];
        assert_eq!(message["status"], then, "after {report}");
    }
    let message = &owner.messages(&chat_id).await[0];
    assert_eq!(message["deliveredAt"], "2026-09-01T09:00:02Z");
    assert_eq!(message["readAt"], "2026-09-01T09:00:03Z");
    assert!(message["error"].is_null());
}

#[actix_web::test]
async fn a_failure_tells_why_and_what_to_do() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hello?").await;
    let chat_id = owner.chats().await[0]["id"].as_str().unwrap().to_owned();
    owner.writes(&chat_id, "Yes?").await.assert_status(202);
    app.run_jobs().await;
    let wamid = owner.messages(&chat_id).await[0]["wamid"].clone();
    app.meta_reports(NUMBER, json!({
        "id": wamid, "status": "failed", "timestamp": "1788253201",
        "errors": [{"code": 131_050, "title": "User has stopped marketing", "error_data": {"details": "Stopped."}}],
    }))
    .await;
    let message = owner.messages(&chat_id).await[0].clone();
    assert_eq!(message["error"]["code"], 131_050);
    assert_eq!(message["error"]["detail"], "Stopped.");
    assert!(
        message["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("stopped marketing")
    );
    assert_eq!(
        owner.chats().await[0]["customer"]["marketingConsent"],
        "opted_out"
    );
}

#[actix_web::test]
async fn a_report_that_carries_our_id_settles_what_nobody_knew() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hello?").await;
    let chat_id = owner.chats().await[0]["id"].as_str().unwrap().to_owned();
    let silence = CloudApiError::NoAnswer("time-out".into());
    app.cloud_api
        .answer_next(CallKind::Send, Answer::Fail(silence));
    owner.writes(&chat_id, "Yes?").await.assert_status(202);
    app.run_jobs().await;
    let message = owner.messages(&chat_id).await[0].clone();
    assert_eq!(message["status"], "uncertain");
    app.meta_reports(
        NUMBER,
        json!({
            "id": "wamid.out", "status": "delivered", "timestamp": "1788253201",
            "biz_opaque_callback_data": message["id"],
        }),
    )
    .await;
    let message = owner.messages(&chat_id).await[0].clone();
    assert_eq!(message["status"], "delivered");
    assert_eq!(message["wamid"], "wamid.out");
    assert_eq!(app.cloud_api.sent().len(), 1);
}

#[actix_web::test]
async fn our_id_in_a_report_of_another_number_moves_nothing() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let other = app.register("Sol").await;
    other.connects("2").await;
    app.customer_writes(NUMBER, CUSTOMER, "Hello?").await;
    let chat_id = owner.chats().await[0]["id"].as_str().unwrap().to_owned();
    owner.writes(&chat_id, "Yes?").await.assert_status(202);
    app.run_jobs().await;
    let before = owner.messages(&chat_id).await[0].clone();
    app.meta_reports("2", json!({
        "id": before["wamid"], "status": "read", "timestamp": "1788253201", "biz_opaque_callback_data": before["id"],
    }))
    .await;
    assert_eq!(owner.messages(&chat_id).await[0], before);
}

#[actix_web::test]
async fn what_the_business_wrote_on_its_phone_is_an_outgoing_message() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let report = json!({"id": "wamid.echo", "status": "delivered", "timestamp": "1788253205", "recipient_id": CUSTOMER});
    app.meta_reports(NUMBER, report).await;
    let echo = json!({
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER},
        "message_echoes": [{"from": "15550783881", "to": CUSTOMER, "id": "wamid.echo",
            "timestamp": "1788253200", "type": "text", "text": {"body": "typed on the phone"}}],
    });
    app.receive(&change_body("smb_message_echoes", &echo)).await;
    let messages = messages_of_only_chat(&owner).await;
    assert_eq!(messages[0]["direction"], "outbound");
    assert_eq!(messages[0]["status"], "delivered");
    assert_eq!(owner.chats().await[0]["unreadCount"], 0);
    assert!(app.cloud_api.sent().is_empty(), "it was sent already");
}

#[actix_web::test]
async fn strangers_who_write_at_once_are_each_one_person() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let bodies: Vec<_> = (0..20)
        .map(|n| messages_body(NUMBER, CUSTOMER, &[text(&format!("wamid.{n}"), "hi")]))
        .collect();
    join_all(bodies.iter().map(|body| app.deliver(body))).await;
    app.run_jobs().await;
    assert_eq!(messages_of_only_chat(&owner).await.len(), 20);
}
