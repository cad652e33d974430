use std::{collections::BTreeMap, fs, path::PathBuf};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::*;
use crate::{chats::MessageContent, whatsapp::IdentityKind};

mod accounts;
mod coexistence;
mod fixtures;

fn received_at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn parse_json(delivery: &Value) -> Vec<Part> {
    parse(delivery.to_string().as_bytes(), received_at()).unwrap()
}

/// A delivery of one change of the field `messages`.
fn delivery(value: &Value) -> Value {
    json!({"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
}

fn text(wamid: &str) -> Value {
    json!({"from": "16505551234", "id": wamid, "timestamp": "1750000000", "type": "text", "text": {"body": wamid}})
}

fn message(part: &Part) -> &WrittenMessage {
    match &part.update {
        Update::Message(message) => message,
        other => panic!("{other:?} is no message"),
    }
}

fn only_message(message_json: &Value) -> WrittenMessage {
    let parts = parse_json(&delivery(&json!({"messages": [message_json]})));
    assert_eq!(parts.len(), 1);
    message(&parts[0]).clone()
}

#[test]
fn a_bad_item_hurts_none_of_its_siblings() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let bad = [
        "17",
        "\"x\"",
        "[]",
        "{}",
        r#"{"id": null, "from": "1"}"#,
        r#"{"id": "wamid.x"}"#,
        r#"{"id": "wamid.x", "from": "1", "text": {"body": "\ud83d"}}"#,
        r#"{"id": "wamid.x", "from": "1", "location": {"latitude": 1e999}}"#,
        deep.as_str(),
    ];
    for bad in bad {
        let body = format!(
            r#"{{"entry": [7, {{"id": "1", "changes": ["?", {{"field": "messages", "value": {{"messages": [{}, {bad}, {}]}}}}]}}]}}"#,
            text("wamid.before"),
            text("wamid.after"),
        );
        let parts = parse(body.as_bytes(), received_at()).unwrap();
        let by_position: BTreeMap<_, _> = parts.iter().map(|p| (p.position.as_str(), p)).collect();
        assert_eq!(
            by_position.keys().copied().collect::<Vec<_>>(),
            [
                "0",
                "1.0",
                "1.1.messages.0",
                "1.1.messages.1",
                "1.1.messages.2"
            ]
        );
        assert_eq!(message(by_position["1.1.messages.0"]).wamid, "wamid.before");
        assert_eq!(message(by_position["1.1.messages.2"]).wamid, "wamid.after");
        for position in ["0", "1.0", "1.1.messages.1"] {
            let update = &by_position[position].update;
            assert!(matches!(update, Update::Malformed(_)), "{bad}: {update:?}");
        }
    }
}

#[test]
fn what_is_no_delivery_at_all_is_unreadable() {
    for body in ["", "null", "[]", "{}", r#"{"entry": 1}"#, "not JSON"] {
        assert_eq!(
            parse(body.as_bytes(), received_at()),
            Err(Unreadable),
            "{body:?}"
        );
    }
    assert_eq!(parse(br#"{"entry": []}"#, received_at()), Ok(vec![]));
}

#[test]
fn bytes_that_are_no_utf8_spoil_only_the_text_they_stand_in() {
    let mut body = delivery(&json!({"messages": [text("wamid.!")]}))
        .to_string()
        .into_bytes();
    for byte in &mut body {
        if *byte == b'!' {
            *byte = 0xff;
        }
    }
    let parts = parse(&body, received_at()).unwrap();
    assert_eq!(message(&parts[0]).wamid, "wamid.\u{fffd}");
}

#[test]
fn nul_characters_do_not_reach_the_database() {
    let parts = parse_json(&delivery(&json!({"messages": [text("a\0b")]})));
    assert_eq!(message(&parts[0]).wamid, "a\u{fffd}b");
    assert!(!parts[0].original.to_string().contains("\\u0000"));
}

#[test]
fn a_kind_that_nobody_knows_yet_is_kept_whole() {
    let original =
        json!({"from": "1", "id": "wamid.1", "type": "hologram", "hologram": {"depth": 3}});
    let content = only_message(&original).content;
    let expected = MessageContent::Unsupported {
        kind: "hologram".into(),
        errors: vec![],
        original,
    };
    assert_eq!(content, expected);
}

#[test]
fn a_known_kind_without_its_object_is_kept_whole() {
    for kind in [
        "text",
        "image",
        "location",
        "contacts",
        "interactive",
        "button",
        "order",
        "reaction",
        "edit",
        "revoke",
        "system",
    ] {
        let content = only_message(&json!({"from": "1", "id": "wamid.1", "type": kind})).content;
        assert!(
            matches!(&content, MessageContent::Unsupported { kind: told, .. } if told == kind),
            "{content:?}"
        );
    }
}

#[test]
fn numbers_may_be_strings_and_strings_numbers() {
    let order = only_message(&json!({
        "from": 16_505_551_234_i64, "id": "wamid.1", "timestamp": 1_750_000_000, "type": "order",
        "order": {"catalog_id": 7, "product_items": [
            {"product_retailer_id": 12, "quantity": "2", "item_price": "9.99", "currency": "USD"}
        ]}
    }));
    assert_eq!(order.party.wa_id.as_deref(), Some("16505551234"));
    assert_eq!(order.occurred_at.timestamp(), 1_750_000_000);
    let MessageContent::Order(cart) = order.content else {
        panic!("no order");
    };
    assert_eq!(cart.catalog_id, "7");
    assert_eq!(cart.product_items[0].quantity, 2);
    assert_eq!(cart.product_items[0].item_price.to_string(), "9.99");
}

#[test]
fn a_time_that_is_absent_or_absurd_is_that_of_receipt() {
    for timestamp in [
        json!(null),
        json!("soon"),
        json!(1_750_000_000_000_i64),
        json!("-99999999999999999"),
    ] {
        let message = only_message(
            &json!({"from": "1", "id": "w", "type": "text", "text": {"body": ""}, "timestamp": timestamp}),
        );
        assert_eq!(message.occurred_at, received_at());
    }
}

#[test]
fn profiles_are_joined_by_id_and_not_by_position() {
    let parts = parse_json(&delivery(&json!({
        "contacts": [
            {"wa_id": "2", "profile": {"name": "Two"}},
            {"wa_id": "1", "user_id": "US.1", "profile": {"name": "One", "username": "one"}},
        ],
        "messages": [
            {"from": "1", "id": "wamid.1", "type": "text", "text": {"body": "a"}},
            {"from": "2", "id": "wamid.2", "type": "text", "text": {"body": "b"}},
            {"from": "3", "id": "wamid.3", "type": "text", "text": {"body": "c"}},
        ]
    })));
    let parties: Vec<_> = parts
        .iter()
        .map(|part| message(part).party.clone())
        .collect();
    assert_eq!(parties[0].name.as_deref(), Some("One"));
    assert_eq!(parties[0].user_id.as_deref(), Some("US.1"));
    assert_eq!(parties[0].username.as_deref(), Some("one"));
    assert_eq!(parties[1].name.as_deref(), Some("Two"));
    assert_eq!(parties[2].name, None);
}

#[test]
fn a_person_without_a_phone_number_is_known_by_the_user_id() {
    let message = only_message(
        &json!({"from_user_id": "US.7", "id": "w", "type": "text", "text": {"body": ""}}),
    );
    let identities = message.party.identities();
    assert_eq!(identities.len(), 1);
    assert_eq!(identities[0].kind, IdentityKind::UserId);
    assert_eq!(identities[0].value, "US.7");
}

#[test]
fn whatever_else_stands_in_a_change_is_not_lost() {
    let parts = parse_json(&delivery(&json!({
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": "5"},
        "messages": [text("wamid.1")],
        "errors": [{"code": 130_429}],
        "novelties": [1]
    })));
    let unused: Vec<_> = parts
        .iter()
        .filter(|part| part.update == Update::Unused)
        .map(|part| part.position.as_str())
        .collect();
    assert_eq!(unused, ["0.0.errors.0", "0.0.novelties"]);
    assert_eq!(parts.len(), 3);
}

#[test]
fn only_errors_that_pause_a_number_concern_it() {
    let codes =
        json!([{"code": 190, "title": "Bad token"}, {"code": "131031"}, {"code": 130_429}, {}, 7]);
    let parts = parse_json(&delivery(
        &json!({"metadata": {"phone_number_id": "5"}, "errors": codes}),
    ));
    let told: Vec<_> = parts
        .iter()
        .map(|part| match &part.update {
            Update::Error(error) => Some(error.code),
            Update::Unused => None,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [Some(190), Some(131_031), None, None, None]);
}

#[test]
fn a_list_that_is_too_long_to_be_metas_is_kept_whole() {
    let ones = vec![1; MAX_PARTS + 1];
    let value = json!({"messages": ones, "statuses": [7], "errors": ones});
    let parts = parse_json(&delivery(&value));
    let found: Vec<_> = parts
        .iter()
        .map(|part| (part.position.as_str(), &part.update))
        .collect();
    let too_long = Update::Malformed("the list is too long");
    assert_eq!(found[0], ("0.0.messages", &too_long));
    assert_eq!(found[1].0, "0.0.statuses.0");
    assert_eq!(found[2], ("0.0.errors", &too_long));
    assert_eq!(found.len(), 3);
    assert_eq!(parts[0].original, json!(ones));
}

#[test]
fn nothing_makes_more_parts_than_meta_could_mean() {
    let ones = vec![1; MAX_PARTS - 1];
    let many_members: Value = (0..=MAX_PARTS).map(|n| (n.to_string(), json!(n))).collect();
    let change = |value: &Value| json!({"field": "messages", "value": value});
    let full = change(&json!({"messages": ones}));
    for (entries, expected) in [
        (json!([{"changes": ones}, {"changes": ones}]), MAX_PARTS),
        (json!([{"changes": [full, full, full]}]), MAX_PARTS + 1),
        (json!([{"changes": [change(&many_members)]}]), 1),
    ] {
        assert_eq!(parse_json(&json!({"entry": entries})).len(), expected);
    }
    let entries = json!({"entry": vec![1; MAX_PARTS + 1]});
    let parsed = parse(entries.to_string().as_bytes(), received_at());
    assert_eq!(parsed, Err(Unreadable));
}

#[test]
fn a_partner_event_concerns_the_account_it_names_not_the_partner() {
    let parts = parse_json(
        &json!({"entry": [{"id": "portfolio", "changes": [{"field": "account_update", "value": {
            "event": "ACCOUNT_DELETED", "waba_info": {"waba_id": "99"}
        }}]}]}),
    );
    assert_eq!(parts[0].business_account_id.as_deref(), Some("99"));
}

#[test]
fn the_routing_of_a_delivery_is_that_of_its_first_item() {
    let value = json!({"metadata": {"phone_number_id": "5"}, "messages": [text("wamid.1"), 3]});
    let known = routing(delivery(&value).to_string().as_bytes());
    assert_eq!(known.business_account_id.as_deref(), Some("1"));
    assert_eq!(
        known.ordering_key().as_deref(),
        Some("contact:5:16505551234")
    );

    let echo = json!({"metadata": {"phone_number_id": "5"}, "message_echoes": [{"from": "9", "to": "8", "id": "w"}]});
    let echo = routing(delivery(&echo).to_string().as_bytes());
    assert_eq!(echo.person.as_deref(), Some("8"));

    let endless = Routing {
        person: Some("1".repeat(100_000)),
        ..known
    };
    assert_eq!(endless.ordering_key(), None);

    assert_eq!(routing(b"not JSON"), Routing::default());
    let of_account = routing(
        br#"{"entry": [{"id": "1", "changes": [{"field": "account_update", "value": {}}]}]}"#,
    );
    assert_eq!(of_account.business_account_id.as_deref(), Some("1"));
    assert_eq!(of_account.ordering_key(), None);
}
