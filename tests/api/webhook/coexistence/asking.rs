//! Meta gives what a phone knows only to who asks for it.

use domain::whatsapp::{CloudApiError, MetaError, PhoneSync};
use in_memory::{Answer, Call, CallKind};
use serde_json::{Value, json};
use tests::{app::TestApp, stores::backends};

use super::{NUMBER, account, chunk_of, heard};
use crate::webhook::shop;

fn lives_on_a_phone(app: &TestApp) {
    app.cloud_api
        .set_number(|number| number.on_phone = Some(true));
}

fn refuses(app: &TestApp, code: i64) {
    let error = MetaError {
        code,
        title: "No".into(),
        details: Some("It is too late.".into()),
        ..MetaError::default()
    };
    let refusal = Answer::Fail(CloudApiError::Refused(error));
    app.cloud_api.answer_next(CallKind::RequestSync, refusal);
}

fn asked(app: &TestApp) -> Vec<PhoneSync> {
    let calls = app.cloud_api.calls().into_iter();
    calls
        .filter_map(|call| match call {
            Call::RequestSync(what) => Some(what),
            _ => None,
        })
        .collect()
}

#[actix_web::test]
async fn a_phone_is_asked_once_for_its_address_book_and_its_chats() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        lives_on_a_phone(&app);
        let owner = shop(&app).await;
        assert_eq!(asked(&app), [PhoneSync::AddressBook, PhoneSync::History]);
        let connected = account(&owner).await;
        assert_eq!(connected["onPhone"], true);
        assert_eq!(connected["throughputPerSecond"], 20);
        assert_eq!(connected["history"]["status"], "requested");

        let check = format!(
            "/api/whatsapp/accounts/{}/check",
            connected["id"].as_str().unwrap()
        );
        owner.client.post(&check, json!({})).await;
        app.run_jobs().await;
        assert_eq!(asked(&app).len(), 2, "once");

        app.receive(&chunk_of(0, 100, &[heard(&app, "wamid.past", 9)]))
            .await;
        assert_eq!(account(&owner).await["history"]["status"], "complete");
    }
}

#[actix_web::test]
async fn another_number_and_one_that_comes_back_are_asked_anew() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        lives_on_a_phone(&app);
        let owner = shop(&app).await;
        app.receive(&chunk_of(0, 100, &[heard(&app, "wamid.past", 9)]))
            .await;
        let connected = account(&owner).await;
        assert_eq!(connected["history"]["status"], "complete");
        let path = format!(
            "/api/whatsapp/accounts/{}",
            connected["id"].as_str().unwrap()
        );
        let other = json!({"phoneNumberId": "106540352242999"});
        owner.client.put(&path, other).await.assert_status(200);
        app.run_jobs().await;
        assert_eq!(account(&owner).await["history"]["status"], "requested");
        assert_eq!(asked(&app).len(), 4);

        owner.client.delete(&path).await.assert_status(204);
        owner.connects("106540352242999").await;
        app.run_jobs().await;
        assert_eq!(account(&owner).await["history"]["status"], "requested");
        assert_eq!(asked(&app).len(), 6);
    }
}

#[actix_web::test]
async fn a_number_that_lives_on_no_phone_is_asked_for_nothing() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    assert_eq!(asked(&app), []);
    assert_eq!(account(&owner).await["onPhone"], false);
    assert_eq!(account(&owner).await["history"], Value::Null);
}

#[actix_web::test]
async fn what_meta_does_not_give_is_told() {
    let app = TestApp::start().await;
    lives_on_a_phone(&app);
    // Two requests: neither keeps the other from being made.
    refuses(&app, 2_593_107);
    refuses(&app, 2_593_108);
    let owner = shop(&app).await;
    assert_eq!(asked(&app).len(), 2);
    let history = account(&owner).await["history"].clone();
    assert_eq!(history["status"], "failed");
    assert_eq!(history["error"], "It is too late.");
}

#[actix_web::test]
async fn meta_is_asked_again_once_it_can_be_reached() {
    let app = TestApp::start().await;
    lives_on_a_phone(&app);
    let outage = Answer::Fail(CloudApiError::NotReached("no route".into()));
    app.cloud_api.answer_next(CallKind::RequestSync, outage);
    let owner = shop(&app).await;
    assert_eq!(account(&owner).await["history"]["status"], "requested");
    app.after(std::time::Duration::from_hours(1)).await;
    let all = [
        PhoneSync::AddressBook,
        PhoneSync::AddressBook,
        PhoneSync::History,
    ];
    assert_eq!(asked(&app), all);
}

#[actix_web::test]
async fn a_token_that_is_refused_is_waited_for() {
    let app = TestApp::start().await;
    lives_on_a_phone(&app);
    refuses(&app, 190);
    let owner = shop(&app).await;
    let paused = account(&owner).await;
    assert_eq!(paused["status"], "needs_reauth");
    let path = format!("/api/whatsapp/accounts/{}", paused["id"].as_str().unwrap());
    let token = json!({"accessToken": format!("new-token-of-{NUMBER}")});
    owner.client.put(&path, token).await.assert_status(200);
    app.after(std::time::Duration::from_mins(2)).await;
    assert_eq!(asked(&app).last(), Some(&PhoneSync::History));
}
