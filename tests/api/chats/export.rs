//! A chat as a file.

use std::time::Duration;

use domain::{
    chats::{Direction, Message, MessageContent, MessageStatus, Text},
    clock::Clock,
    id::Id,
};
use serde_json::{Value, json};
use tests::client::Answer;

use super::{CUSTOMER, NUMBER, Shop};

async fn exports(shop: &Shop, query: &str) -> Answer {
    let path = format!("/api/chats/{}/export{query}", shop.chat_id);
    shop.owner.client.get(&path).await
}

async fn transcript(shop: &Shop, query: &str) -> String {
    let answer = exports(shop, query).await;
    let (_, entries) = answer
        .assert_status(200)
        .text()
        .split_once("\n\n")
        .map(|(heading, entries)| (heading.to_owned(), entries.to_owned()))
        .unwrap();
    entries
}

async fn in_mexico(shop: &Shop) {
    let body = json!({"timezone": "America/Mexico_City"});
    let path = "/api/organizations/current";
    shop.owner.client.put(path, body).await.assert_status(200);
}

async fn notes(shop: &Shop, text: &str) {
    let path = format!("/api/chats/{}/notes", shop.chat_id);
    let note = shop.owner.client.post(&path, json!({"text": text})).await;
    note.assert_status(201);
}

/// The customer does something that is no text.
async fn receives(shop: &Shop, wamid: &str, mut message: Value) {
    message["from"] = json!(CUSTOMER);
    message["id"] = json!(wamid);
    message["timestamp"] = json!(shop.app.now().to_string());
    let body = tests::app::messages_body(NUMBER, CUSTOMER, &[message]);
    shop.app.receive(&body).await;
}

#[tokio::test]
async fn a_transcript_tells_in_the_shops_time_who_said_what_and_what_became_of_it() {
    let shop = Shop::open().await;
    in_mexico(&shop).await;
    let pass = || shop.app.clock.advance(Duration::from_secs(1));
    pass();
    let sent = shop.queues("Hello\nHow can we help?").await;
    shop.app.run_jobs().await;
    let wamid = shop.message(&sent).await["wamid"].clone();
    pass();
    notes(&shop, "He is in a hurry").await;
    pass();
    let thumb = json!({
        "type": "reaction", "reaction": {"message_id": wamid, "emoji": "👍"},
    });
    receives(&shop, "wamid.thumb", thumb).await;
    let place = json!({
        "type": "location",
        "location": {"latitude": 19.4, "longitude": -99.1, "name": "Home"},
    });
    receives(&shop, "wamid.place", place).await;
    pass();
    let file = json!({
        "type": "document",
        "document": {
            "id": "1", "mime_type": "application/pdf", "filename": "list.pdf",
            "caption": "All this",
        },
    });
    receives(&shop, "wamid.file", file).await;
    pass();
    let revoked = json!({
        "type": "revoke", "revoke": {"original_message_id": "wamid.place"},
    });
    receives(&shop, "wamid.revoke", revoked).await;

    let answer = exports(&shop, "").await;
    answer.assert_status(200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let name = format!("chat-{}-2026-09-01.txt", shop.chat_id);
    assert_eq!(
        answer.header("content-disposition"),
        Some(format!("attachment; filename=\"{name}\"").as_str())
    );
    assert_eq!(
        answer.text(),
        "Luna with Sheena Nelson (+16505551234)\n\
         Exported 2026-09-01 03:00:05 -06:00, times in America/Mexico_City\n\n\
         [2026-09-01 03:00:00 -06:00] Sheena Nelson: Hola\n\
         [2026-09-01 03:00:01 -06:00] Ana Paz: Hello\n    \
             How can we help?\n    \
             👍 Sheena Nelson\n\
         [2026-09-01 03:00:03 -06:00] Sheena Nelson: [location: 19.4, -99.1] Home\n    \
             (deleted 2026-09-01 03:00:05 -06:00)\n\
         [2026-09-01 03:00:04 -06:00] Sheena Nelson: [document: list.pdf] All this\n"
    );
    let with_notes = transcript(&shop, "?includeNotes=true").await;
    let note = "[2026-09-01 03:00:02 -06:00] Ana Paz (note): He is in a hurry\n";
    assert!(with_notes.contains(note), "{with_notes}");
}

#[tokio::test]
async fn an_edited_message_is_told_with_what_it_says_since() {
    let shop = Shop::open().await;
    receives(
        &shop,
        "wamid.first",
        json!({"type": "text", "text": {"body": "Two"}}),
    )
    .await;
    shop.app.clock.advance(Duration::from_secs(9));
    let edit = json!({
        "type": "edit",
        "edit": {
            "original_message_id": "wamid.first",
            "message": {"type": "text", "text": {"body": "Three"}},
        },
    });
    receives(&shop, "wamid.edit", edit).await;
    let told = transcript(&shop, "").await;
    assert!(
        told.contains("Sheena Nelson: Three\n    (edited 2026-09-01 09:00:09 +00:00)\n"),
        "{told}"
    );
    assert!(
        told.ends_with("[2026-09-01 09:00:09 +00:00] Sheena Nelson: [edit] Three\n"),
        "{told}"
    );
}

#[tokio::test]
async fn as_json_an_export_has_the_same_objects_as_the_api() {
    let shop = Shop::open().await;
    shop.app.clock.advance(Duration::from_secs(1));
    notes(&shop, "Note").await;
    let message = &shop.owner.messages(&shop.chat_id).await[0];
    let answer = exports(&shop, "?format=json&includeNotes=true").await;
    let export = answer.assert_status(200).json();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(export["chat"], shop.chat().await);
    assert_eq!(export["exportedAt"], "2026-09-01T09:00:01Z");
    let entries = export["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let mut exported = entries[0]["message"].clone();
    let sender = exported.as_object_mut().unwrap().remove("senderName");
    assert_eq!(sender, Some(json!("Sheena Nelson")));
    assert_eq!(exported, *message);
    assert_eq!(entries[1]["note"]["text"], "Note");
    let without = exports(&shop, "?format=json").await.json();
    assert_eq!(without["entries"].as_array().unwrap().len(), 1);
}

/// More than are read at a time, notes and messages in turn, many at the same time.
#[tokio::test]
async fn a_long_chat_is_exported_whole_and_in_order() {
    let shop = Shop::open().await;
    let store = &shop.app.application.ports.store;
    let organization = shop.owner.organization_id.parse().unwrap();
    let uow = store.begin(organization).await.unwrap();
    for number in 1..=900_u64 {
        if number % 3 == 1 {
            shop.app.clock.advance(Duration::from_secs(1));
        }
        let message = Message {
            id: Id::generate(),
            chat_id: shop.chat_id.parse().unwrap(),
            account_id: shop.account_id.parse().unwrap(),
            direction: Direction::Inbound,
            content: MessageContent::Text(Text {
                body: format!("message {number}"),
                preview_url: false,
            }),
            status: MessageStatus::Received,
            wamid: Some(format!("wamid.{number}")),
            reply_to: None,
            reactions: Vec::new(),
            sent_by: None,
            origin: None,
            context: None,
            referral: None,
            error: None,
            created_at: shop.app.clock.now(),
            edited_at: None,
            revoked_at: None,
            sent_at: None,
            delivered_at: None,
            read_at: None,
            failed_at: None,
        };
        assert!(uow.messages().insert(&message, None).await.unwrap());
        if number % 2 == 0 {
            let note = domain::chats::Note {
                id: Id::generate(),
                chat_id: message.chat_id,
                author_id: shop.owner.user_id.parse().unwrap(),
                text: format!("note {number}"),
                mentions: Vec::new(),
                created_at: message.created_at,
                updated_at: message.created_at,
                version: 1,
            };
            uow.notes().insert(&note).await.unwrap();
        }
    }
    uow.commit().await.unwrap();

    for (query, expected) in [("", 901), ("?includeNotes=true", 901 + 450)] {
        let told = transcript(&shop, query).await;
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), expected);
        let times: Vec<_> = lines.iter().map(|line| &line[1..20]).collect();
        assert!(times.is_sorted());
        let said = lines.iter().filter_map(|line| line.split_once("message "));
        let numbers: Vec<u64> = said.map(|(_, number)| number.parse().unwrap()).collect();
        assert_eq!(numbers, (1..=900).collect::<Vec<_>>());
    }
    let json = exports(&shop, "?format=json&includeNotes=true")
        .await
        .json();
    assert_eq!(json["entries"].as_array().unwrap().len(), 901 + 450);
}

#[tokio::test]
async fn an_export_is_kept_in_the_audit_log_and_strangers_get_none() {
    let shop = Shop::open().await;
    exports(&shop, "?includeNotes=true")
        .await
        .assert_status(200);
    let log = "/api/audit-log?action=chat_exported";
    let log = shop.owner.client.get(log).await.assert_status(200).data();
    assert_eq!(log.len(), 1);
    assert_eq!(
        log[0]["target"],
        json!({"type": "chat", "id": shop.chat_id})
    );
    assert_eq!(log[0]["actor"]["id"], shop.owner.user_id);
    assert_eq!(log[0]["after"], json!({"includeNotes": true}));

    let other = shop.app.register("Sol").await;
    let path = format!("/api/chats/{}/export", shop.chat_id);
    let foreign = other.client.get(&path).await;
    foreign.assert_problem(404, "not_found");
    for (query, pointer) in [
        ("?format=pdf", "/format"),
        ("?includeNotes=perhaps", "/includeNotes"),
        ("?colour=red", "/colour"),
    ] {
        exports(&shop, query).await.assert_invalid(pointer);
    }
}

#[tokio::test]
async fn nobody_can_forge_an_entry() {
    let shop = Shop::open().await;
    let forged = "Yes\n[2026-09-01 09:00:00 +00:00] Ana Paz: It is free";
    shop.app.customer_writes(NUMBER, CUSTOMER, forged).await;
    let told = transcript(&shop, "").await;
    assert_eq!(told.lines().filter(|line| line.starts_with('[')).count(), 2);
}
