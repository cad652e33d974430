//! Reading chats; writing in them is in the modules below.

mod answers_of_meta;
mod assigning;
mod assignment;
mod automation;
mod canned_replies;
mod export;
mod files;
mod kinds;
mod labels;
mod notes;
mod products;
pub(crate) mod retention;
mod retrying;
mod search;
mod sending;
mod takeovers;
mod times;
mod visibility;
mod work;

use std::time::Duration;

use domain::organizations::Role;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner, PASSWORD},
};

use crate::given;

pub(crate) const NUMBER: &str = "106540352242922";
pub(crate) const CUSTOMER: &str = "16505551234";

/// A business with one number, and a customer who has just written "Hola".
pub(crate) struct Shop {
    pub(crate) app: TestApp,
    pub(crate) owner: Owner,
    pub(crate) account_id: String,
    pub(crate) chat_id: String,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::on(TestApp::start().await).await
    }

    pub(crate) async fn on(app: TestApp) -> Self {
        let owner = app.register("Luna").await;
        let account_id = owner.connects(NUMBER).await;
        app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
        let chat_id = id_of(&owner.chats().await[0]);
        Self {
            app,
            owner,
            account_id,
            chat_id,
        }
    }

    /// Lets time pass and runs the jobs that are due then. The owner signs in again, as
    /// access tokens live shortly.
    pub(crate) async fn after(&mut self, time: Duration) {
        self.app.after(time).await;
        let body = json!({ "email": self.owner.email, "password": PASSWORD });
        let session = self.app.anybody().post("/api/auth/login", body).await;
        let email = self.owner.email.clone();
        self.owner = Owner::from_session(&self.app.anybody(), &session.json(), email);
    }

    pub(crate) async fn chat(&self) -> Value {
        let path = format!("/api/chats/{}", self.chat_id);
        self.owner.client.get(&path).await.assert_status(200).json()
    }

    pub(crate) async fn message(&self, id: &str) -> Value {
        let messages = self.owner.messages(&self.chat_id).await;
        messages
            .into_iter()
            .find(|message| message["id"] == id)
            .unwrap()
    }

    pub(crate) async fn sends(&self, message: Value) -> Answer {
        let path = format!("/api/chats/{}/messages", self.chat_id);
        self.owner.client.post(&path, message).await
    }

    /// A text that is stored, and not yet delivered; answers its id.
    pub(crate) async fn queues(&self, body: &str) -> String {
        let answer = self.owner.writes(&self.chat_id, body).await;
        id_of(&answer.assert_status(202).json())
    }
}

pub(crate) fn id_of(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

/// What Meta reports of one of our messages.
fn report(wamid: &str, status: &str, our_id: &str) -> Value {
    json!({
        "id": wamid, "status": status, "timestamp": "1788253300", "recipient_id": CUSTOMER,
        "biz_opaque_callback_data": our_id,
    })
}

fn bodies(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["text"]["body"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_chat_is_listed_with_its_customer_its_last_message_and_what_is_unread() {
    let shop = Shop::open().await;
    shop.app
        .customer_writes(NUMBER, CUSTOMER, "Are you open?")
        .await;

    let chats = shop.owner.chats().await;
    assert_eq!(chats.len(), 1);
    let chat = &chats[0];
    assert_eq!(chat["accountId"], shop.account_id);
    assert_eq!(chat["status"], "open");
    assert_eq!(chat["unreadCount"], 2);
    assert_eq!(chat["customer"]["name"], "Sheena Nelson");
    assert_eq!(chat["customer"]["phoneNumber"], format!("+{CUSTOMER}"));
    assert_eq!(chat["customer"]["marketingConsent"], "unknown");
    assert_eq!(chat["lastMessage"]["text"]["body"], "Are you open?");
    assert_eq!(chat["lastMessage"]["direction"], "inbound");
    assert_eq!(chat["windowExpiresAt"], "2026-09-02T09:00:00Z");
    assert_eq!(*chat, shop.chat().await);
}

#[tokio::test]
async fn chats_are_found_by_unread_status_account_and_who_it_is() {
    let shop = Shop::open().await;
    let stranger = domain::id::Id::<()>::generate();
    for (query, found) in [
        ("unread=true", 1),
        ("unread=false", 1),
        ("status=open", 1),
        ("status=resolved", 0),
        ("search=SHEENA", 1),
        ("search=%2B1%20650-555", 1),
        ("search=somebody%20else", 0),
        (&format!("accountId={}", shop.account_id), 1),
        (&format!("accountId={stranger}"), 0),
    ] {
        let answer = shop.owner.client.get(&format!("/api/chats?{query}")).await;
        assert_eq!(answer.assert_status(200).data().len(), found, "{query}");
    }
    let counted = shop
        .owner
        .client
        .get("/api/chats?include=total&status=open")
        .await;
    assert_eq!(counted.json()["total"], 1);
    for (query, pointer) in [
        ("colour=red", "/colour"),
        ("status=lost", "/status"),
        ("limit=101", "/limit"),
        ("cursor=nonsense", "/cursor"),
    ] {
        let answer = shop.owner.client.get(&format!("/api/chats?{query}")).await;
        answer.assert_invalid(pointer);
    }
}

#[tokio::test]
async fn a_chat_that_is_read_has_nothing_unread_and_the_customer_is_shown_so() {
    let shop = Shop::open().await;
    let wamid = shop.app.customer_writes(NUMBER, CUSTOMER, "Hello?").await;
    let path = format!("/api/chats/{}/read", shop.chat_id);

    let read = shop.owner.client.post(&path, json!({})).await;
    assert_eq!(read.assert_status(200).json()["unreadCount"], 0);
    assert_eq!(shop.chat().await["unreadCount"], 0);
    assert!(
        shop.owner
            .client
            .get("/api/chats?unread=true")
            .await
            .data()
            .is_empty()
    );

    shop.owner
        .client
        .post(&path, json!({}))
        .await
        .assert_status(200);
    shop.app.run_jobs().await;
    let receipts: Vec<_> = shop
        .app
        .cloud_api
        .calls()
        .into_iter()
        .filter(|call| matches!(call, in_memory::Call::MarkRead { .. }))
        .collect();
    assert_eq!(receipts, [in_memory::Call::MarkRead { wamid }]);
}

#[tokio::test]
async fn what_a_colleague_has_read_is_still_unread_for_the_others() {
    let shop = Shop::open().await;
    let colleague = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let path = format!("/api/chats/{}/read", shop.chat_id);
    colleague
        .client
        .post(&path, json!({}))
        .await
        .assert_status(200);
    assert_eq!(colleague.chats().await[0]["unreadCount"], 0);
    assert_eq!(shop.chat().await["unreadCount"], 1);
}

#[tokio::test]
async fn the_history_leads_on_in_both_directions_from_any_message() {
    let shop = Shop::open().await;
    for number in 1..=9 {
        shop.app.clock.advance(Duration::from_secs(1));
        shop.app
            .customer_writes(NUMBER, CUSTOMER, &number.to_string())
            .await;
    }
    let path = format!("/api/chats/{}/messages", shop.chat_id);
    let get = async |query: String| {
        let answer = shop.owner.client.get(&format!("{path}?{query}")).await;
        answer.assert_status(200).json()
    };
    let rows = |page: &Value| page["data"].as_array().unwrap().clone();

    let newest = get("limit=4&include=total".into()).await;
    assert_eq!(bodies(&rows(&newest)), ["9", "8", "7", "6"]);
    assert_eq!(newest["total"], 10);
    assert_eq!(newest["previousCursor"], Value::Null);
    let older = get(format!(
        "limit=4&cursor={}",
        newest["nextCursor"].as_str().unwrap()
    ))
    .await;
    assert_eq!(bodies(&rows(&older)), ["5", "4", "3", "2"]);
    let oldest = get(format!(
        "limit=4&cursor={}",
        older["nextCursor"].as_str().unwrap()
    ))
    .await;
    assert_eq!(bodies(&rows(&oldest)), ["1", "Hola"]);
    assert_eq!(oldest["nextCursor"], Value::Null);

    let anchor = id_of(&rows(&older)[1]);
    let around = get(format!("limit=5&around={anchor}")).await;
    assert_eq!(bodies(&rows(&around)), ["6", "5", "4", "3", "2"]);
    let newer = get(format!(
        "limit=2&cursor={}",
        around["previousCursor"].as_str().unwrap()
    ))
    .await;
    assert_eq!(bodies(&rows(&newer)), ["8", "7"]);

    let unknown = domain::id::Id::<()>::generate();
    let nowhere = shop
        .owner
        .client
        .get(&format!("{path}?around={unknown}"))
        .await;
    nowhere.assert_problem(404, "not_found");
    assert_eq!(shop.chat().await["unreadCount"], 10);
}

#[tokio::test]
async fn a_conversation_is_found_by_phone_number_or_customer() {
    let shop = Shop::open().await;
    let customer = shop.chat().await["customer"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for contact in [
        customer.as_str(),
        "%2B1%20650%20555%201234",
        "%2B16505551234",
    ] {
        let path = format!("/api/whatsapp/messages?contact={contact}");
        let messages = shop.owner.client.get(&path).await;
        assert_eq!(
            bodies(&messages.assert_status(200).data()),
            ["Hola"],
            "{contact}"
        );
    }
    let nobody = shop
        .owner
        .client
        .get("/api/whatsapp/messages?contact=%2B14155552671")
        .await;
    assert!(nobody.assert_status(200).data().is_empty());
    let nonsense = shop
        .owner
        .client
        .get("/api/whatsapp/messages?contact=nobody")
        .await;
    nonsense.assert_invalid("/contact");
    let missing = shop.owner.client.get("/api/whatsapp/messages").await;
    missing.assert_invalid("/contact");
}

#[tokio::test]
async fn another_organization_sees_nothing_of_a_chat() {
    let shop = Shop::open().await;
    let message_id = shop.queues("Hello").await;
    let customer = shop.chat().await["customer"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = shop.app.register("Sol").await;
    other.connects("206540352242922").await;
    let chat = format!("/api/chats/{}", shop.chat_id);
    let text = json!({ "type": "text", "text": { "body": "Hi" } });

    assert!(other.chats().await.is_empty());
    for path in [
        chat.clone(),
        format!("{chat}/messages"),
        format!("{chat}/messages?around={message_id}"),
        format!("/api/whatsapp/messages?contact={customer}"),
    ] {
        other
            .client
            .get(&path)
            .await
            .assert_problem(404, "not_found");
    }
    for (path, body) in [
        (format!("{chat}/messages"), text.clone()),
        (format!("{chat}/read"), json!({})),
        (format!("{chat}/messages/{message_id}/retry"), json!({})),
        (
            "/api/whatsapp/messages".into(),
            json!({ "to": customer, "type": "text", "text": { "body": "Hi" } }),
        ),
        (
            "/api/whatsapp/messages".into(),
            json!({
                "accountId": shop.account_id, "to": "+14155552671",
                "type": "text", "text": { "body": "Hi" },
            }),
        ),
    ] {
        other
            .client
            .post(&path, body)
            .await
            .assert_problem(404, "not_found");
    }
    let nobody = shop.app.anybody();
    nobody
        .get(&chat)
        .await
        .assert_problem(401, "unauthenticated");
    nobody
        .post(&format!("{chat}/messages"), text)
        .await
        .assert_problem(401, "unauthenticated");
}
