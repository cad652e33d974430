//! Deliveries that Meta would not send, signed by whoever has an app of their own.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use domain::whatsapp::LeftOverReason;
use serde_json::json;
use tests::{
    app::{TestApp, change_body, sign},
    client::Owner,
};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use super::{CUSTOMER, NUMBER, left_overs, messages_of_only_chat, shop, text, texts};

const SECRET: &str = "the-secret-of-sols-own-app";

/// Counts the lines that warn.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() <= Level::WARN {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Connects the number 2, whose deliveries Sol's own app signs.
async fn sol(app: &TestApp) -> Owner {
    let sol = app.register("Sol").await;
    let account = json!({
        "phoneNumberId": "2", "businessAccountId": "20", "accessToken": "t", "displayName": "Sol",
        "appSecret": SECRET,
    });
    let connected = sol.client.post("/api/whatsapp/accounts", account).await;
    connected.assert_status(201);
    app.run_jobs().await;
    sol
}

#[actix_web::test]
async fn a_list_of_a_million_is_kept_in_one_piece() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let value = json!({
        "metadata": {"phone_number_id": NUMBER},
        "messages": [text("wamid.1", "Hola")],
        "statuses": vec![1; 1_000_000],
    });
    app.receive(&change_body("messages", &value)).await;
    assert_eq!(texts(&messages_of_only_chat(&owner).await), ["Hola"]);
    let kept = left_overs(&app).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].reason, LeftOverReason::Malformed);
    assert_eq!(kept[0].content, value["statuses"]);
}

#[actix_web::test]
async fn a_delivery_full_of_nonsense_makes_one_line_in_the_log() {
    let app = TestApp::start().await;
    shop(&app).await;
    let value = json!({"metadata": {"phone_number_id": NUMBER}, "messages": vec![1; 1_000]});
    app.deliver(&change_body("messages", &value))
        .await
        .assert_status(200);
    let warnings = Warnings::default();
    let subscriber = tracing_subscriber::registry().with(warnings.clone());
    let guard = tracing::subscriber::set_default(subscriber);
    app.run_jobs().await;
    drop(guard);
    assert_eq!(warnings.0.load(Ordering::Relaxed), 1);
    assert_eq!(left_overs(&app).await.len(), 100, "a page of them");
}

#[actix_web::test]
async fn what_another_business_signed_is_not_taken_up_when_a_number_is_connected() {
    let app = TestApp::start().await;
    let sol = sol(&app).await;
    let change = |number: &str, body: &str| {
        json!({"field": "messages", "value": {
            "metadata": {"phone_number_id": number}, "messages": [text("wamid.1", body)]}})
    };
    let body = json!({"entry": [
        {"id": "20", "changes": [change("2", "to Sol"), change(NUMBER, "forged")]},
    ]});
    let body = body.to_string().into_bytes();
    app.deliver_signed(&body, &sign(SECRET, &body))
        .await
        .assert_status(200);
    let luna = app.register("Luna").await;
    app.customer_writes(NUMBER, CUSTOMER, "to Luna").await;
    assert_eq!(texts(&messages_of_only_chat(&sol).await), ["to Sol"]);
    assert_eq!(left_overs(&app).await.len(), 2);

    luna.connects(NUMBER).await;
    assert_eq!(app.run_jobs().await, 1, "the delivery of the platform's");
    assert_eq!(texts(&messages_of_only_chat(&luna).await), ["to Luna"]);
    let kept = left_overs(&app).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].reason, LeftOverReason::UnknownAccount);
}
