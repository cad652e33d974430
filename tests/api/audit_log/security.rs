//! What happens to the ways in which people sign in.

use domain::{clock::Clock, organizations::Role};
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Client, Owner, PASSWORD, registration},
    stores::backends,
};
use totp_rs::{Builder, Secret};

use super::{Log, entries};
use crate::given;

const NEW_PASSWORD: &str = "Remanso-38-verde";

/// The actions of these entries, each of which this person has done from the tests' address.
#[track_caller]
fn actions_of(person: &Owner, entries: &[Value]) -> Vec<String> {
    for entry in entries {
        assert_eq!(entry["actor"]["id"], json!(person.user_id), "{entry:#}");
        assert_eq!(entry["address"], "127.0.0.1", "{entry:#}");
        assert!(entry["requestId"].is_string(), "{entry:#}");
    }
    let actions = entries
        .iter()
        .map(|entry| entry["action"].as_str().unwrap());
    actions.map(str::to_owned).collect()
}

/// The token in the last mail that has one.
fn token_sent(app: &TestApp) -> String {
    let mails = app.mailer.mails();
    let mut texts = mails.iter().rev().map(|mail| &mail.text);
    let (_, token) = texts.find_map(|text| text.split_once("?token=")).unwrap();
    token.split_whitespace().next().unwrap().to_owned()
}

/// What the authenticator shows.
fn code(app: &TestApp, secret: &Value) -> String {
    let secret = Secret::try_from_base32(secret.as_str().unwrap()).unwrap();
    let authenticator = Builder::new().with_secret(secret).build().unwrap();
    let now = app.clock.now().timestamp().try_into().unwrap();
    authenticator.generate(now).to_string()
}

async fn login(client: &Client, owner: &Owner, password: &str) -> Owner {
    let body = json!({"email": owner.email, "password": password});
    let answer = client.post("/api/auth/login", body).await;
    answer.assert_status(200);
    Owner::from_session(client, &answer.json(), owner.email.clone())
}

#[actix_web::test]
async fn the_log_begins_with_the_registration() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let mut entries = entries(&owner, "").await;
    entries.reverse();
    assert_eq!(
        actions_of(&owner, &entries),
        ["user_registered", "session_started"]
    );
    assert_eq!(entries[0]["target"]["id"], json!(owner.user_id));
    // The second registration with the address is none.
    let body = registration("Luna", "luna@example.com");
    let answer = app.anybody().post("/api/auth/register", body).await;
    answer.assert_problem(409, "email_taken");
    assert_eq!(self::entries(&owner, "").await.len(), 2);
}

#[actix_web::test]
async fn each_beginning_and_end_of_a_session_leaves_one_entry() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let agent = given::colleague(&app, &owner, Role::Agent).await;
        let mut log = Log::of(&owner).await;
        let session = async |person: &Owner| {
            let sessions = person.client.get("/api/auth/sessions").await.data();
            let current = sessions.iter().find(|session| session["current"] == true);
            super::id(current.unwrap())
        };
        let mut assert_told = async |action: &str, id: &str| {
            let entry = log.only_news().await;
            assert_eq!(actions_of(&agent, std::slice::from_ref(&entry)), [action]);
            assert_eq!(entry["target"]["id"], id, "{entry:#}");
        };

        let phone = login(&app.anybody(), &agent, PASSWORD).await;
        let id = session(&phone).await;
        assert_told("session_started", &id).await;
        let path = format!("/api/auth/sessions/{id}");
        agent.client.delete(&path).await.assert_status(204);
        assert_told("session_revoked", &id).await;
        let id = session(&agent).await;
        let logout = agent.client.post("/api/auth/logout", json!({})).await;
        logout.assert_status(204);
        assert_told("session_revoked", &id).await;
        let laptop = login(&app.anybody(), &agent, PASSWORD).await;
        assert_told("session_started", &session(&laptop).await).await;
        let logout = laptop.client.post("/api/auth/logout-all", json!({})).await;
        logout.assert_status(204);
        assert_told("sessions_revoked", &agent.user_id).await;

        // Neither who is not let in, nor who ends what is over.
        let wrong = json!({"email": agent.email, "password": "wrong"});
        let answer = app.anybody().post("/api/auth/login", wrong).await;
        answer.assert_problem(401, "invalid_credentials");
        let over = laptop.client.post("/api/auth/logout", json!({})).await;
        over.assert_status(401);
        owner.client.delete(&path).await.assert_status(404);
        assert!(log.news().await.is_empty());
    }
}

#[actix_web::test]
async fn a_stolen_refresh_token_leaves_an_entry_without_an_actor() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let victim = given::colleague(&app, &owner, Role::Agent).await;
    let mut log = Log::of(&owner).await;
    let refresh = json!({"refreshToken": victim.refresh_token});
    for status in [200, 401, 401] {
        let anybody = app.anybody();
        let answer = anybody.post("/api/auth/refresh", refresh.clone()).await;
        answer.assert_status(status);
    }
    let entry = log.only_news().await;
    assert_eq!(entry["action"], "refresh_token_reused");
    assert_eq!(entry["actor"], Value::Null);
    assert_eq!(entry["target"]["type"], "session");
    assert_eq!(entry["address"], "127.0.0.1");
}

#[actix_web::test]
async fn each_change_of_a_password_leaves_one_entry_and_no_secret() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        app.run_jobs().await;
        let mut log = Log::of(&owner).await;
        let mut assert_told = async |action: &str| {
            let entry = log.only_news().await;
            assert_eq!(actions_of(&owner, std::slice::from_ref(&entry)), [action]);
            assert_eq!(entry["target"]["id"], json!(owner.user_id));
        };

        let token = token_sent(&app);
        let body = json!({"token": token});
        let answer = app.anybody().post("/api/auth/verify-email", body).await;
        answer.assert_status(204);
        assert_told("email_verified").await;

        let change = |current: &str, new: &str| {
            let body = json!({"currentPassword": current, "newPassword": new});
            owner.client.put("/api/auth/password", body)
        };
        change("wrong", NEW_PASSWORD).await.assert_status(422);
        change(PASSWORD, "weak").await.assert_status(422);
        change(PASSWORD, NEW_PASSWORD).await.assert_status(204);
        assert_told("password_changed").await;

        let forgot = json!({"email": owner.email});
        let answer = app
            .anybody()
            .post("/api/auth/forgot-password", forgot)
            .await;
        answer.assert_status(202);
        app.run_jobs().await;
        let reset = json!({"token": token_sent(&app), "newPassword": PASSWORD});
        for status in [204, 422] {
            let anybody = app.anybody();
            let answer = anybody
                .post("/api/auth/reset-password", reset.clone())
                .await;
            answer.assert_status(status);
        }
        let owner = given::again(&app, &owner).await;
        let mut found = entries(&owner, "?action=password_reset").await;
        let entry = found.remove(0);
        assert_eq!(actions_of(&owner, &[entry]), ["password_reset"]);
        assert!(found.is_empty(), "{found:#?}");

        let all = owner.client.get("/api/audit-log?limit=100").await.text();
        let reset = reset["token"].as_str().unwrap();
        for secret in [PASSWORD, NEW_PASSWORD, token.as_str(), reset, "argon2"] {
            assert!(!all.contains(secret), "{all}");
        }
    }
}

#[actix_web::test]
async fn a_reset_that_confirms_the_address_leaves_an_entry_for_that_too() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let forgot = json!({"email": owner.email});
    let answer = app
        .anybody()
        .post("/api/auth/forgot-password", forgot)
        .await;
    answer.assert_status(202);
    app.run_jobs().await;
    let reset = json!({"token": token_sent(&app), "newPassword": NEW_PASSWORD});
    let answer = app.anybody().post("/api/auth/reset-password", reset).await;
    answer.assert_status(204);
    let owner = login(&app.anybody(), &owner, NEW_PASSWORD).await;
    let told = entries(&owner, "?action=email_verified").await;
    assert_eq!(actions_of(&owner, &told), ["email_verified"]);
    let told = entries(&owner, "?action=password_reset").await;
    assert_eq!(actions_of(&owner, &told), ["password_reset"]);
}

#[actix_web::test]
async fn each_change_of_the_second_factor_leaves_one_entry_and_no_secret() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let mut log = Log::of(&owner).await;
        let password = || json!({"password": PASSWORD});
        let post = |path: &str, body| {
            let path = format!("/api/auth/two-factor{path}");
            let client = owner.client.clone();
            async move { client.post(&path, body).await }
        };
        let mut assert_told = async |actions: &[&str]| {
            let news = log.news().await;
            assert_eq!(actions_of(&owner, &news), actions);
        };

        let enrolment = post("", password()).await.assert_status(200).json();
        let wrong = post("/confirm", json!({"code": "x"})).await;
        wrong.assert_status(422);
        // Nothing is on yet.
        assert_told(&[]).await;
        let code = json!({"code": code(&app, &enrolment["secret"])});
        let first = post("/confirm", code).await.assert_status(200).json();
        assert_told(&["two_factor_enabled"]).await;
        let second = post("/recovery-codes", password()).await;
        let second = second.assert_status(200).json();
        assert_told(&["recovery_codes_replaced"]).await;
        let wrong = post("/disable", json!({"password": "wrong"})).await;
        wrong.assert_status(422);
        assert_told(&[]).await;
        post("/disable", password()).await.assert_status(204);
        assert_told(&["two_factor_disabled"]).await;
        post("/disable", password()).await.assert_status(409);
        assert_told(&[]).await;

        let all = owner.client.get("/api/audit-log?limit=100").await.text();
        let codes = [&first, &second].map(|answer| answer["recoveryCodes"].as_array().unwrap());
        let secrets = codes.into_iter().flatten().chain([&enrolment["secret"]]);
        for secret in secrets {
            assert!(!all.contains(secret.as_str().unwrap()), "{all}");
        }
    }
}

#[actix_web::test]
async fn a_change_of_the_own_name_tells_what_it_was() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let mut log = Log::of(&owner).await;
    for _ in 0..2 {
        let change = json!({"firstName": "Eva"});
        let answer = owner.client.put("/api/auth/me", change).await;
        answer.assert_status(200);
    }
    let entry = log.only_news().await;
    assert_eq!(entry["action"], "user_updated");
    assert_eq!(entry["actor"]["firstName"], "Eva", "the name as it is now");
    assert_eq!(entry["before"], json!({"firstName": "Ana"}));
    assert_eq!(entry["after"], json!({"firstName": "Eva"}));
}
