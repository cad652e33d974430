//! Meta's webhook: what is accepted, and what becomes of it.

mod coexistence;
mod disorder;
mod duties;
mod fixtures;
mod floods;
mod merging;
mod people;

use domain::page::{PageRequest, Window};
use domain::whatsapp::{LeftOver, LeftOverReason};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{
    app::{APP_SECRET, TestApp, VERIFY_TOKEN, change_body, messages_body, sign},
    client::Owner,
    stores::backends,
};

const PATH: &str = "/api/whatsapp/webhook";
const NUMBER: &str = "106540352242922";
const BUSINESS_ACCOUNT: &str = "102290129340398";
const CUSTOMER: &str = "14155550123";

/// A shop with a connected number.
async fn shop(app: &TestApp) -> Owner {
    let owner = app.register("Luna").await;
    owner.connects(NUMBER).await;
    app.run_jobs().await;
    owner
}

fn text(wamid: &str, body: &str) -> Value {
    json!({"from": CUSTOMER, "id": wamid, "timestamp": "1788253200", "type": "text", "text": {"body": body}})
}

fn texts(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["text"]["body"].as_str().unwrap())
        .collect()
}

async fn left_overs(app: &TestApp) -> Vec<LeftOver> {
    let page = PageRequest {
        window: Window::Newest,
        limit: 100,
    };
    let system = app.application.ports.store.read_system();
    system
        .deliveries()
        .list_left_overs(page)
        .await
        .unwrap()
        .rows
}

async fn messages_of_only_chat(owner: &Owner) -> Vec<Value> {
    let chats = owner.chats().await;
    assert_eq!(chats.len(), 1, "{chats:#?}");
    owner.messages(chats[0]["id"].as_str().unwrap()).await
}

#[actix_web::test]
async fn the_challenge_is_answered_to_whoever_knows_the_token() {
    let app = TestApp::start().await;
    let verify = async |query: String| app.anybody().get(&format!("{PATH}?{query}")).await;
    let right = verify(format!(
        "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={VERIFY_TOKEN}&extra=1"
    ))
    .await;
    assert_eq!(right.assert_status(200).text(), "1158201444");
    assert!(
        right
            .header("content-type")
            .unwrap()
            .starts_with("text/plain")
    );
    for query in [
        String::new(),
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=guess".to_owned(),
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=".to_owned(),
        format!("hub.mode=unsubscribe&hub.challenge=1&hub.verify_token={VERIFY_TOKEN}"),
        format!("hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}"),
        format!("hub.mode=%ff&hub.challenge=1&hub.verify_token={VERIFY_TOKEN}"),
    ] {
        verify(query)
            .await
            .assert_problem(403, "verification_failed");
    }
}

#[actix_web::test]
async fn what_is_not_signed_by_meta_is_refused_and_leaves_no_trace() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let body = messages_body(NUMBER, CUSTOMER, &[text("wamid.1", "forged")]);
    let with_other_secret = sign("another secret", &body);
    let of_other_body = sign(APP_SECRET, b"{}");
    let upper_case_scheme = sign(APP_SECRET, &body).replace("sha256", "SHA256");
    for signature in [
        "",
        "sha256=",
        "nonsense",
        &with_other_secret,
        &of_other_body,
        &upper_case_scheme,
    ] {
        app.deliver_signed(&body, signature)
            .await
            .assert_problem(401, "invalid_signature");
    }
    let unsigned = app
        .anybody()
        .request(reqwest::Method::POST, PATH)
        .body(body)
        .send()
        .await;
    unsigned.assert_problem(401, "invalid_signature");
    assert_eq!(app.run_jobs().await, 0);
    assert!(owner.chats().await.is_empty());
}

#[actix_web::test]
async fn three_megabytes_are_taken_and_more_is_refused() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let body = |size: usize| {
        let empty = messages_body(NUMBER, CUSTOMER, &[text("wamid.1", "")]).len();
        messages_body(
            NUMBER,
            CUSTOMER,
            &[text("wamid.1", &"a".repeat(size - empty))],
        )
    };
    app.receive(&body(3 << 20)).await;
    assert_eq!(messages_of_only_chat(&owner).await.len(), 1);
    app.deliver(&body((3 << 20) + 1))
        .await
        .assert_problem(413, "payload_too_large");
}

#[actix_web::test]
async fn a_message_reaches_the_inbox() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.receive(&messages_body(
        NUMBER,
        CUSTOMER,
        &[text("wamid.1", "¿Tienen café? ☕")],
    ))
    .await;
    let chats = owner.chats().await;
    assert_eq!(chats[0]["unreadCount"], 1);
    assert_eq!(chats[0]["customer"]["name"], "Sheena Nelson");
    assert_eq!(chats[0]["customer"]["phoneNumber"], format!("+{CUSTOMER}"));
    assert_eq!(chats[0]["lastMessage"]["text"]["body"], "¿Tienen café? ☕");
    let messages = messages_of_only_chat(&owner).await;
    assert_eq!(messages[0]["wamid"], "wamid.1");
    assert_eq!(messages[0]["direction"], "inbound");
    assert_eq!(messages[0]["status"], "received");
    assert_eq!(messages[0]["createdAt"], "2026-09-01T09:00:00Z");
    assert!(left_overs(&app).await.is_empty());
}

#[actix_web::test]
async fn what_comes_again_changes_nothing() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let body = messages_body(NUMBER, CUSTOMER, &[text("wamid.1", "once")]);
        let deliveries = (0..10).map(|_| app.deliver(&body));
        for answer in join_all(deliveries).await {
            answer.assert_status(200);
        }
        app.run_jobs().await;
        app.receive(&body).await;
        assert_eq!(messages_of_only_chat(&owner).await.len(), 1);
        assert_eq!(owner.chats().await[0]["unreadCount"], 1);
    }
}

#[actix_web::test]
async fn a_thousand_messages_in_one_delivery_are_all_taken_in() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let messages: Vec<_> = (0..1_000)
            .map(|n| {
                let mut message = text(&format!("wamid.{n}"), &n.to_string());
                message["from"] = json!((14_155_550_000_u64 + n % 10).to_string());
                message
            })
            .collect();
        app.receive(&messages_body(NUMBER, CUSTOMER, &messages))
            .await;
        let chats = owner.chats().await;
        assert_eq!(chats.len(), 10);
        for chat in chats {
            assert_eq!(chat["unreadCount"], 100);
        }
        assert!(left_overs(&app).await.is_empty());
    }
}

#[actix_web::test]
async fn one_bad_item_spoils_no_sibling_and_is_kept() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let bad = [
        json!("?"),
        json!({"from": CUSTOMER}),
        json!({"id": "wamid.9"}),
    ];
    let mut messages = vec![text("wamid.1", "before")];
    messages.extend(bad.clone());
    // Left where somebody who was erased was taken out: it says nothing.
    messages.push(json!(null));
    messages.push(text("wamid.2", "after"));
    let value = json!({
        "metadata": {"phone_number_id": NUMBER},
        "messages": messages,
        "statuses": [{"status": "sent"}, 7],
    });
    app.receive(&change_body("messages", &value)).await;
    assert_eq!(
        texts(&messages_of_only_chat(&owner).await),
        ["after", "before"]
    );
    let kept = left_overs(&app).await;
    assert_eq!(kept.len(), bad.len() + 2);
    assert!(
        kept.iter()
            .all(|kept| kept.reason == LeftOverReason::Malformed)
    );
}

#[actix_web::test]
async fn a_delivery_that_is_not_even_json_is_kept() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        for body in [b"not JSON \0 \xff".as_slice(), b"", b"[]"] {
            app.receive(body).await;
        }
        let kept = left_overs(&app).await;
        assert_eq!(kept.len(), 3);
        assert!(
            kept.iter()
                .any(|kept| kept.content == json!("not JSON \u{fffd} \u{fffd}"))
        );
    }
}

#[actix_web::test]
async fn what_came_before_the_number_was_connected_is_taken_in_then() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        for n in 0..3 {
            let message = text(&format!("wamid.{n}"), &n.to_string());
            app.receive(&messages_body(NUMBER, CUSTOMER, &[message]))
                .await;
        }
        assert_eq!(left_overs(&app).await.len(), 3);
        assert!(owner.chats().await.is_empty());

        owner.connects(NUMBER).await;
        app.run_jobs().await;

        assert_eq!(messages_of_only_chat(&owner).await.len(), 3);
        assert!(left_overs(&app).await.is_empty());
    }
}

#[actix_web::test]
async fn one_delivery_may_concern_two_businesses() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        luna.connects("1").await;
        sol.connects("2").await;
        let change = |number: &str, wamid: &str, body: &str| {
            json!({"field": "messages", "value": {
                "metadata": {"phone_number_id": number}, "messages": [text(wamid, body)],
            }})
        };
        let body = json!({"entry": [
            {"id": "10", "changes": [change("1", "wamid.1", "to Luna"), change("3", "wamid.3", "to nobody")]},
            // Wamids are unique in an account only.
            {"id": "20", "changes": [change("2", "wamid.1", "to Sol")]},
        ]});
        app.receive(body.to_string().as_bytes()).await;
        assert_eq!(texts(&messages_of_only_chat(&luna).await), ["to Luna"]);
        assert_eq!(texts(&messages_of_only_chat(&sol).await), ["to Sol"]);
        let kept = left_overs(&app).await;
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].reason, LeftOverReason::UnknownAccount);
        assert_eq!(kept[0].phone_number_id.as_ref().unwrap().0, "3");
    }
}

#[actix_web::test]
async fn an_app_secret_of_ones_own_speaks_for_nobody_else() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    luna.connects("1").await;
    let own = json!({
        "phoneNumberId": "2", "businessAccountId": "20", "accessToken": "t", "displayName": "Sol",
        "appSecret": "the-secret-of-sols-own-app",
    });
    sol.client
        .post("/api/whatsapp/accounts", own)
        .await
        .assert_status(201);
    let signed_by_sol = async |body: &[u8]| {
        let answer = app
            .deliver_signed(body, &sign("the-secret-of-sols-own-app", body))
            .await;
        app.run_jobs().await;
        answer
    };

    let for_sol = messages_body("2", CUSTOMER, &[text("wamid.1", "to Sol")]);
    signed_by_sol(&for_sol).await.assert_status(200);
    assert_eq!(texts(&messages_of_only_chat(&sol).await), ["to Sol"]);

    let for_luna = messages_body("1", CUSTOMER, &[text("wamid.1", "forged")]);
    signed_by_sol(&for_luna)
        .await
        .assert_problem(401, "invalid_signature");

    // Hidden behind something that Sol may say.
    let both = json!({"entry": [
        {"id": "20", "changes": [{"field": "messages", "value": {
            "metadata": {"phone_number_id": "2"}, "messages": [text("wamid.2", "again")]}}]},
        {"id": "10", "changes": [{"field": "messages", "value": {
            "metadata": {"phone_number_id": "1"}, "messages": [text("wamid.2", "forged")]}}]},
        {"id": BUSINESS_ACCOUNT, "changes": [{"field": "account_update", "value": {"event": "ACCOUNT_DELETED"}}]},
    ]});
    signed_by_sol(both.to_string().as_bytes())
        .await
        .assert_status(200);
    assert!(luna.chats().await.is_empty());
    let accounts = luna.client.get("/api/whatsapp/accounts").await.data();
    assert_eq!(accounts[0]["status"], "connected");
    assert_eq!(left_overs(&app).await.len(), 2);

    // Its own account's news carry no phone number id.
    let own_news = json!({"entry": [{"id": "20", "changes": [
        {"field": "account_update", "value": {"event": "ACCOUNT_DELETED"}}]}]});
    signed_by_sol(own_news.to_string().as_bytes())
        .await
        .assert_status(200);
    let accounts = sol.client.get("/api/whatsapp/accounts").await.data();
    assert_eq!(accounts[0]["status"], "restricted");

    // The platform may still deliver for Sol.
    app.receive(&messages_body(
        "2",
        CUSTOMER,
        &[text("wamid.3", "by the platform")],
    ))
    .await;
    assert_eq!(messages_of_only_chat(&sol).await.len(), 3);
}

#[actix_web::test]
async fn what_a_database_cannot_keep_hurts_nothing_else() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let mut endless = text(&"w".repeat(100_000), "endless id");
        endless["from"] = json!("1".repeat(100_000));
        let messages = [text("wamid.1", "a\0b"), endless, text("wamid.2", "after")];
        app.receive(&messages_body(NUMBER, CUSTOMER, &messages))
            .await;
        let mut found = Vec::new();
        for chat in owner.chats().await {
            found.extend(owner.messages(chat["id"].as_str().unwrap()).await);
        }
        let found = texts(&found);
        assert!(found.contains(&"a\u{fffd}b"), "{found:?}");
        assert!(found.contains(&"after"), "{found:?}");
        let kept = left_overs(&app).await;
        let is_kept = kept
            .iter()
            .any(|kept| kept.reason == LeftOverReason::Failed);
        assert!(found.contains(&"endless id") || is_kept, "{kept:?}");
    }
}
