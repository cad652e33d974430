//! The main job: a customer's message reaches the inbox, and the answer reaches the customer.

use meta_simulator::{Customer, InboundContent};
use serde_json::{Value, json};
use tests::stores::Backend;

use crate::{
    given::{NUMBER, Shop, eventually, sheena},
    socket::{frame_of, frame_where, watch},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_in_is_answered_and_its_ticks_come_back() {
    for backend in tests::stores::backends() {
        the_main_job(backend).await;
    }
}

async fn the_main_job(backend: Backend) {
    let shop = Shop::open_on(backend).await;
    let mut socket = watch(&shop).await;

    shop.receives(&sheena(), InboundContent::text("Do you have it in blue?"))
        .await;

    let frame = frame_of(&mut socket, "message.received").await;
    assert_eq!(
        frame["data"]["message"]["text"]["body"],
        "Do you have it in blue?"
    );
    let chat_id = frame["data"]["chatId"].as_str().unwrap();
    let chats = shop.owner.chats().await;
    assert_eq!(chats.len(), 1);
    assert_eq!(chats[0]["id"], chat_id);
    assert_eq!(chats[0]["customer"]["name"], "Sheena Nelson");
    assert_eq!(chats[0]["customer"]["phoneNumber"], "+14155550123");
    assert_eq!(chats[0]["unreadCount"], 1);
    assert_eq!(
        chats[0]["lastMessage"]["text"]["body"],
        "Do you have it in blue?"
    );

    let message_id = shop.answers(chat_id, "Yes! Shall I put one aside?").await;

    let read = shop.message_once(chat_id, &message_id, "read").await;
    for time in ["sentAt", "deliveredAt", "readAt"] {
        assert!(read[time].is_string(), "{time} of {read}");
    }
    let sent = shop.simulator().messages();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].body["text"]["body"], "Yes! Shall I put one aside?");
    assert_eq!(sent[0].body["to"], "+14155550123");
    assert_eq!(
        sent[0].biz_opaque_callback_data.as_deref(),
        Some(message_id.as_str())
    );
    for status in ["sent", "delivered", "read"] {
        let frame = frame_where(&mut socket, |frame| {
            frame["type"] == "message.status" && frame["data"]["status"] == status
        })
        .await;
        assert_eq!(frame["data"]["messageId"], message_id, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_a_phone_number_is_answered_by_user_id() {
    let shop = Shop::open().await;
    let nobody_knows_the_number =
        Customer::with_user_id("US.13491208655302741918", "Pablo", "pablomorales");
    let chat_id = shop.chat_with(&nobody_knows_the_number).await;
    let chats = shop.owner.chats().await;
    assert_eq!(chats[0]["customer"]["phoneNumber"], Value::Null);
    assert_eq!(chats[0]["customer"]["username"], "pablomorales");

    let message_id = shop.answers(&chat_id, "Hello Pablo").await;

    shop.message_once(&chat_id, &message_id, "read").await;
    let sent = &shop.simulator().messages()[0].body;
    assert_eq!(sent["recipient"], "US.13491208655302741918");
    assert_eq!(sent.get("to"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_a_chat_shows_the_customer_that_it_was_read() {
    let shop = Shop::open().await;
    let wamid = shop
        .receives(&sheena(), InboundContent::text("Hello?"))
        .await;
    let chat_id = shop.only_chat().await;

    let path = format!("/api/chats/{chat_id}/read");
    let answer = shop.owner.client.post(&path, json!({})).await;

    assert!((200..300).contains(&answer.status), "{}", answer.text());
    assert_eq!(shop.owner.chats().await[0]["unreadCount"], 0);
    eventually("Meta knows that it was read", async || {
        shop.simulator()
            .requests()
            .iter()
            .any(|request| request.body["status"] == "read" && request.body["message_id"] == wamid)
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_is_what_metas_own_description_allows() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    let question = shop.owner.messages(&chat_id).await[0]["id"].clone();
    let texts = [
        json!({"type": "text", "text": {"body": "See https://example.com", "previewUrl": true}}),
        json!({"type": "text", "text": {"body": "As you asked"}, "replyToId": question}),
        json!({"type": "template", "template": {"name": "order_ready", "language": "en_US",
            "variables": {"1": "Sheena", "2": "A-17"}}}),
        json!({"type": "template", "template": {"name": "order_ready_named",
            "variables": {"name": "Sheena"}}}),
        json!({"type": "template", "template": {"name": "hello_world", "variables": {}}}),
    ];
    for (name, parameters) in [
        ("order_ready", 2),
        ("order_ready_named", 1),
        ("hello_world", 0),
    ] {
        shop.simulator().add_template(meta_simulator::Template {
            business_account_id: "102290129340398".into(),
            name: name.into(),
            language: "en_US".into(),
            body_parameters: Some(parameters),
        });
    }
    for text in &texts {
        let path = format!("/api/chats/{chat_id}/messages");
        let answer = shop.owner.client.post(&path, text.clone()).await;
        answer.assert_status(202);
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        shop.message_once(&chat_id, &id, "read").await;
    }

    let description = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/meta-simulator/tests/meta-openapi-v23.yaml"
    );
    let checker = meta_simulator::openapi::Checker::load(description).unwrap();
    let sent = shop.simulator().messages();
    assert_eq!(sent.len(), texts.len());
    for message in &sent {
        assert_eq!(
            checker.check_message(&message.body),
            Ok(()),
            "{}",
            message.body
        );
    }
    for request in shop.simulator().requests() {
        let of_the_token = request.path.ends_with("/debug_token");
        let of_ours = request.path.contains(NUMBER) || request.path.contains("102290129340398");
        assert!(of_the_token || of_ours, "{}", request.path);
    }
}
