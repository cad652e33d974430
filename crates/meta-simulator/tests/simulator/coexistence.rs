use chrono::TimeDelta;
use meta_simulator::InboundContent;
use serde_json::{Value, json};

use crate::{
    fixtures::{assert_like, value_of},
    support::{Business, NUMBER, Received, TOKEN, sheena},
};

/// Everything that was delivered under this field.
async fn delivered(business: &Business, field: &str) -> Vec<Value> {
    business.webhooks().await;
    let received = business.received();
    let webhooks = received.iter().map(Received::json);
    webhooks
        .filter(|webhook| webhook["entry"][0]["changes"][0]["field"] == field)
        .map(|webhook| value_of(&webhook).clone())
        .collect()
}

#[tokio::test]
async fn what_the_owner_types_on_the_phone_comes_as_an_echo() {
    let business = Business::start().await;
    let hello = InboundContent::text("On my way");
    let simulator = business.simulator();
    let wamid = simulator.owner_sends(NUMBER, &sheena(), hello).await;
    let webhook = business.latest_webhook().await;
    assert_like(&webhook, "smb_message_echo_text");
    let echo = &value_of(&webhook)["message_echoes"][0];
    assert_eq!(echo["id"], wamid);
    assert_eq!(echo["from"], "15550783881");
    assert_eq!(echo["to"], "16505551234");

    let refused = business.send_text("+16505551234", "Hi").await;
    assert_eq!(refused.code(), 131_047, "the customer wrote nothing yet");
    assert!(business.simulator().messages().is_empty());
    let path = format!("/api/state?number={NUMBER}&contact=16505551234");
    let shown = business.get(&path, "").await.body["messages"][0].take();
    assert_eq!(
        (&shown["direction"], &shown["is_echo"]),
        (&json!("out"), &json!(true))
    );
    business.stop().await;
}

#[tokio::test]
async fn an_echo_is_edited_and_taken_back() {
    let business = Business::start().await;
    let edit = json!({
        "phone_number_id": NUMBER,
        "customer": sheena(),
        "content": {"type": "edit", "message_id": "wamid.X", "content": {"type": "text", "body": "Edited"}},
    });
    let answer = business.post("/api/echoes", "", &edit).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let echo = &delivered(&business, "smb_message_echoes").await[0]["message_echoes"][0];
    assert_eq!(echo["type"], "edit");
    assert_eq!(
        echo["edit"],
        json!({"original_message_id": "wamid.X", "message": {"type": "text", "text": {"body": "Edited"}}})
    );
    business.stop().await;
}

#[tokio::test]
async fn history_comes_in_parts_and_files_come_after_it() {
    let business = Business::start().await;
    let at = business.clock.now() - TimeDelta::days(3);
    let photo = json!({"type": "image", "file": {"mime_type": "image/jpeg", "data": "cGl4ZWxz"}});
    let history = json!({
        "phone_number_id": NUMBER,
        "history": {"phase": 1, "chunk_order": 2, "progress": 55, "threads": [{
            "customer": sheena(),
            "messages": [
                {"from_me": true, "at": at, "status": "read", "content": {"type": "text", "body": "Hi"}},
                {"at": at, "status": "pending", "content": photo},
            ],
        }]},
    });
    let answer = business.post("/api/history", "", &history).await;
    assert_eq!(answer.status, 204, "{}", answer.body);

    let parts = delivered(&business, "history").await;
    let part = &parts[0]["history"][0];
    assert_eq!(
        part["metadata"],
        json!({"phase": 1, "chunk_order": 2, "progress": 55})
    );
    let thread = &part["threads"][0];
    assert_eq!(thread["id"], "16505551234");
    let [ours, theirs] = thread["messages"].as_array().unwrap().as_slice() else {
        panic!("two messages: {thread}");
    };
    assert_eq!(ours["from"], "15550783881");
    assert_eq!(ours["to"], "16505551234");
    assert_eq!(ours["text"]["body"], "Hi");
    assert_eq!(ours["timestamp"], at.timestamp().to_string());
    assert_eq!(
        ours["history_context"],
        json!({"status": "read", "from_me": true})
    );
    assert_eq!(theirs["type"], "media_placeholder");
    assert!(theirs.get("image").is_none());
    let file = &parts[1]["messages"][0];
    assert_eq!(file["id"], theirs["id"]);
    assert_eq!(file["image"]["mime_type"], "image/jpeg");
    let media = format!("/v23.0/{}", file["image"]["id"].as_str().unwrap());
    assert_eq!(business.get(&media, TOKEN).await.status, 200);
    business.stop().await;
}

#[tokio::test]
async fn an_owner_keeps_the_history() {
    let business = Business::start().await;
    let declined = json!({"phone_number_id": NUMBER, "history": null});
    business.post("/api/history", "", &declined).await;
    let parts = delivered(&business, "history").await;
    assert_eq!(parts[0]["history"][0]["errors"][0]["code"], 2_593_109);
    business.stop().await;
}

#[tokio::test]
async fn the_address_book_is_synced() {
    let business = Business::start().await;
    let changes = json!({"phone_number_id": NUMBER, "changes": [
        {"full_name": "Ana Paz", "first_name": "Ana", "phone_number": "16505551234"},
        {"full_name": "Old Friend", "phone_number": "16505550000", "removed": true},
    ]});
    let answer = business.post("/api/contacts", "", &changes).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    let synced = &delivered(&business, "smb_app_state_sync").await[0]["state_sync"];
    let now = business.clock.now().timestamp().to_string();
    assert_eq!(
        synced,
        &json!([
            {
                "type": "contact", "action": "add", "metadata": {"timestamp": now},
                "contact": {"full_name": "Ana Paz", "first_name": "Ana", "phone_number": "16505551234"},
            },
            {
                "type": "contact", "action": "remove", "metadata": {"timestamp": now},
                "contact": {"full_name": "Old Friend", "phone_number": "16505550000"},
            },
        ])
    );
    business.stop().await;
}

#[tokio::test]
async fn history_can_be_asked_for_once() {
    let business = Business::start().await;
    let path = format!("/v23.0/{NUMBER}/smb_app_data");
    let ask = |sync_type: &str| json!({"messaging_product": "whatsapp", "sync_type": sync_type});
    let first = business.post(&path, TOKEN, &ask("history")).await;
    assert!(first.body["request_id"].is_string(), "{}", first.body);
    assert_eq!(
        business.post(&path, TOKEN, &ask("history")).await.code(),
        2_593_107
    );
    let contacts = business
        .post(&path, TOKEN, &ask("smb_app_state_sync"))
        .await;
    assert_eq!(contacts.status, 200);
    assert_eq!(
        business.post(&path, TOKEN, &ask("all")).await.code(),
        131_009
    );
    business.stop().await;
}
