//! Changing a password that is known.

use domain::organizations::Role;
use futures_util::future::join_all;
use serde_json::json;
use tests::{
    app::TestApp,
    client::{Answer, Owner, PASSWORD},
    stores::backends,
};

use super::{login, only_mail, token_in};
use crate::{given, realtime::Socket};

const NEW_PASSWORD: &str = "Tranquila-84-verde";

async fn change(owner: &Owner, current: &str, new: &str) -> Answer {
    let body = json!({"currentPassword": current, "newPassword": new});
    owner.client.put("/api/auth/password", body).await
}

#[track_caller]
fn assert_fault(answer: &Answer, pointer: &str, code: &str) {
    let problem = answer.assert_problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    assert_eq!(problem["errors"][0]["code"], code, "{problem}");
}

#[actix_web::test]
async fn a_new_password_ends_the_users_other_sessions_and_leaves_this_one() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let elsewhere = given::again(&app, &owner).await;
        let colleague = given::colleague(&app, &owner, Role::Admin).await;
        let mut socket = Socket::open(&elsewhere, None).await;
        app.run_jobs().await;
        app.mailer.take_mails();

        let changed = change(&owner, PASSWORD, NEW_PASSWORD).await;
        assert!(changed.assert_status(204).bytes.is_empty());
        assert_eq!(socket.closed().await, 4401);
        let over = elsewhere.client.get("/api/auth/me").await;
        over.assert_problem(401, "session_ended");
        owner.client.get("/api/auth/me").await.assert_status(200);
        colleague
            .client
            .get("/api/auth/me")
            .await
            .assert_status(200);
        login(&app.anybody(), &owner.email, PASSWORD)
            .await
            .assert_problem(401, "invalid_credentials");
        login(&app.anybody(), &owner.email, NEW_PASSWORD)
            .await
            .assert_status(200);

        app.run_jobs().await;
        let notice = only_mail(&app);
        assert_eq!(notice.subject, "Your password was changed");
        assert!(notice.html.contains("http://shop.example/forgot-password"));
        let entries = owner.client.get("/api/audit-log").await;
        let entries = entries.assert_status(200);
        for secret in [PASSWORD, NEW_PASSWORD] {
            assert!(!entries.text().contains(secret));
        }
        let entries = entries.data();
        let changes: Vec<_> = entries
            .iter()
            .filter(|entry| entry["action"] == "password_changed")
            .collect();
        let [entry] = changes.as_slice() else {
            panic!("{changes:?}")
        };
        assert_eq!(entry["actor"]["id"], owner.user_id);
        assert_eq!(entry["address"], "127.0.0.1");
    }
}

#[actix_web::test]
async fn a_wrong_current_password_and_a_bad_new_one_are_refused() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    app.run_jobs().await;
    app.mailer.take_mails();
    let wrong = change(&owner, "Corriente-72-azul", NEW_PASSWORD).await;
    assert_fault(&wrong, "/currentPassword", "wrong_password");
    for (new, code) in [
        (PASSWORD, "password_unchanged"),
        ("Short1a", "password_length"),
        ("alllowercase1", "password_too_simple"),
        ("Password123!", "password_too_common"),
        ("", "required"),
    ] {
        assert_fault(&change(&owner, PASSWORD, new).await, "/newPassword", code);
    }
    let nothing = owner.client.put("/api/auth/password", json!({})).await;
    nothing
        .assert_invalid("/currentPassword")
        .assert_invalid("/newPassword");
    let nobody = app.anybody().put("/api/auth/password", json!({})).await;
    nobody.assert_problem(401, "unauthenticated");

    // Nothing has changed, and nobody was told that it had.
    login(&app.anybody(), &owner.email, PASSWORD)
        .await
        .assert_status(200);
    app.run_jobs().await;
    assert!(app.mailer.take_mails().is_empty());
}

#[actix_web::test]
async fn a_password_may_not_be_the_address() {
    let app = TestApp::start().await;
    let body = tests::client::registration("Luna", "ana.paz2020@example.com");
    let session = app.anybody().post("/api/auth/register", body).await.json();
    let owner = Owner::from_session(&app.anybody(), &session, "ana.paz2020@example.com".into());
    for new in ["Ana.Paz2020@example.com", "Ana.Paz2020"] {
        let answer = change(&owner, PASSWORD, new).await;
        assert_fault(&answer, "/newPassword", "password_is_email");
    }
}

#[actix_web::test]
async fn guesses_at_the_current_password_count_as_failed_sign_ins() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for _ in 0..10 {
        let answer = change(&owner, "Corriente-72-azul", NEW_PASSWORD).await;
        assert_fault(&answer, "/currentPassword", "wrong_password");
    }
    let closed = change(&owner, PASSWORD, NEW_PASSWORD).await;
    closed.assert_problem(429, "rate_limited");
    assert!(closed.header("retry-after").is_some());
    let closed = login(&app.anybody(), &owner.email, PASSWORD).await;
    closed.assert_problem(429, "rate_limited");
}

#[actix_web::test]
async fn of_many_changes_at_once_one_wins() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let passwords: Vec<_> = (0..5).map(|n| format!("Tranquila-8{n}-verde")).collect();
        let attempts = passwords.iter().map(|new| change(&owner, PASSWORD, new));
        let answers = join_all(attempts).await;
        let won: Vec<_> = answers
            .iter()
            .zip(&passwords)
            .filter(|(answer, _)| answer.status == 204)
            .map(|(_, password)| password)
            .collect();
        let [winner] = won.as_slice() else {
            panic!("{won:?}")
        };
        for answer in answers.iter().filter(|answer| answer.status != 204) {
            assert_fault(answer, "/currentPassword", "wrong_password");
        }
        login(&app.anybody(), &owner.email, winner)
            .await
            .assert_status(200);
    }
}

#[actix_web::test]
async fn a_link_that_was_sent_before_the_change_is_void() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    app.run_jobs().await;
    app.mailer.take_mails();
    let body = json!({ "email": owner.email });
    let forgot = app.anybody().post("/api/auth/forgot-password", body).await;
    forgot.assert_status(202);
    app.run_jobs().await;
    let token = token_in(&only_mail(&app));
    change(&owner, PASSWORD, NEW_PASSWORD)
        .await
        .assert_status(204);
    let body = json!({"token": token, "newPassword": "Otra-mas-91-roja"});
    let answer = app.anybody().post("/api/auth/reset-password", body).await;
    assert_fault(&answer, "/token", "invalid_token");
}
