//! `Idempotency-Key`.

use std::time::Duration;

use application::{Replay, auth::Client};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner, PASSWORD},
    stores::backends,
};

const PATH: &str = "/api/whatsapp/accounts";

fn account(phone_number_id: &str) -> Value {
    json!({
        "phoneNumberId": phone_number_id, "businessAccountId": "102290129340398",
        "accessToken": "token", "displayName": "Main number",
    })
}

async fn post(owner: &Owner, key: &str, body: &Value) -> Answer {
    let request = owner.client.request(Method::POST, PATH);
    request
        .header("idempotency-key", key)
        .json(body)
        .send()
        .await
}

async fn accounts_of(owner: &Owner) -> usize {
    owner.client.get(PATH).await.assert_status(200).data().len()
}

#[actix_web::test]
async fn a_repeated_request_is_answered_as_the_first_time() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let first = post(&owner, "key-1", &account("106540352242922")).await;
    first.assert_status(201);
    assert_eq!(first.header("idempotent-replayed"), None);
    let again = post(&owner, "key-1", &account("106540352242922")).await;
    again.assert_status(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.bytes, first.bytes);
    for name in ["location", "etag", "content-type"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert_eq!(accounts_of(&owner).await, 1);
}

#[actix_web::test]
async fn of_many_at_once_one_is_done() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let body = account("106540352242922");
        let answers = join_all((0..6).map(|_| post(&owner, "key-1", &body))).await;
        for answer in &answers {
            match answer.status {
                201 => {}
                _ => drop(answer.assert_problem(409, "idempotency_in_progress")),
            }
        }
        let done = answers.iter().filter(|answer| {
            answer.status == 201 && answer.header("idempotent-replayed").is_none()
        });
        assert_eq!(done.count(), 1);
        assert_eq!(accounts_of(&owner).await, 1);
    }
}

#[actix_web::test]
async fn a_key_stands_for_one_request_of_one_organization() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    post(&luna, "key-1", &account("106540352242922"))
        .await
        .assert_status(201);
    let other = post(&luna, "key-1", &account("106540352242923")).await;
    other.assert_problem(422, "idempotency_key_reused");
    let request = luna.client.request(Method::POST, "/api/invitations");
    let request = request.json(&account("106540352242922"));
    let other = request.header("idempotency-key", "key-1").send().await;
    other.assert_problem(422, "idempotency_key_reused");
    // Another organization's key is another key.
    post(&sol, "key-1", &account("106540352242923"))
        .await
        .assert_status(201);
    assert_eq!((accounts_of(&luna).await, accounts_of(&sol).await), (1, 1));
}

#[actix_web::test]
async fn a_refusal_is_kept_as_well() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let first = post(&owner, "key-1", &json!({})).await;
    first.assert_problem(422, "invalid");
    let again = post(&owner, "key-1", &json!({})).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(
        again.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(again.bytes, first.bytes);
}

#[actix_web::test]
async fn a_key_is_kept_for_a_day() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    post(&owner, "key-1", &account("106540352242922"))
        .await
        .assert_status(201);
    app.clock.advance(Duration::from_hours(25));
    let body = json!({"refreshToken": owner.refresh_token});
    let pair = app
        .anybody()
        .post("/api/auth/refresh", body)
        .await
        .assert_status(200)
        .json();
    let owner = Owner {
        client: owner
            .client
            .with_token(pair["accessToken"].as_str().unwrap()),
        ..owner
    };
    let answer = post(&owner, "key-1", &account("106540352242923")).await;
    answer.assert_status(201);
    assert_eq!(answer.header("idempotent-replayed"), None);
}

#[actix_web::test]
async fn a_request_that_still_runs_or_has_died_is_waited_for() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let auth = &app.application.auth;
        let actor = auth
            .authenticate(owner.client.token().unwrap(), Client::default())
            .await
            .unwrap();
        let idempotency = &app.application.idempotency;
        let minute = Duration::from_mins(1);
        let claim = async |key| idempotency.claim(&actor, key, minute).await.unwrap();

        assert_eq!(claim("key-1").await, Replay::First);
        let meanwhile = post(&owner, "key-1", &account("106540352242922")).await;
        meanwhile.assert_problem(409, "idempotency_in_progress");
        app.clock.advance(Duration::from_mins(1));
        post(&owner, "key-1", &account("106540352242922"))
            .await
            .assert_status(201);

        // What failed on our side may be tried again at once.
        assert_eq!(claim("key-2").await, Replay::First);
        idempotency.release(&actor, "key-2").await.unwrap();
        assert_eq!(claim("key-2").await, Replay::First);
    }
}

#[actix_web::test]
async fn a_key_must_be_short_and_visible_and_its_sender_known() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for key in ["", "with space", &"x".repeat(256)] {
        let answer = post(&owner, key, &account("106540352242922")).await;
        answer.assert_problem(422, "invalid_idempotency_key");
    }
    let request = app
        .anybody()
        .with_token("nonsense")
        .request(Method::POST, PATH);
    let answer = request
        .header("idempotency-key", "key-1")
        .json(&json!({}))
        .send()
        .await;
    answer.assert_problem(401, "invalid_token");
}

#[actix_web::test]
async fn answers_with_secrets_are_not_kept_by_whatever_path() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let password = json!({"password": PASSWORD});
    for (path, body, secret) in [
        ("/api/realtime/tickets", json!({}), "/ticket"),
        ("/api/realtim%65/tickets", json!({}), "/ticket"),
        ("/api/auth/two-factor", password.clone(), "/secret"),
        ("/api/%61uth/two-factor", password, "/secret"),
    ] {
        let request = || owner.client.request(Method::POST, path);
        let mut secrets = Vec::new();
        for _ in 0..2 {
            let request = request().header("idempotency-key", "key-1").json(&body);
            let answer = request.send().await;
            assert_eq!(answer.header("idempotent-replayed"), None, "{path}");
            let answer = answer.json();
            secrets.push(answer.pointer(secret).unwrap().clone());
        }
        assert_ne!(secrets[0], secrets[1], "{path}");
    }
}

#[actix_web::test]
async fn a_password_is_not_kept_as_a_hash_that_is_quick_to_guess() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let path = format!("/api/members/{}/transfer-ownership", owner.user_id);
    for _ in 0..2 {
        let request = owner.client.request(Method::POST, &path);
        let request = request.header("idempotency-key", "key-1");
        let answer = request.json(&json!({"password": "wrong"})).send().await;
        answer.assert_invalid("/password");
        assert_eq!(answer.header("idempotent-replayed"), None);
    }
}
