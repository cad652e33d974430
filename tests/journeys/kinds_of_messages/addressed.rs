//! By what Meta is told who is meant, for each kind of message. Source: cloud API 2.1, 5.4.

use meta_simulator::Customer;
use serde_json::{Value, json};

use super::PNG;
use crate::given::{Shop, sheena};

const USER_ID: &str = "US.13491208655302741918";

impl Shop {
    /// A message of each kind, as one answers the customer's newest.
    async fn each_kind(&self, chat_id: &str) -> Vec<Value> {
        let components = json!([{ "type": "BODY", "text": "Welcome!" }]);
        self.defines("hello_world", "UTILITY", &components);
        let question = self.owner.messages(chat_id).await[0]["id"].clone();
        let image = self.uploads("menu.png", &PNG).await;
        let body = json!({ "text": "Choose" });
        vec![
            json!({ "type": "text", "text": { "body": "Yes" }, "replyToId": question }),
            json!({ "type": "image", "image": { "mediaId": image } }),
            json!({ "type": "location", "location": { "latitude": 1.5, "longitude": 2.5 } }),
            json!({ "type": "contacts", "contacts": [
                { "name": { "formattedName": "Ana Paz", "firstName": "Ana" } },
            ]}),
            json!({ "type": "reaction", "reaction": { "messageId": question, "emoji": "👍" } }),
            json!({ "type": "interactive", "interactive": { "type": "button", "body": body,
                "action": { "buttons": [{ "type": "reply", "reply": { "id": "y", "title": "Y" } }] },
            }}),
            json!({ "type": "template", "template": { "name": "hello_world" } }),
        ]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_goes_to_the_number_with_its_plus_sign() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    for message in shop.each_kind(&chat_id).await {
        let sent = shop.is_read(&chat_id, message).await;
        assert_eq!(sent["to"], "+14155550123", "{sent}");
        assert_eq!(sent["recipient"], Value::Null, "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_goes_to_the_user_id_of_who_has_no_phone() {
    let shop = Shop::open().await;
    let pablo = Customer::with_user_id(USER_ID, "Pablo", "pablo");
    let chat_id = shop.chat_with(&pablo).await;
    for message in shop.each_kind(&chat_id).await {
        let sent = shop.is_read(&chat_id, message).await;
        assert_eq!(sent["recipient"], USER_ID, "{sent}");
        assert_eq!(sent["to"], Value::Null, "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_cannot_go_to_who_has_no_phone() {
    let shop = Shop::open().await;
    let components = json!([
        { "type": "BODY", "text": "{{1}} is your verification code." },
        { "type": "BUTTONS", "buttons": [{ "type": "OTP", "otp_type": "COPY_CODE" }] },
    ]);
    shop.defines("login_code", "AUTHENTICATION", &components);
    let pablo = Customer::with_user_id(USER_ID, "Pablo", "pablo");
    let chat_id = shop.chat_with(&pablo).await;
    let code = json!({ "type": "template", "template": {
        "name": "login_code", "variables": { "1": "123456" },
        "buttons": [{ "type": "url", "index": 0, "text": "123456" }],
    }});
    let path = format!("/api/chats/{chat_id}/messages");
    let queued = shop.owner.client.post(&path, code).await;
    let queued = queued.assert_status(202).json();
    let id = queued["id"].as_str().unwrap();
    let failed = shop.message_once(&chat_id, id, "failed").await;
    assert_eq!(failed["error"]["code"], 131_062, "{failed}");
    let hint = failed["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("phone number"), "{hint}");
    let asked = shop.simulator().messages();
    assert!(asked.is_empty(), "nothing reached the customer: {asked:?}");
}
