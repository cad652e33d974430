//! A restriction of Meta's that leaves answers alone.

use std::time::Duration;

use super::health::announce;
use super::*;

const STRANGER: &str = "14155550177";

fn template() -> Value {
    json!({"type": "template", "template": {"name": "hello", "language": "en"}})
}

async fn restrict(app: &TestApp, kinds: &[&str]) {
    let until = app.now() + 48 * 3600;
    let info: Vec<_> = kinds
        .iter()
        .map(|kind| json!({"restriction_type": kind, "expiration": until}))
        .collect();
    let restriction = json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": info});
    announce(app, "account_update", restriction).await;
}

/// The chat with somebody who writes now.
async fn chat_with(app: &TestApp, owner: &Owner, phone: &str) -> String {
    app.customer_writes(NUMBER, phone, "Hello").await;
    let chats = owner.chats().await;
    let number = format!("+{phone}");
    let chat = chats
        .iter()
        .find(|chat| chat["customer"]["phoneNumber"] == number.as_str());
    chat.unwrap()["id"].as_str().unwrap().to_owned()
}

async fn sends(owner: &Owner, chat: &str, message: Value) -> tests::client::Answer {
    let path = format!("/api/chats/{chat}/messages");
    owner.client.post(&path, message).await
}

#[actix_web::test]
async fn who_wrote_is_answered_while_nobody_else_may_be_written_to() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let account = connect(&owner).await;
        let silent = chat_with(&app, &owner, STRANGER).await;
        app.clock.advance(Duration::from_hours(25));
        let owner = given::again(&app, &owner).await;
        let talking = chat_with(&app, &owner, CUSTOMER).await;
        // What was written before, and has not left yet.
        let outage = CloudApiError::NotReached("no route".into());
        app.cloud_api
            .answer_next(CallKind::Send, Answer::Fail(outage));
        let waits = sends(&owner, &silent, template()).await;
        waits.assert_status(202);

        restrict(&app, &["RESTRICTED_BIZ_INITIATED_MESSAGING"]).await;
        let shown = owner.client.get(&path_of(&account)).await.json();
        assert_eq!(shown["status"], "restricted");
        assert_eq!(shown["mayAnswer"], true);
        let reason = shown["statusReason"].as_str().unwrap();
        assert!(reason.contains("can still be answered"), "{reason}");

        owner
            .writes(&talking, "We are here")
            .await
            .assert_status(202);
        sends(&owner, &silent, template())
            .await
            .assert_problem(409, "account_restricted");
        app.after(Duration::from_mins(10)).await;
        let status = async |chat: &str| owner.messages(chat).await[0]["status"].clone();
        assert_eq!(status(&talking).await, "sent");
        assert_eq!(status(&silent).await, "queued");

        // Who writes now may be answered, also with what waited.
        app.customer_writes(NUMBER, STRANGER, "Me too").await;
        app.after(Duration::from_mins(2)).await;
        let messages = owner.messages(&silent).await;
        assert!(messages.iter().all(|it| it["status"] != "queued"));

        restrict(&app, &["RESTRICTED_CUSTOMER_INITIATED_MESSAGING"]).await;
        owner
            .writes(&talking, "Are you there?")
            .await
            .assert_problem(409, "account_restricted");
    }
}

#[actix_web::test]
async fn an_answer_that_meta_refuses_ends_the_answers() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let account = connect(&owner).await;
    let chat = chat_with(&app, &owner, CUSTOMER).await;
    restrict(&app, &["RESTRICTED_BIZ_INITIATED_MESSAGING"]).await;
    app.cloud_api.answer_next(CallKind::Send, refusal(131_031));
    owner.writes(&chat, "We are here").await.assert_status(202);
    app.run_jobs().await;
    let shown = owner.client.get(&path_of(&account)).await.json();
    assert_eq!(shown["status"], "restricted");
    assert_eq!(shown["mayAnswer"], false);
    owner
        .writes(&chat, "Again")
        .await
        .assert_problem(409, "account_restricted");
}
