//! What was said before the program was connected, and how it stands beside what is said now.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{app::TestApp, stores::backends};

use super::{
    CUSTOMER, NUMBER, account, chunk, chunk_of, count_events, heard, phone_says, receive_echo,
    said, typed, wamids,
};
use crate::{
    realtime::Socket,
    webhook::{left_overs, messages_of_only_chat, shop},
};

#[actix_web::test]
async fn a_chunk_comes_in_silently() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        assert_eq!(account(&owner).await["history"], Value::Null);
        let mut socket = Socket::open(&owner, None).await;
        let told_before = count_events(&app, &owner).await;
        let messages = [
            heard(&app, "wamid.question", 50),
            said(&app, "wamid.answer", 40, "read"),
            said(&app, "wamid.more", 30, "DELIVERED"),
            said(&app, "wamid.lost", 20, "ERROR"),
            said(&app, "wamid.last", 10, "PENDING"),
        ];
        app.receive(&chunk_of(0, 20, &messages)).await;

        let frame = socket.next_of("account.history").await;
        let id = account(&owner).await["id"].clone();
        let expected = json!({"accountId": id, "status": "importing", "phase": 0, "progress": 20});
        assert_eq!(frame["data"], expected);
        let told = count_events(&app, &owner).await - told_before;
        assert_eq!(told, 1, "nothing but the chunk");

        let chat = owner.chats().await.remove(0);
        assert_eq!(chat["status"], "resolved");
        assert_eq!(chat["unreadCount"], 0);
        assert_eq!(chat["windowExpiresAt"], Value::Null);
        assert_eq!(chat["firstResponseSeconds"], Value::Null);
        assert_eq!(chat["assignee"], Value::Null);
        assert_eq!(chat["lastMessage"]["wamid"], "wamid.last");
        assert_eq!(chat["lastActivityAt"], chat["lastMessage"]["createdAt"]);
        assert_eq!(chat["customer"]["phoneNumber"], format!("+{CUSTOMER}"));
        let shown = messages_of_only_chat(&owner).await;
        let fates: Vec<_> = shown
            .iter()
            .map(|it| {
                (
                    it["wamid"].as_str().unwrap(),
                    it["status"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            fates,
            [
                ("wamid.last", "sent"),
                ("wamid.lost", "failed"),
                ("wamid.more", "delivered"),
                ("wamid.answer", "read"),
                ("wamid.question", "received"),
            ]
        );
        assert_eq!(shown[0]["origin"], "phone");
        assert_eq!(shown[1]["error"]["retryable"], false);
        assert_eq!(shown[4]["origin"], Value::Null);
        assert_eq!(shown[4]["createdAt"], "2026-09-01T08:10:00Z");
        let found = owner.client.get("/api/messages/search?q=question").await;
        assert_eq!(found.assert_status(200).data().len(), 1);
        assert!(
            app.cloud_api
                .calls()
                .iter()
                .all(|call| !format!("{call:?}").contains("Send"))
        );
    }
}

#[actix_web::test]
async fn a_chat_that_goes_on_meanwhile_is_not_disturbed() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let live = app.customer_writes(NUMBER, CUSTOMER, "Hello?").await;
        let before = owner.chats().await.remove(0);
        let messages = [
            heard(&app, "wamid.old", 50),
            said(&app, "wamid.older", 90, "read"),
        ];
        app.receive(&chunk_of(0, 20, &messages)).await;
        let after = owner.chats().await.remove(0);
        for name in [
            "id",
            "status",
            "unreadCount",
            "windowExpiresAt",
            "lastMessage",
            "lastActivityAt",
            "version",
            "firstResponseSeconds",
        ] {
            assert_eq!(after[name], before[name], "{name}");
        }
        assert_eq!(after["status"], "open");
        assert_eq!(after["unreadCount"], 1);
        let shown = messages_of_only_chat(&owner).await;
        assert_eq!(wamids(&shown), [live.as_str(), "wamid.old", "wamid.older"]);
        let chat_id = after["id"].as_str().unwrap();
        let path = format!("/api/chats/{chat_id}/messages?limit=1");
        let page = owner.client.get(&path).await.json();
        assert_eq!(page["data"][0]["wamid"], live);
        let cursor = page["nextCursor"]
            .as_str()
            .or(page["pagination"]["nextCursor"].as_str());
        let next = owner
            .client
            .get(&format!("{path}&cursor={}", cursor.unwrap()))
            .await;
        assert_eq!(next.data()[0]["wamid"], "wamid.old");
    }
}

#[actix_web::test]
async fn who_writes_again_has_the_chat_opened_with_all_that_was_said() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.receive(&chunk_of(0, 100, &[heard(&app, "wamid.old", 50)]))
        .await;
    assert_eq!(account(&owner).await["history"]["status"], "complete");
    let live = app.customer_writes(NUMBER, CUSTOMER, "Me again").await;
    let chat = owner.chats().await.remove(0);
    assert_eq!(chat["status"], "open");
    assert_eq!(chat["unreadCount"], 1);
    assert!(chat["windowExpiresAt"].is_string());
    let shown = messages_of_only_chat(&owner).await;
    assert_eq!(wamids(&shown), [live.as_str(), "wamid.old"]);
}

#[actix_web::test]
async fn answers_reactions_and_edits_of_the_past_find_what_they_speak_of() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let with = |mut message: Value, members: Value| {
        let object = message.as_object_mut().unwrap();
        object.remove("text");
        object.extend(members.as_object().unwrap().clone());
        message
    };
    let question = heard(&app, "wamid.question", 50);
    let answer = with(
        said(&app, "wamid.answer", 40, "read"),
        json!({"text": {"body": "Yes"}, "context": {"id": "wamid.question"}}),
    );
    let reaction = with(
        heard(&app, "wamid.reaction", 30),
        json!({"type": "reaction", "reaction": {"message_id": "wamid.answer", "emoji": "🙏"}}),
    );
    let edit = with(
        heard(&app, "wamid.edit", 45),
        json!({"type": "edit", "edit": {"original_message_id": "wamid.question",
            "message": {"type": "text", "text": {"body": "In blue?"}}}}),
    );
    let delivered = json!({"id": "wamid.answer", "status": "played",
        "timestamp": app.now().to_string(), "recipient_id": CUSTOMER});
    let check = async |owner: &tests::client::Owner| {
        let shown = messages_of_only_chat(owner).await;
        let find = |wamid: &str| shown.iter().find(|it| it["wamid"] == wamid).unwrap();
        assert_eq!(find("wamid.answer")["reactions"][0]["emoji"], "🙏");
        assert_eq!(
            find("wamid.answer")["replyTo"]["messageId"],
            find("wamid.question")["id"]
        );
        assert_eq!(find("wamid.answer")["status"], "read");
        assert_eq!(find("wamid.question")["text"]["body"], "In blue?");
    };
    // All at once, after a report of one of them.
    app.meta_reports(NUMBER, delivered.clone()).await;
    let all = [
        reaction.clone(),
        answer.clone(),
        edit.clone(),
        question.clone(),
    ];
    app.receive(&chunk_of(0, 20, &all)).await;
    check(&owner).await;

    // One after another, what speaks of others first.
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    for message in [&reaction, &edit, &question, &answer] {
        app.receive(&chunk_of(0, 20, std::slice::from_ref(message)))
            .await;
    }
    check(&owner).await;

    // And last.
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    for message in [&question, &answer, &reaction, &edit] {
        app.receive(&chunk_of(0, 20, std::slice::from_ref(message)))
            .await;
    }
    check(&owner).await;
}

#[actix_web::test]
async fn a_file_comes_after_its_placeholder_or_before() {
    for backend in backends() {
        for file_comes_first in [false, true] {
            let app = TestApp::on(backend).await;
            let owner = shop(&app).await;
            app.cloud_api.add_media("9", "image/jpeg", &b"pixels"[..]);
            let mut placeholder = heard(&app, "wamid.photo", 50);
            placeholder["type"] = json!("media_placeholder");
            placeholder.as_object_mut().unwrap().remove("text");
            let mut file = placeholder.clone();
            file["type"] = json!("image");
            file["image"] = json!({"id": "9", "mime_type": "image/jpeg", "caption": "terracotta"});
            file.as_object_mut().unwrap().remove("history_context");
            let placeholder = chunk_of(0, 20, &[placeholder]);
            let file = phone_says("history", &json!({ "messages": [file] }));
            let (first, second) = if file_comes_first {
                (&file, &placeholder)
            } else {
                (&placeholder, &file)
            };
            app.receive(first).await;
            if !file_comes_first {
                let waiting = messages_of_only_chat(&owner).await;
                assert_eq!(waiting[0]["type"], "unsupported");
            }
            for body in [second, first, second] {
                app.receive(body).await;
            }
            let shown = messages_of_only_chat(&owner).await;
            assert_eq!(shown.len(), 1);
            assert_eq!(shown[0]["type"], "image");
            assert_eq!(shown[0]["image"]["caption"], "terracotta");
            let media_id = shown[0]["image"]["mediaId"].as_str().unwrap();
            let url = owner.client.get(&format!("/api/media/{media_id}")).await;
            url.assert_status(302);
            let found = owner.client.get("/api/messages/search?q=terracotta").await;
            assert_eq!(found.data().len(), 1);
            let chat = owner.chats().await.remove(0);
            assert_eq!(chat["status"], "resolved");
            assert_eq!(chat["unreadCount"], 0);
            let downloads = app.cloud_api.calls();
            let downloads = downloads
                .iter()
                .filter(|it| format!("{it:?}").contains("Download"));
            assert_eq!(downloads.count(), 1);
            assert!(left_overs(&app).await.is_empty());
        }
    }
}

#[actix_web::test]
async fn one_person_of_the_past_and_of_now_is_one_person() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        // Mexican mobile numbers are written with a 1 after the country code, or without.
        let (with_one, without_one) = ("5215512345678", "525512345678");
        app.customer_writes(NUMBER, with_one, "Hola").await;
        let mut past = heard(&app, "wamid.past", 50);
        past["from"] = json!(without_one);
        let mut by_user_id = heard(&app, "wamid.by-user-id", 40);
        by_user_id["from"] = json!(without_one);
        by_user_id["from_user_id"] = json!("MX.1");
        let threads = json!([{"id": without_one, "messages": [past, by_user_id]}]);
        app.receive(&chunk(0, 20, &threads)).await;
        // Known by the user id alone, from now on as well.
        let mut hidden = heard(&app, "wamid.hidden", 30);
        hidden.as_object_mut().unwrap().remove("from");
        let threads = json!([{"id": "MX.1", "messages": [hidden]}]);
        app.receive(&chunk(0, 40, &threads)).await;
        assert_eq!(messages_of_only_chat(&owner).await.len(), 4);
        let contacts = owner.client.get("/api/whatsapp/contacts").await.data();
        assert_eq!(contacts.len(), 1);
        assert_eq!(contacts[0]["userId"], "MX.1");
        let customers = owner.client.get("/api/customers").await.data();
        assert_eq!(customers.len(), 1);
    }
}

#[actix_web::test]
async fn what_an_owner_typed_is_the_same_in_the_history() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    receive_echo(&app, typed(&app, "wamid.echo", "Typed")).await;
    app.clock.advance(Duration::from_secs(60));
    let messages = [
        said(&app, "wamid.echo", 1, "read"),
        heard(&app, "wamid.old", 9),
    ];
    app.receive(&chunk_of(0, 20, &messages)).await;
    let shown = messages_of_only_chat(&owner).await;
    assert_eq!(wamids(&shown), ["wamid.echo", "wamid.old"]);
    assert_eq!(shown[0]["text"]["body"], "Typed");
}
