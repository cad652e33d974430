//! Who wrote: people with and without phone numbers, whose ids change.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{
    app::{TestApp, change_body, messages_body},
    client::Owner,
    stores::backends,
};

use super::{CUSTOMER, NUMBER, left_overs, messages_of_only_chat, shop, text};

const USER_ID: &str = "US.13491208655302741918";

fn from_user(user_id: &str, wamid: &str) -> Value {
    json!({"from_user_id": user_id, "id": wamid, "timestamp": "1788253200", "type": "text", "text": {"body": "hi"}})
}

fn change(field: &str, contacts: &Value, items: &Value) -> Vec<u8> {
    // The list is named like the field.
    change_body(
        field,
        &json!({
            "metadata": {"phone_number_id": NUMBER}, "contacts": contacts, field: items,
        }),
    )
}

async fn contacts(owner: &Owner, query: &str) -> Vec<Value> {
    let path = format!("/api/whatsapp/contacts{query}");
    owner.client.get(&path).await.assert_status(200).data()
}

#[actix_web::test]
async fn a_person_without_a_phone_number_can_write_and_be_answered() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let profile = json!([{"user_id": USER_ID, "profile": {"name": "Sheena Nelson", "username": "sheena"}}]);
        app.receive(&change(
            "messages",
            &profile,
            &json!([from_user(USER_ID, "wamid.1")]),
        ))
        .await;

        let chat = owner.chats().await[0].clone();
        assert_eq!(chat["customer"]["name"], "Sheena Nelson");
        assert_eq!(chat["customer"]["username"], "sheena");
        assert_eq!(chat["customer"]["phoneNumber"], Value::Null);
        owner
            .writes(chat["id"].as_str().unwrap(), "hello")
            .await
            .assert_status(202);
        app.run_jobs().await;
        assert_eq!(
            app.cloud_api.sent()[0].recipient,
            domain::whatsapp::Recipient::UserId(USER_ID.into())
        );

        // Later the number becomes known.
        let mut known = from_user(USER_ID, "wamid.2");
        known["from"] = json!(CUSTOMER);
        app.receive(&change("messages", &json!([]), &json!([known])))
            .await;
        let chats = owner.chats().await;
        assert_eq!(chats.len(), 1);
        assert_eq!(chats[0]["customer"]["phoneNumber"], format!("+{CUSTOMER}"));
        app.receive(&messages_body(
            NUMBER,
            CUSTOMER,
            &[text("wamid.3", "by phone")],
        ))
        .await;
        assert_eq!(owner.chats().await.len(), 1);
    }
}

#[actix_web::test]
async fn whoever_changes_the_number_keeps_the_chat() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        app.customer_writes(NUMBER, CUSTOMER, "with the old number")
            .await;
        let changed = json!({
            "from": CUSTOMER, "id": "wamid.s", "timestamp": "1788253200", "type": "system",
            "system": {"body": "changed", "type": "user_changed_number", "wa_id": "12195555358"},
        });
        app.receive(&change("messages", &json!([]), &json!([changed])))
            .await;
        app.customer_writes(NUMBER, "12195555358", "with the new number")
            .await;
        // One that was late still carries the old number.
        app.receive(&messages_body(
            NUMBER,
            CUSTOMER,
            &[text("wamid.late", "late")],
        ))
        .await;

        assert_eq!(messages_of_only_chat(&owner).await.len(), 4);
        let chat = owner.chats().await[0].clone();
        assert_eq!(chat["customer"]["phoneNumber"], "+12195555358");
        owner
            .writes(chat["id"].as_str().unwrap(), "hello")
            .await
            .assert_status(202);
        app.run_jobs().await;
        assert_eq!(
            app.cloud_api.sent()[0].recipient,
            domain::whatsapp::Recipient::Phone("12195555358".into())
        );
    }
}

#[actix_web::test]
async fn a_user_id_may_change_by_message_or_by_notice() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.receive(&change(
        "messages",
        &json!([]),
        &json!([from_user("US.1", "wamid.1")]),
    ))
    .await;
    let system = json!({
        "from_user_id": "US.1", "id": "wamid.s", "timestamp": "1788253201", "type": "system",
        "system": {"type": "user_changed_user_id", "user_id": "US.2", "body": "changed"},
    });
    app.receive(&change("messages", &json!([]), &json!([system])))
        .await;
    let notice =
        json!([{"user_id": {"previous": "US.2", "current": "US.3"}, "timestamp": "1788253202"}]);
    let notice = change("user_id_update", &json!([]), &notice);
    app.receive(&notice).await;
    app.receive(&notice).await;
    app.receive(&change(
        "messages",
        &json!([]),
        &json!([from_user("US.3", "wamid.3")]),
    ))
    .await;
    assert_eq!(messages_of_only_chat(&owner).await.len(), 3);
    assert_eq!(contacts(&owner, "").await[0]["userId"], "US.3");
    assert!(left_overs(&app).await.is_empty());
}

#[actix_web::test]
async fn whoever_stops_marketing_has_stopped_it_known_or_not() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let preference = |value: &str, at: i64| {
        let item = json!([{"wa_id": CUSTOMER, "category": "marketing_messages", "value": value, "timestamp": at}]);
        change(
            "user_preferences",
            &json!([{"wa_id": CUSTOMER, "profile": {"name": "Sheena Nelson"}}]),
            &item,
        )
    };
    let consent = async || {
        let contact = contacts(&owner, "?search=sheena").await[0].clone();
        contact["customer"]["marketingConsent"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    app.receive(&preference("stop", 1_788_253_210)).await;
    assert_eq!(consent().await, "opted_out");
    app.receive(&preference("resume", 1_788_253_200)).await;
    assert_eq!(
        consent().await,
        "opted_out",
        "an older word does not undo a newer one"
    );
    app.receive(&preference("resume", 1_788_253_220)).await;
    app.receive(&preference("stop", 1_788_253_210)).await;
    assert_eq!(consent().await, "opted_in");
    assert!(owner.chats().await.is_empty(), "nobody has written");
}

#[actix_web::test]
async fn in_groups_each_participant_has_a_chat_and_a_reaction() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let said = |from: &str, wamid: &str, kind: &str, content: Value| json!({"from": from, "id": wamid, "group_id": "G1", "timestamp": "1788253200", "type": kind, kind: content});
    let react = |from: &str, wamid: &str| {
        said(
            from,
            wamid,
            "reaction",
            json!({"message_id": "wamid.1", "emoji": "👍"}),
        )
    };
    let messages = json!([
        said(
            "1415555001",
            "wamid.1",
            "text",
            json!({"body": "all of you?"})
        ),
        react("1415555002", "wamid.2"),
        react("1415555003", "wamid.3"),
    ]);
    app.receive(&change("messages", &json!([]), &messages))
        .await;
    let chats = owner.chats().await;
    assert_eq!(chats.len(), 3);
    let mut found = None;
    for chat in &chats {
        let messages = owner.messages(chat["id"].as_str().unwrap()).await;
        found = found.or(messages
            .into_iter()
            .find(|message| message["wamid"] == "wamid.1"));
    }
    let message = found.unwrap();
    assert_eq!(message["context"]["groupId"], "G1");
    assert_eq!(message["reactions"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn contacts_are_found_by_part_of_the_name_or_number() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "hi").await;
    app.customer_writes(NUMBER, "447700900123", "hi").await;
    for (query, count) in [
        ("", 2),
        ("?search=NELSON", 2),
        ("?search=%2B44%207700", 1),
        ("?search=nobody", 0),
    ] {
        assert_eq!(contacts(&owner, query).await.len(), count, "{query}");
    }
    let answer = owner
        .client
        .get("/api/whatsapp/contacts?limit=1&include=total")
        .await;
    let page = answer.assert_status(200).json();
    assert_eq!(page["total"], 2);
    assert_eq!(page["data"][0]["phoneNumber"], "+447700900123");
    let next = page["nextCursor"].as_str().unwrap();
    let rest = contacts(&owner, &format!("?limit=1&cursor={next}")).await;
    assert_eq!(rest[0]["waId"], CUSTOMER);
    assert!(rest[0]["customer"]["id"].is_string());
    owner
        .client
        .get("/api/whatsapp/contacts?name=x")
        .await
        .assert_invalid("/name");
    let stranger = app.register("Sol").await;
    assert!(contacts(&stranger, "").await.is_empty());
}

#[actix_web::test]
async fn a_stranger_who_writes_to_two_numbers_at_once_is_one_person() {
    const STRANGERS: u64 = 30;
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        owner.connects("2").await;
        for n in 0..STRANGERS {
            let phone = (14_155_550_100 + n).to_string();
            for number in [NUMBER, "2"] {
                let mut message = text(&format!("wamid.{n}"), "hi");
                message["from"] = json!(phone);
                let body = messages_body(number, &phone, &[message]);
                app.deliver(&body).await.assert_status(200);
            }
        }
        join_all((0..8).map(|_| app.run_jobs())).await;
        let answer = owner
            .client
            .get("/api/whatsapp/contacts?limit=1&include=total")
            .await;
        assert_eq!(answer.json()["total"], STRANGERS);
        let answer = owner.client.get("/api/chats?limit=1&include=total").await;
        assert_eq!(answer.json()["total"], 2 * STRANGERS);
        assert!(left_overs(&app).await.is_empty());
    }
}

#[actix_web::test]
async fn whoever_answers_under_another_spelling_of_the_number_is_the_same_person() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        for (typed, written_as) in [
            ("+55 11 98765-4321", "551187654321"),
            ("+52 55 1234 5678", "5215512345678"),
        ] {
            let message = json!({"to": typed, "type": "template", "template": {"name": "hello"}});
            let sent = owner.client.post("/api/whatsapp/messages", message).await;
            let sent = sent.assert_status(202).json();
            app.run_jobs().await;
            app.clock.advance(Duration::from_secs(60));
            app.customer_writes(NUMBER, written_as, "who is this?")
                .await;

            let chat = owner.chats().await[0].clone();
            assert_eq!(chat["id"], sent["chatId"], "{typed}");
            let number: String = typed.chars().filter(|c| !" -".contains(*c)).collect();
            assert_eq!(chat["customer"]["phoneNumber"], number);
            assert_eq!(contacts(&owner, "").await[0]["waId"], written_as);
            owner
                .writes(chat["id"].as_str().unwrap(), "Luna's shop")
                .await
                .assert_status(202);
            app.run_jobs().await;
            assert_eq!(
                app.cloud_api.sent().last().unwrap().recipient,
                domain::whatsapp::Recipient::Phone(written_as.into()),
                "as Meta writes it"
            );
        }
        assert_eq!(contacts(&owner, "").await.len(), 2);

        // The landline of the same digits is somebody else.
        app.customer_writes(NUMBER, "551137654321", "hi").await;
        app.customer_writes(NUMBER, "5511937654321", "hi").await;
        assert_eq!(contacts(&owner, "").await.len(), 4);
    }
}

#[actix_web::test]
async fn both_spellings_of_a_number_at_once_are_one_person() {
    const STRANGERS: u64 = 15;
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        for n in 0..STRANGERS {
            for (prefix, way) in [("55119", "long"), ("5511", "short")] {
                let phone = format!("{prefix}{}", 87_654_300 + n);
                let mut message = text(&format!("wamid.{n}.{way}"), "hi");
                message["from"] = json!(phone);
                let body = messages_body(NUMBER, &phone, &[message]);
                app.deliver(&body).await.assert_status(200);
            }
        }
        join_all((0..8).map(|_| app.run_jobs())).await;
        for path in ["/api/whatsapp/contacts", "/api/chats"] {
            let path = format!("{path}?limit=1&include=total");
            let answer = owner.client.get(&path).await;
            assert_eq!(answer.json()["total"], STRANGERS, "{path}");
        }
        assert!(left_overs(&app).await.is_empty());
    }
}

#[actix_web::test]
async fn whoever_lost_the_number_to_another_is_not_written_to_by_it() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        app.customer_writes(NUMBER, "12195555358", "I had it first")
            .await;
        app.customer_writes(NUMBER, CUSTOMER, "with my old number")
            .await;
        let changed = json!({
            "from": CUSTOMER, "id": "wamid.s", "timestamp": "1788253200", "type": "system",
            "system": {"body": "changed", "type": "user_changed_number", "wa_id": "12195555358"},
        });
        app.receive(&change("messages", &json!([]), &json!([changed])))
            .await;

        let known = contacts(&owner, "").await;
        let numbers: Vec<_> = known.iter().map(|contact| &contact["waId"]).collect();
        assert_eq!(numbers, [&json!("12195555358"), &Value::Null]);
        app.customer_writes(NUMBER, "12195555358", "with my new number")
            .await;
        let chats = owner.chats().await;
        assert_eq!(chats.len(), 2);
        assert_eq!(
            owner.messages(chats[1]["id"].as_str().unwrap()).await.len(),
            1
        );
    }
}
