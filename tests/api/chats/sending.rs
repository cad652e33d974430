//! Messages on their way to Meta, and what comes back.

use std::time::Duration;

use domain::{
    chats::TemplateUse,
    whatsapp::{OutgoingContent, Recipient, TemplateParameters},
};
use serde_json::{Value, json};

use super::{CUSTOMER, NUMBER, Shop, id_of, report};

#[tokio::test]
async fn a_text_is_queued_then_sent_and_its_ticks_come_back() {
    let shop = Shop::open().await;
    let queued = shop
        .sends(json!({ "type": "text", "text": { "body": "Yes", "previewUrl": true } }))
        .await;
    let queued = queued.assert_status(202).json();
    assert_eq!(queued["status"], "queued");
    assert_eq!(queued["direction"], "outbound");
    assert_eq!(queued["sentBy"], shop.owner.user_id);
    assert_eq!(queued["text"], json!({ "body": "Yes", "previewUrl": true }));
    assert!(shop.app.cloud_api.sent().is_empty());

    shop.app.run_jobs().await;
    let sent = shop.app.cloud_api.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].message_id.to_string(), id_of(&queued));
    assert_eq!(sent[0].recipient, Recipient::Phone(CUSTOMER.into()));
    let message = shop.message(&id_of(&queued)).await;
    assert_eq!(message["status"], "sent");
    assert_eq!(shop.chat().await["lastMessage"]["id"], message["id"]);

    let wamid = message["wamid"].as_str().unwrap();
    for tick in ["read", "delivered", "sent"] {
        shop.app
            .meta_reports(NUMBER, report(wamid, tick, &id_of(&queued)))
            .await;
    }
    let message = shop.message(&id_of(&queued)).await;
    assert_eq!(message["status"], "read");
    assert!(message["deliveredAt"].is_string());
}

#[tokio::test]
async fn a_text_is_refused_a_day_after_the_customer_last_wrote_but_a_template_goes() {
    let mut shop = Shop::open().await;
    shop.after(Duration::from_hours(24)).await;
    let text = shop.owner.writes(&shop.chat_id, "Still there?").await;
    text.assert_problem(409, "service_window_closed");

    let template = json!({
        "type": "template",
        "template": { "name": "order_ready", "variables": { "1": "Ana", "2": "7" } },
    });
    let queued = shop.sends(template).await;
    let queued = queued.assert_status(202).json();
    assert_eq!(queued["template"]["language"], "en_US");
    assert_eq!(
        queued["template"]["variables"],
        json!({ "1": "Ana", "2": "7" })
    );
    assert_eq!(queued["text"], json!({ "body": "order_ready" }));
    shop.app.run_jobs().await;
    let expected = OutgoingContent::Template {
        template: TemplateUse {
            name: "order_ready".into(),
            language: "en_US".into(),
            parameters: TemplateParameters::Positional(vec!["Ana".into(), "7".into()]),
            header: None,
            buttons: Vec::new(),
        },
        header_meta_id: None,
    };
    assert_eq!(shop.app.cloud_api.sent()[0].content, expected);
}

#[tokio::test]
async fn a_text_that_waited_until_the_window_closed_fails_with_the_reason() {
    let mut shop = Shop::open().await;
    let id = shop.queues("Too late").await;
    shop.after(Duration::from_hours(25)).await;
    let message = shop.message(&id).await;
    assert_eq!(message["status"], "failed");
    assert_eq!(message["error"]["code"], 131_047);
    assert!(
        message["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("template")
    );
    assert!(shop.app.cloud_api.sent().is_empty());
}

#[tokio::test]
async fn an_answer_quotes_a_message_of_the_same_chat() {
    let shop = Shop::open().await;
    let question = shop.owner.messages(&shop.chat_id).await[0].clone();
    shop.app.customer_writes(NUMBER, "16505559999", "Hi").await;
    let elsewhere = shop.owner.chats().await;
    let elsewhere = elsewhere
        .iter()
        .find(|chat| chat["id"] != shop.chat_id)
        .unwrap();
    let unsent = shop.queues("Wait").await;
    let reply = |id: &Value| json!({ "type": "text", "text": { "body": "Yes" }, "replyToId": id });

    shop.sends(reply(&elsewhere["lastMessage"]["id"]))
        .await
        .assert_invalid("/replyToId");
    shop.sends(reply(&json!(unsent)))
        .await
        .assert_invalid("/replyToId");
    let answer = shop.sends(reply(&question["id"])).await;
    let answer = answer.assert_status(202).json();
    assert_eq!(answer["replyTo"]["messageId"], question["id"]);
    assert_eq!(answer["replyTo"]["wamid"], question["wamid"]);
    shop.app.run_jobs().await;
    let quoted: Vec<_> = shop
        .app
        .cloud_api
        .sent()
        .into_iter()
        .map(|sent| sent.reply_to)
        .collect();
    assert_eq!(
        quoted,
        [None, question["wamid"].as_str().map(str::to_owned)]
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_what_is_wrong() {
    let shop = Shop::open().await;
    for (message, pointers) in [
        (json!({}), vec!["/type"]),
        (
            json!({ "type": "hologram", "image": { "mediaId": "x" } }),
            vec!["/type", "/image/mediaId"],
        ),
        (json!({ "type": "text" }), vec!["/text"]),
        (
            json!({ "type": "text", "text": { "body": " " } }),
            vec!["/text/body"],
        ),
        (
            json!({ "type": "text", "text": { "body": "x".repeat(4097) } }),
            vec!["/text/body"],
        ),
        (
            json!({ "type": "text", "text": { "body": "x", "size": 1 } }),
            vec!["/text/size"],
        ),
        (json!({ "type": "template" }), vec!["/template"]),
        (
            json!({ "type": "text", "text": { "body": "x" }, "template": { "name": "y" } }),
            vec!["/template"],
        ),
        (
            json!({ "type": "template", "template": { "name": "No", "variables": { "1": "a\tb" } } }),
            vec!["/template/name", "/template/variables/1"],
        ),
        (
            json!({ "type": "template", "template": { "name": "ok", "variables": { "2": "a" } } }),
            vec!["/template/variables"],
        ),
    ] {
        let answer = shop.sends(message.clone()).await;
        for pointer in pointers {
            answer.assert_invalid(pointer);
        }
    }
    let unsupported = shop.sends(json!({ "type": "hologram" })).await.json();
    assert_eq!(unsupported["errors"][0]["code"], "unsupported_type");
    assert_eq!(shop.owner.messages(&shop.chat_id).await.len(), 1);
}

#[tokio::test]
async fn all_that_is_missing_is_told_at_once() {
    let shop = Shop::open().await;
    for (message, missing) in [
        (json!({}), ["/to", "/type"]),
        (json!({ "text": { "body": "Hi" } }), ["/to", "/type"]),
        (json!({ "type": "text", "text": {} }), ["/text/body", "/to"]),
        (
            json!({ "type": "template", "template": {} }),
            ["/template/name", "/to"],
        ),
    ] {
        let path = "/api/whatsapp/messages";
        let answer = shop.owner.client.post(path, message.clone()).await;
        let problem = answer.assert_status(422).json();
        let mut told: Vec<_> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str()))
            .collect();
        told.sort_unstable();
        let expected = missing.map(|pointer| (pointer, Some("required")));
        assert_eq!(told, expected, "{message}");
    }
}

#[tokio::test]
async fn a_template_opens_a_chat_with_somebody_new() {
    let shop = Shop::open().await;
    let to = |to: &str, message: Value| {
        let mut message = message;
        message["to"] = json!(to);
        message
    };
    let text = json!({ "type": "text", "text": { "body": "Hi" } });
    let template = json!({ "type": "template", "template": { "name": "hello" } });
    let path = "/api/whatsapp/messages";

    let refused = shop
        .owner
        .client
        .post(path, to("+1 415 555 2671", text.clone()))
        .await;
    refused.assert_problem(409, "service_window_closed");
    assert_eq!(shop.owner.chats().await.len(), 1);
    shop.owner
        .client
        .post(path, to("12", template.clone()))
        .await
        .assert_invalid("/to");

    let sent = shop
        .owner
        .client
        .post(path, to("+1 415 555 2671", template.clone()))
        .await;
    let sent = sent.assert_status(202).json();
    let chats = shop.owner.chats().await;
    assert_eq!(chats[0]["id"], sent["chatId"]);
    assert_eq!(chats[0]["customer"]["phoneNumber"], "+14155552671");
    let again = shop
        .owner
        .client
        .post(path, to("+14155552671", template))
        .await;
    assert_eq!(again.json()["chatId"], sent["chatId"]);
    shop.app.run_jobs().await;
    let recipients: Vec<_> = shop
        .app
        .cloud_api
        .sent()
        .into_iter()
        .map(|sent| sent.recipient)
        .collect();
    assert_eq!(recipients, vec![Recipient::Phone("14155552671".into()); 2]);

    let customer = shop.chat().await["customer"]["id"].clone();
    let known = shop
        .owner
        .client
        .post(path, to(customer.as_str().unwrap(), text))
        .await;
    assert_eq!(known.assert_status(202).json()["chatId"], shop.chat_id);
}

#[tokio::test]
async fn with_several_numbers_one_must_be_named() {
    let shop = Shop::open().await;
    let second = shop.owner.connects("206540352242922").await;
    let mut message = json!({
        "to": "+14155552671", "type": "template", "template": { "name": "hello" },
    });
    let path = "/api/whatsapp/messages";
    shop.owner
        .client
        .post(path, message.clone())
        .await
        .assert_invalid("/accountId");
    message["accountId"] = json!(second);
    let sent = shop.owner.client.post(path, message).await;
    assert_eq!(sent.assert_status(202).json()["accountId"], second);
}
