//! Numbers that a business connects, and the files that come through them.

mod alerts;
mod becoming;
mod contacts;
mod health;
mod media;
mod outages;
mod restrictions;
mod uploads;

use domain::{
    organizations::Role,
    whatsapp::{CloudApiError, MetaError},
};
use futures_util::future::join_all;
use in_memory::{Answer, Call, CallKind};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use crate::given;

const PATH: &str = "/api/whatsapp/accounts";
const NUMBER: &str = "106540352242922";
const CUSTOMER: &str = "14155550123";

fn account(phone_number_id: &str) -> Value {
    json!({
        "phoneNumberId": phone_number_id, "businessAccountId": "102290129340398",
        "accessToken": "EAAG-secret-token", "displayName": " Main number ",
    })
}

fn refusal(code: i64) -> Answer {
    Answer::Fail(CloudApiError::Refused(MetaError {
        code,
        title: "Meta's words".into(),
        ..MetaError::default()
    }))
}

async fn connect(owner: &Owner) -> Value {
    owner
        .client
        .post(PATH, account(NUMBER))
        .await
        .assert_status(201)
        .json()
}

fn path_of(account: &Value) -> String {
    format!("{PATH}/{}", account["id"].as_str().unwrap())
}

#[actix_web::test]
async fn a_connected_number_shows_what_meta_says_of_it_and_no_secret() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let answer = owner.client.post(PATH, account(NUMBER)).await;
    let created = answer.assert_status(201).json();
    assert_eq!(answer.header("location"), Some(path_of(&created).as_str()));
    assert_eq!(created["displayName"], "Main number");
    assert_eq!(created["status"], "connected");
    assert_eq!(created["displayPhoneNumber"], "+1 555-010-0000");
    assert_eq!(created["qualityRating"], "GREEN");
    assert_eq!(created["messagingLimit"], "TIER_2K");
    assert_eq!(created["throughputPerSecond"], 80);
    assert_eq!(created["sendReadReceipts"], true);
    assert_eq!(created["hasAppSecret"], false);
    assert!(!answer.text().contains("secret-token"), "{}", answer.text());
    assert_eq!(
        app.cloud_api.calls(),
        [
            Call::PhoneNumber,
            Call::PhoneNumber,
            Call::Token,
            Call::Subscribe,
            Call::SubscribedApps
        ]
    );

    let shown = owner.client.get(&path_of(&created)).await;
    assert_eq!(shown.assert_status(200).json(), created);
    let tag = format!("\"{}\"", created["version"]);
    assert_eq!(shown.header("etag"), Some(tag.as_str()));
    let list = owner
        .client
        .get(&format!("{PATH}?include=total"))
        .await
        .json();
    assert_eq!(
        list,
        json!({"data": [created], "nextCursor": null, "total": 1})
    );
}

#[actix_web::test]
async fn whatever_is_missing_or_wrong_is_told_at_once() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let empty = owner.client.post(PATH, json!({"token": "x"})).await;
    for pointer in [
        "/phoneNumberId",
        "/businessAccountId",
        "/accessToken",
        "/displayName",
        "/token",
    ] {
        empty.assert_invalid(pointer);
    }
    let mut wrong = account("12 34");
    wrong["accessToken"] = json!("line\nbreak");
    wrong["appSecret"] = json!("");
    let wrong = owner.client.post(PATH, wrong).await;
    for pointer in ["/phoneNumberId", "/accessToken", "/appSecret"] {
        wrong.assert_invalid(pointer);
    }
}

#[actix_web::test]
async fn a_number_is_connected_once_in_the_whole_installation() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        connect(&luna).await;
        for owner in [&luna, &sol] {
            let answer = owner.client.post(PATH, account(NUMBER)).await;
            answer.assert_problem(409, "phone_number_id_taken");
            assert!(!answer.text().contains("Luna"));
        }
        let other = sol.client.post(PATH, account("2")).await.json();
        let moved = sol
            .client
            .put(&path_of(&other), json!({"phoneNumberId": NUMBER}))
            .await;
        moved.assert_problem(409, "phone_number_id_taken");
    }
}

#[actix_web::test]
async fn of_two_who_connect_a_number_at_once_one_wins() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        let answers = join_all([&luna, &sol, &luna, &sol].map(|owner| {
            let connected = owner.client.post(PATH, account(NUMBER));
            async { connected.await.status }
        }))
        .await;
        let count = |status: u16| answers.iter().filter(|answer| **answer == status).count();
        assert_eq!((count(201), count(409)), (1, 3), "{answers:?}");
    }
}

#[actix_web::test]
async fn agents_may_look_and_strangers_may_not_even_that() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let path = path_of(&connect(&owner).await);
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    agent.client.get(&path).await.assert_status(200);
    assert_eq!(agent.client.get(PATH).await.data().len(), 1);
    agent
        .client
        .post(PATH, account("2"))
        .await
        .assert_problem(403, "forbidden");
    agent
        .client
        .put(&path, json!({"displayName": "x"}))
        .await
        .assert_problem(403, "forbidden");
    agent
        .client
        .delete(&path)
        .await
        .assert_problem(403, "forbidden");
    agent
        .client
        .post(&format!("{path}/check"), json!({}))
        .await
        .assert_problem(403, "forbidden");
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    admin
        .client
        .put(&path, json!({"displayName": "x"}))
        .await
        .assert_status(200);

    let stranger = app.register("Sol").await;
    stranger
        .client
        .get(&path)
        .await
        .assert_problem(404, "not_found");
    stranger
        .client
        .put(&path, json!({"displayName": "x"}))
        .await
        .assert_problem(404, "not_found");
    stranger
        .client
        .delete(&path)
        .await
        .assert_problem(404, "not_found");
    stranger
        .client
        .post(&format!("{path}/check"), json!({}))
        .await
        .assert_problem(404, "not_found");
    assert!(stranger.client.get(PATH).await.data().is_empty());
}

#[actix_web::test]
async fn a_token_that_meta_refuses_shows_and_a_new_one_mends_it() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let account = connect(&owner).await;
    app.cloud_api
        .answer_next(CallKind::PhoneNumber, refusal(190));
    let check = format!("{}/check", path_of(&account));
    let account = owner.client.post(&check, json!({})).await.json();
    assert_eq!(account["status"], "needs_reauth");
    assert!(
        account["statusReason"]
            .as_str()
            .unwrap()
            .contains("access token")
    );
    let mended = owner
        .client
        .put(&path_of(&account), json!({"accessToken": "new"}))
        .await;
    let mended = mended.assert_status(200).json();
    assert_eq!(mended["status"], "connected");
    assert_eq!(mended["statusReason"], Value::Null);
}

#[actix_web::test]
async fn a_number_that_meta_denies_to_the_token_cannot_be_laid_hands_on() {
    let app = TestApp::start().await;
    let thief = app.register("Thief").await;
    app.cloud_api
        .answer_next(CallKind::PhoneNumber, refusal(190));
    let refused = thief.client.post(PATH, account(NUMBER)).await;
    refused.assert_invalid("/accessToken");
    // Who has the own token throttled has shown nothing.
    for code in [4, 100, 80_007] {
        app.cloud_api
            .answer_next(CallKind::PhoneNumber, refusal(code));
        let refused = thief.client.post(PATH, account(NUMBER)).await;
        refused.assert_problem(409, "whatsapp_refused");
    }
    assert!(thief.client.get(PATH).await.data().is_empty());

    let own = thief.client.post(PATH, account("999")).await.json();
    app.cloud_api
        .answer_next(CallKind::PhoneNumber, refusal(10));
    let renamed = thief
        .client
        .put(&path_of(&own), json!({"phoneNumberId": NUMBER}))
        .await;
    renamed.assert_invalid("/accessToken");
    connect(&app.register("Luna").await).await;
}

#[actix_web::test]
async fn a_meta_that_does_not_answer_does_not_stop_anybody_from_connecting() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let outage = || Answer::Fail(CloudApiError::NotReached("no route".into()));
    app.cloud_api.answer_next(CallKind::PhoneNumber, outage());
    app.cloud_api.answer_next(CallKind::PhoneNumber, outage());
    let account = connect(&owner).await;
    assert_eq!(account["status"], "connected");
    assert_eq!(account["displayPhoneNumber"], Value::Null);

    let check = format!("{}/check", path_of(&account));
    app.cloud_api.answer_next(CallKind::PhoneNumber, outage());
    owner
        .client
        .post(&check, json!({}))
        .await
        .assert_problem(503, "whatsapp_unavailable");
    app.cloud_api
        .answer_next(CallKind::PhoneNumber, refusal(100));
    owner
        .client
        .post(&check, json!({}))
        .await
        .assert_problem(409, "whatsapp_refused");
    app.cloud_api
        .answer_next(CallKind::PhoneNumber, refusal(131_031));
    let locked = owner
        .client
        .post(&check, json!({}))
        .await
        .assert_status(200)
        .json();
    assert_eq!(locked["status"], "restricted");
    let checked = owner
        .client
        .post(&check, json!({}))
        .await
        .assert_status(200)
        .json();
    assert_eq!(checked["status"], "connected");
    assert_eq!(checked["displayPhoneNumber"], "+1 555-010-0000");
}

#[actix_web::test]
async fn a_stale_version_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let account = connect(&owner).await;
    let path = path_of(&account);
    let tag = format!("\"{}\"", account["version"]);
    let put = async |name: &str| {
        let request = owner
            .client
            .request(Method::PUT, &path)
            .header("if-match", &tag);
        request.json(&json!({"displayName": name})).send().await
    };
    put("first").await.assert_status(200);
    put("second").await.assert_problem(412, "version_mismatch");
    let delete = owner
        .client
        .request(Method::DELETE, &path)
        .header("if-match", &tag);
    delete.send().await.assert_problem(412, "version_mismatch");
    assert_eq!(owner.client.get(&path).await.json()["displayName"], "first");
}

#[actix_web::test]
async fn a_removed_number_comes_back_with_its_chats() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let account = connect(&owner).await;
        app.customer_writes(NUMBER, CUSTOMER, "before").await;
        owner
            .client
            .delete(&path_of(&account))
            .await
            .assert_status(204);
        owner
            .client
            .get(&path_of(&account))
            .await
            .assert_problem(404, "not_found");
        assert!(owner.client.get(PATH).await.data().is_empty());
        assert_eq!(owner.chats().await.len(), 1, "its chats stay");
        app.customer_writes(NUMBER, CUSTOMER, "meanwhile").await;

        let again = connect(&owner).await;
        app.run_jobs().await;

        assert_eq!(again["id"], account["id"]);
        let chats = owner.chats().await;
        assert_eq!(chats.len(), 1);
        assert_eq!(chats[0]["unreadCount"], 2);
    }
}

#[actix_web::test]
async fn a_removed_number_may_be_connected_by_somebody_else() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        let account = connect(&luna).await;
        luna.client
            .delete(&path_of(&account))
            .await
            .assert_status(204);
        connect(&sol).await;
        app.customer_writes(NUMBER, CUSTOMER, "to Sol").await;
        assert_eq!(sol.chats().await.len(), 1);
        assert!(luna.chats().await.is_empty());
        luna.client
            .post(PATH, self::account(NUMBER))
            .await
            .assert_problem(409, "phone_number_id_taken");
    }
}
