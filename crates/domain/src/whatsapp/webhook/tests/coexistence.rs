//! What the phone tells that a number also lives on.

use super::*;
use crate::{
    chats::{Direction, MessageStatus},
    whatsapp::HistoryReport,
};

fn value_of(content: Value) -> Value {
    let Value::Object(mut value) = content else {
        panic!("no object");
    };
    value.insert(
        "metadata".into(),
        json!({"display_phone_number": "+1 555-078-3881", "phone_number_id": "5"}),
    );
    Value::Object(value)
}

fn parse_field(field: &str, content: Value) -> Vec<Part> {
    let change = json!({"field": field, "value": value_of(content)});
    parse_json(&json!({"entry": [{"id": "1", "changes": [change]}]}))
}

/// A chunk with one thread.
fn chunk(thread: &Value, messages: &Value) -> Vec<Part> {
    let threads = json!([{"id": thread, "messages": messages}]);
    let metadata = json!({"phase": 1, "chunk_order": 3, "progress": 55});
    parse_field(
        "history",
        json!({"history": [{"metadata": metadata, "threads": threads}]}),
    )
}

fn past(part: &Part) -> &PastMessage {
    match &part.update {
        Update::Past(message) => message,
        other => panic!("{other:?} is not past"),
    }
}

#[test]
fn a_chunk_is_its_messages_and_then_how_far_it_has_come() {
    let parts = chunk(
        &json!("16505551234"),
        &json!([text("wamid.1"), 7, text("wamid.2")]),
    );
    let positions: Vec<_> = parts.iter().map(|part| part.position.as_str()).collect();
    assert_eq!(
        positions,
        [
            "0.0.history.0.threads.0.messages.0",
            "0.0.history.0.threads.0.messages.1",
            "0.0.history.0.threads.0.messages.2",
            "0.0.history.0.metadata",
        ]
    );
    assert_eq!(past(&parts[0]).written.wamid, "wamid.1");
    assert!(matches!(parts[1].update, Update::Malformed(_)));
    assert_eq!(
        parts[3].update,
        Update::History(HistoryReport::Progress {
            phase: 1,
            percent: 55
        })
    );
}

#[test]
fn who_wrote_is_told_in_several_ways() {
    let message = |from: &str, extra: Value| {
        let mut message = text("wamid.1");
        let members = message.as_object_mut().unwrap();
        members.insert("from".into(), json!(from));
        members.extend(extra.as_object().unwrap().clone());
        let parts = chunk(&json!("16505551234"), &json!([message]));
        let past = past(&parts[0]);
        let wa_id = past.written.party.wa_id.clone().unwrap();
        (past.direction, past.status, wa_id)
    };
    let customer = || "16505551234".to_owned();
    let theirs = (Direction::Inbound, MessageStatus::Received, customer());
    let ours = |status| (Direction::Outbound, status, customer());
    let context = |status: &str| json!({"history_context": {"status": status}});
    assert_eq!(message("16505551234", json!({})), theirs);
    assert_eq!(message("16505551234", context("read")), theirs);
    let to_us = json!({"to": "15550783881"});
    assert_eq!(message("16505551234", to_us), theirs);
    assert_eq!(
        message("15550783881", context("READ")),
        ours(MessageStatus::Read)
    );
    assert_eq!(
        message("15550783881", context("played")),
        ours(MessageStatus::Read)
    );
    assert_eq!(
        message("15550783881", context("delivered")),
        ours(MessageStatus::Delivered)
    );
    assert_eq!(
        message("15550783881", context("ERROR")),
        ours(MessageStatus::Failed)
    );
    assert_eq!(
        message("15550783881", context("pending")),
        ours(MessageStatus::Sent)
    );
    let to_them = json!({"to": "16505551234"});
    assert_eq!(message("15550000000", to_them), ours(MessageStatus::Sent));
    let from_me =
        json!({"to": "16505551234", "history_context": {"from_me": true, "status": "sent"}});
    assert_eq!(message("15550000000", from_me), ours(MessageStatus::Sent));
}

#[test]
fn a_thread_tells_whom_its_messages_do_not_name() {
    let mut message = text("wamid.1");
    message.as_object_mut().unwrap().remove("from");
    let customer_of = |thread: Value| {
        let parts = chunk(&thread, &json!([message]));
        past(&parts[0]).written.party.clone()
    };
    let hidden = customer_of(json!("US.13491208655302741918"));
    assert_eq!(hidden.user_id.as_deref(), Some("US.13491208655302741918"));
    assert_eq!(hidden.wa_id, None);
    let shown = customer_of(json!(16_505_551_234_i64));
    assert_eq!(shown.wa_id.as_deref(), Some("16505551234"));
}

#[test]
fn a_file_of_the_past_comes_in_a_delivery_of_its_own() {
    let file = json!({"from": "15550783881", "to": "16505551234", "id": "wamid.1",
        "timestamp": "1750000000", "type": "image", "image": {"id": "9", "mime_type": "image/jpeg"}});
    let parts = parse_field("history", json!({"messages": [file]}));
    assert_eq!(parts.len(), 1);
    let past = past(&parts[0]);
    assert_eq!(past.direction, Direction::Outbound);
    assert_eq!(past.written.file.as_ref().unwrap().meta_id, "9");
}

#[test]
fn an_owner_who_keeps_the_history_is_understood() {
    let error = json!({"code": 2_593_109, "title": "off", "error_data": {"details": "kept"}});
    let parts = parse_field("history", json!({"history": [{"errors": [error]}]}));
    assert_eq!(parts.len(), 1);
    let Update::History(HistoryReport::Error(error)) = &parts[0].update else {
        panic!("{parts:?}");
    };
    assert_eq!(error.code, 2_593_109);
    assert_eq!(error.details.as_deref(), Some("kept"));
}

#[test]
fn a_bad_history_hurts_nothing_else() {
    for bad in [
        json!(7),
        json!([7]),
        json!([{"threads": 7}]),
        json!([{"threads": [7]}]),
        json!([{"threads": [{"id": "1", "messages": 7}]}]),
        json!([{"metadata": 7}]),
        json!([{"threads": [{"messages": [{"id": "wamid.1"}]}]}]),
        json!([{"threads": [{"messages": vec![1; 100_000]}]}]),
    ] {
        let parts = parse_field(
            "history",
            json!({"history": bad, "messages": [text("wamid.2")]}),
        );
        assert_eq!(parts.len(), 2, "{bad}");
        assert!(matches!(parts[0].update, Update::Malformed(_)), "{bad}");
        assert_eq!(past(&parts[1]).written.wamid, "wamid.2");
    }
}

#[test]
fn an_address_book_tells_names() {
    let entry = |item: Value| {
        let mut parts = parse_field("smb_app_state_sync", json!({"state_sync": [item]}));
        assert_eq!(parts.len(), 1);
        parts.remove(0).update
    };
    let contact = json!({"full_name": " Pablo Morales ", "first_name": "Pablo", "phone_number": "+1 650-555-1234"});
    let added = entry(
        json!({"type": "contact", "contact": contact, "action": "add",
        "metadata": {"timestamp": "1750000000"}}),
    );
    let Update::AddressBook(added) = added else {
        panic!("{added:?}");
    };
    assert_eq!(added.party.wa_id.as_deref(), Some("16505551234"));
    assert_eq!(added.party.name.as_deref(), Some("Pablo Morales"));
    assert_eq!(added.written_at.timestamp(), 1_750_000_000);
    assert!(!added.is_removed);
    let removed =
        json!({"type": "contact", "contact": {"phone_number": "1650"}, "action": "remove"});
    assert!(matches!(entry(removed), Update::AddressBook(entry) if entry.is_removed));
    let nobody = json!({"type": "contact", "contact": {"full_name": "Pablo", "phone_number": "?"}});
    assert!(matches!(entry(nobody), Update::Malformed(_)));
    assert_eq!(entry(json!({"type": "label"})), Update::Unused);
}
