//! Numbers that also live on the owner's phone, with the WhatsApp Business app.

mod address_book;
mod asking;
mod chunks;
mod echoes;
mod history;

use serde_json::{Value, json};
use tests::{
    app::{TestApp, change_body},
    client::Owner,
};

use super::{CUSTOMER, NUMBER};

const OURS: &str = "15550783881";

/// A delivery of news of the phone's.
fn phone_says(field: &str, content: &Value) -> Vec<u8> {
    let mut value = content.clone();
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({"display_phone_number": OURS, "phone_number_id": NUMBER});
    change_body(field, &value)
}

/// What the owner writes on the phone.
fn typed(app: &TestApp, wamid: &str, body: &str) -> Value {
    json!({"from": OURS, "to": CUSTOMER, "id": wamid, "timestamp": app.now().to_string(),
        "type": "text", "text": {"body": body}})
}

async fn receive_echo(app: &TestApp, echo: Value) {
    let echoes = json!({ "message_echoes": [echo] });
    app.receive(&phone_says("smb_message_echoes", &echoes))
        .await;
}

/// What the customer wrote so many minutes ago.
fn heard(app: &TestApp, wamid: &str, minutes_ago: i64) -> Value {
    json!({"from": CUSTOMER, "id": wamid, "timestamp": (app.now() - 60 * minutes_ago).to_string(),
        "type": "text", "text": {"body": wamid}, "history_context": {"status": "read"}})
}

/// What the owner answered so many minutes ago.
fn said(app: &TestApp, wamid: &str, minutes_ago: i64, status: &str) -> Value {
    let mut message = heard(app, wamid, minutes_ago);
    message["from"] = json!(OURS);
    message["to"] = json!(CUSTOMER);
    message["history_context"] = json!({"status": status, "from_me": true});
    message
}

/// A chunk of history with these threads.
fn chunk(phase: u8, progress: u8, threads: &Value) -> Vec<u8> {
    let metadata = json!({"phase": phase, "chunk_order": 1, "progress": progress});
    let history = json!({"history": [{"metadata": metadata, "threads": threads}]});
    phone_says("history", &history)
}

/// The same with the one thread of the customer.
fn chunk_of(phase: u8, progress: u8, messages: &[Value]) -> Vec<u8> {
    chunk(
        phase,
        progress,
        &json!([{"id": CUSTOMER, "messages": messages}]),
    )
}

fn wamids(messages: &[Value]) -> Vec<&str> {
    let wamids = messages.iter().map(|message| message["wamid"].as_str());
    wamids.map(Option::unwrap).collect()
}

/// How much has been told in the organization.
async fn count_events(app: &TestApp, owner: &Owner) -> i64 {
    let organization_id = owner.organization_id.parse().unwrap();
    let read = app.application.ports.store.read(organization_id);
    read.events().last_seq().await.unwrap()
}

async fn account(owner: &Owner) -> Value {
    let accounts = owner.client.get("/api/whatsapp/accounts").await.data();
    accounts[0].clone()
}
