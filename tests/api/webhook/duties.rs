//! What Meta's errors oblige to when they come by webhook.

use std::time::Duration;

use domain::whatsapp::LeftOverReason;
use serde_json::{Value, json};
use tests::{
    app::{TestApp, change_body},
    client::Owner,
    stores::backends,
};

use super::{CUSTOMER, NUMBER, left_overs, shop};

async fn account(owner: &Owner) -> Value {
    let accounts = owner.client.get("/api/whatsapp/accounts").await.data();
    accounts[0].clone()
}

/// A message that Meta accepted; answers its wamid.
async fn sent_message(app: &TestApp, owner: &Owner) -> String {
    app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
    let chat_id = owner.chats().await[0]["id"].as_str().unwrap().to_owned();
    owner.writes(&chat_id, "Hello").await.assert_status(202);
    app.run_jobs().await;
    let messages = owner.messages(&chat_id).await;
    messages[0]["wamid"].as_str().unwrap().to_owned()
}

fn failure(wamid: &str, error: &Value) -> Value {
    json!({
        "id": wamid, "status": "failed", "timestamp": "1788253300", "recipient_id": CUSTOMER,
        "errors": [error],
    })
}

async fn meta_reports_errors(app: &TestApp, errors: &Value) {
    let value = json!({"metadata": {"phone_number_id": NUMBER}, "errors": errors});
    app.receive(&change_body("messages", &value)).await;
}

#[actix_web::test]
async fn a_failure_that_is_reported_later_pauses_the_account_too() {
    for backend in backends() {
        for (code, status) in [(190, "needs_reauth"), (131_031, "restricted")] {
            let app = TestApp::on(backend).await;
            let owner = shop(&app).await;
            let wamid = sent_message(&app, &owner).await;
            let error = json!({"code": code, "title": "So it goes"});
            app.meta_reports(NUMBER, failure(&wamid, &error)).await;
            let account = account(&owner).await;
            assert_eq!(account["status"], status);
            assert!(account["statusReason"].is_string());
        }
    }
}

#[actix_web::test]
async fn a_failure_of_the_message_alone_pauses_nothing() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    for error in [json!({"code": 131_026}), json!({"title": "no code"})] {
        let wamid = sent_message(&app, &owner).await;
        app.meta_reports(NUMBER, failure(&wamid, &error)).await;
        assert_eq!(account(&owner).await["status"], "connected");
    }
}

#[actix_web::test]
async fn a_failure_of_a_message_that_arrived_pauses_nothing() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    let wamid = sent_message(&app, &owner).await;
    let delivered = json!({"id": wamid, "status": "delivered", "timestamp": "1788253300"});
    app.meta_reports(NUMBER, delivered).await;
    app.meta_reports(NUMBER, failure(&wamid, &json!({"code": 190})))
        .await;
    assert_eq!(account(&owner).await["status"], "connected");
}

#[actix_web::test]
async fn an_error_of_the_number_itself_pauses_it() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    meta_reports_errors(&app, &json!([{"code": 130_429}, {"message": "no code"}])).await;
    assert_eq!(account(&owner).await["status"], "connected");
    let kept = left_overs(&app).await;
    assert_eq!(kept.len(), 2);
    assert!(
        kept.iter()
            .all(|kept| kept.reason == LeftOverReason::Unused)
    );

    meta_reports_errors(&app, &json!([{"code": 190, "title": "Bad token"}])).await;
    assert_eq!(account(&owner).await["status"], "needs_reauth");
    assert_eq!(left_overs(&app).await.len(), 2);
}

#[actix_web::test]
async fn an_error_from_before_the_number_was_connected_does_not_pause_it() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    meta_reports_errors(&app, &json!([{"code": 190}])).await;
    app.after(Duration::from_secs(1)).await;
    owner.connects(NUMBER).await;
    app.run_jobs().await;
    assert_eq!(account(&owner).await["status"], "connected");
    let kept = left_overs(&app).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].reason, LeftOverReason::Unused);
}
