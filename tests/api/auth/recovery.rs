//! A forgotten password, and a new one from a mail.

use std::time::Duration;

use domain::{clock::Clock, organizations::Role};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner, PASSWORD},
    stores::backends,
};

use super::{login, only_mail, token_in, two_factor, words};
use crate::{given, realtime::Socket};

const NEW_PASSWORD: &str = "Tranquila-84-verde";
const HOUR: Duration = Duration::from_hours(1);

async fn forgot(app: &TestApp, email: &str) -> Answer {
    let body = json!({ "email": email });
    app.anybody().post("/api/auth/forgot-password", body).await
}

async fn reset(app: &TestApp, token: &str, new_password: &str) -> Answer {
    let body = json!({"token": token, "newPassword": new_password});
    app.anybody().post("/api/auth/reset-password", body).await
}

/// What the mail brings to somebody who asks for it.
async fn reset_token(app: &TestApp, email: &str) -> String {
    forgot(app, email).await.assert_status(202);
    app.run_jobs().await;
    token_in(&only_mail(app))
}

/// A registered owner whose greeting is out of the way.
async fn owner(app: &TestApp, business: &str) -> Owner {
    let owner = app.register(business).await;
    app.run_jobs().await;
    app.mailer.take_mails();
    owner
}

fn assert_fault(answer: &Answer, pointer: &str, code: &str) {
    let problem = answer.assert_problem(422, "invalid");
    let errors = problem["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{problem}");
    assert_eq!(errors[0]["pointer"], pointer, "{problem}");
    assert_eq!(errors[0]["code"], code, "{problem}");
}

async fn audit_actions(owner: &Owner) -> Vec<String> {
    let entries = owner.client.get("/api/audit-log?limit=100").await;
    let action = |entry: &Value| entry["action"].as_str().unwrap().to_owned();
    let entries = entries.assert_status(200).data();
    entries.iter().map(action).collect()
}

#[actix_web::test]
async fn a_forgotten_password_is_replaced_with_the_link_from_the_mail() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = owner(&app, "Luna").await;
        let answer = forgot(&app, &owner.email.to_uppercase()).await;
        assert!(answer.assert_status(202).bytes.is_empty());
        app.run_jobs().await;
        let mail = only_mail(&app);
        assert_eq!(mail.to.as_str(), owner.email);
        let token = token_in(&mail);
        let link = format!("http://shop.example/reset-password?token={token}");
        assert!(mail.text.contains(&link) && mail.html.contains(&link));

        reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
        let old = login(&app.anybody(), &owner.email, PASSWORD).await;
        old.assert_problem(401, "invalid_credentials");
        let new = login(&app.anybody(), &owner.email, NEW_PASSWORD).await;
        let session = new.assert_status(200).json();
        // Whoever has the token reads the mail of the address.
        assert_eq!(session["user"]["emailVerified"], true);

        app.run_jobs().await;
        let notice = only_mail(&app);
        assert_eq!(notice.subject, "Your password was reset");
        assert_eq!(notice.to.as_str(), owner.email);
        assert!(notice.text.contains("127.0.0.1") && notice.text.contains("09:00 UTC"));
        let signed_in = Owner::from_session(&app.anybody(), &session, owner.email);
        let resets = audit_actions(&signed_in).await;
        let resets = resets.iter().filter(|action| *action == "password_reset");
        assert_eq!(resets.count(), 1);
    }
}

#[actix_web::test]
async fn whether_an_address_is_a_users_is_seen_by_nobody_who_asks() {
    let app = TestApp::start().await;
    let owner = owner(&app, "Luna").await;
    let known = forgot(&app, &owner.email).await;
    assert_eq!(app.run_jobs().await, 1);
    only_mail(&app);
    let unknown = forgot(&app, "nobody@example.com").await;
    // The same work, done later.
    assert_eq!(app.run_jobs().await, 1);
    assert!(app.mailer.take_mails().is_empty());
    for answer in [&known, &unknown] {
        assert!(answer.assert_status(202).bytes.is_empty());
    }
    let names = |answer: &Answer| answer.headers.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));

    let nonsense = forgot(&app, "nobody").await;
    assert_fault(&nonsense, "/email", "invalid_email");
    let nothing = app
        .anybody()
        .post("/api/auth/forgot-password", json!({}))
        .await;
    assert_fault(&nothing, "/email", "required");
}

#[actix_web::test]
async fn who_was_removed_from_everywhere_can_still_choose_a_password_for_an_invitation() {
    let app = TestApp::start().await;
    let owner = owner(&app, "Luna").await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let store = &app.application.ports.store;
    let organization_id = owner.organization_id.parse().unwrap();
    let uow = store.begin(organization_id).await.unwrap();
    let id = agent.user_id.parse().unwrap();
    assert!(uow.members().remove(id, app.clock.now()).await.unwrap());
    uow.commit().await.unwrap();

    let token = reset_token(&app, &agent.email).await;
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
    // Right as it is, it is never held against the account.
    for _ in 0..12 {
        let answer = login(&app.anybody(), &agent.email, NEW_PASSWORD).await;
        answer.assert_problem(403, "no_organization");
    }
    let wrong = login(&app.anybody(), &agent.email, PASSWORD).await;
    wrong.assert_problem(401, "invalid_credentials");
}

#[actix_web::test]
async fn who_takes_an_address_loses_the_account_to_whoever_reads_its_mail() {
    let app = TestApp::start().await;
    let thief = owner(&app, "Luna").await;
    two_factor::turns_on(&app, &thief).await;
    app.run_jobs().await;
    app.mailer.take_mails();
    let token = reset_token(&app, &thief.email).await;
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
    let session = login(&app.anybody(), &thief.email, NEW_PASSWORD).await;
    let session = session.assert_status(200).json();
    assert_eq!(session["user"]["twoFactorEnabled"], false);
    assert_eq!(session["user"]["emailVerified"], true);
}

#[actix_web::test]
async fn a_reset_leaves_the_second_factor_of_a_proven_address_alone() {
    let app = TestApp::start().await;
    let owner = owner(&app, "Luna").await;
    let token = reset_token(&app, &owner.email).await;
    reset(&app, &token, PASSWORD).await.assert_status(204);
    let session = login(&app.anybody(), &owner.email, PASSWORD).await;
    let session = session.assert_status(200).json();
    let owner = Owner::from_session(&app.anybody(), &session, owner.email);
    two_factor::turns_on(&app, &owner).await;
    app.run_jobs().await;
    app.mailer.take_mails();
    let token = reset_token(&app, &owner.email).await;
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
    let answer = login(&app.anybody(), &owner.email, NEW_PASSWORD).await;
    answer.assert_problem(401, "two_factor_required");
}

#[actix_web::test]
async fn a_token_is_good_once_for_an_hour_and_only_the_newest() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = owner(&app, "Luna").await;
        let other = self::owner(&app, "Sol").await;
        let others = reset_token(&app, &other.email).await;
        let first = reset_token(&app, &owner.email).await;
        let second = reset_token(&app, &owner.email).await;
        let void = reset(&app, &first, NEW_PASSWORD).await;
        assert_fault(&void, "/token", "invalid_token");
        let unknown = reset(&app, "nonsense", NEW_PASSWORD).await;
        assert_eq!(words(&unknown), words(&void));

        app.clock
            .advance(HOUR.saturating_sub(Duration::from_secs(1)));
        reset(&app, &second, NEW_PASSWORD).await.assert_status(204);
        let used = reset(&app, &second, NEW_PASSWORD).await;
        assert_eq!(words(&used), words(&void));

        app.clock.advance(Duration::from_secs(1));
        let expired = reset(&app, &others, NEW_PASSWORD).await;
        assert_eq!(words(&expired), words(&void));
        login(&app.anybody(), &other.email, PASSWORD)
            .await
            .assert_status(200);
    }
}

#[actix_web::test]
async fn of_many_who_present_one_token_at_once_one_wins() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = owner(&app, "Luna").await;
        let token = reset_token(&app, &owner.email).await;
        let passwords: Vec<_> = (0..6).map(|n| format!("Tranquila-8{n}-verde")).collect();
        let attempts = passwords
            .iter()
            .map(|password| reset(&app, &token, password));
        let answers = join_all(attempts).await;
        let mut winners = Vec::new();
        for (answer, password) in answers.iter().zip(&passwords) {
            if answer.status == 204 {
                winners.push(password);
            } else {
                assert_fault(answer, "/token", "invalid_token");
            }
        }
        let [winner] = winners.as_slice() else {
            panic!("{winners:?}")
        };
        login(&app.anybody(), &owner.email, winner)
            .await
            .assert_status(200);
        app.run_jobs().await;
        assert_eq!(only_mail(&app).subject, "Your password was reset");
    }
}

#[actix_web::test]
async fn a_weak_password_is_refused_and_leaves_the_token_as_it_is() {
    let app = TestApp::start().await;
    let body = tests::client::registration("Luna", "ana.paz2020@example.com");
    let answer = app.anybody().post("/api/auth/register", body).await;
    answer.assert_status(201);
    app.run_jobs().await;
    app.mailer.take_mails();
    let token = reset_token(&app, "ana.paz2020@example.com").await;
    for (password, code) in [
        ("", "required"),
        ("Short1a", "password_length"),
        ("alllowercase1", "password_too_simple"),
        ("Password123!", "password_too_common"),
        ("Ana.Paz2020@example.com", "password_is_email"),
        ("Ana.Paz2020", "password_is_email"),
    ] {
        assert_fault(&reset(&app, &token, password).await, "/newPassword", code);
    }
    let both = reset(&app, "", "short").await;
    both.assert_invalid("/token").assert_invalid("/newPassword");
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
}

#[actix_web::test]
async fn a_reset_ends_every_session_of_the_user_and_of_nobody_else() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (owner, other) = (owner(&app, "Luna").await, self::owner(&app, "Sol").await);
        let colleague = given::colleague(&app, &owner, Role::Agent).await;
        // Signed in at a second organization as well.
        given::joins(&app, &owner, &other, Role::Agent).await;
        let body = json!({ "organizationId": other.organization_id });
        let elsewhere = given::again(&app, &owner).await;
        let switched = elsewhere
            .client
            .post("/api/auth/switch-organization", body)
            .await;
        let elsewhere = Owner::from_session(&app.anybody(), &switched.json(), owner.email.clone());
        assert_eq!(elsewhere.organization_id, other.organization_id);
        let mut sockets = [
            Socket::open(&owner, None).await,
            Socket::open(&elsewhere, None).await,
        ];

        let token = reset_token(&app, &owner.email).await;
        reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
        for socket in &mut sockets {
            assert_eq!(socket.closed().await, 4401);
        }
        for over in [&owner, &elsewhere] {
            let answer = over.client.get("/api/auth/me").await;
            answer.assert_problem(401, "session_ended");
            let body = json!({ "refreshToken": over.refresh_token });
            let answer = app.anybody().post("/api/auth/refresh", body).await;
            answer.assert_problem(401, "invalid_refresh_token");
        }
        for unaffected in [&other, &colleague] {
            let answer = unaffected.client.get("/api/auth/me").await;
            answer.assert_status(200);
        }
    }
}

#[actix_web::test]
async fn a_reset_opens_an_account_that_failures_had_closed() {
    let app = TestApp::start().await;
    let owner = owner(&app, "Luna").await;
    for _ in 0..10 {
        login(&app.anybody(), &owner.email, "Corriente-72-azul").await;
    }
    let closed = login(&app.anybody(), &owner.email, PASSWORD).await;
    closed.assert_problem(429, "rate_limited");
    let token = reset_token(&app, &owner.email).await;
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
    login(&app.anybody(), &owner.email, NEW_PASSWORD)
        .await
        .assert_status(200);
}

#[actix_web::test]
async fn nobody_can_fill_a_mailbox() {
    let app = TestApp::start().await;
    let owner = owner(&app, "Luna").await;
    for _ in 0..8 {
        forgot(&app, &owner.email).await.assert_status(202);
    }
    app.run_jobs().await;
    let mails = app.mailer.take_mails();
    assert_eq!(mails.len(), 5);
    // Of several links, the newest is good.
    let token = token_in(mails.last().unwrap());
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
    app.run_jobs().await;
    app.mailer.take_mails();

    app.clock.advance(HOUR);
    reset_token(&app, &owner.email).await;
}

#[actix_web::test]
async fn an_address_may_not_ask_without_end() {
    let app = TestApp::start().await;
    for number in 0..60 {
        let answer = forgot(&app, &format!("nobody{number}@example.com")).await;
        answer.assert_status(202);
    }
    let answer = forgot(&app, "nobody@example.com").await;
    answer.assert_problem(429, "rate_limited");
    assert!(answer.header("retry-after").is_some());
    for _ in 0..60 {
        let answer = reset(&app, "nonsense", NEW_PASSWORD).await;
        answer.assert_invalid("/token");
    }
    let answer = reset(&app, "nonsense", NEW_PASSWORD).await;
    answer.assert_problem(429, "rate_limited");
    app.clock.advance(Duration::from_mins(1));
    forgot(&app, "nobody@example.com").await.assert_status(202);
    reset(&app, "nonsense", NEW_PASSWORD)
        .await
        .assert_status(422);
}

#[actix_web::test]
async fn a_mail_that_nobody_waits_for_any_more_is_not_sent() {
    let app = TestApp::start().await;
    let owner = owner(&app, "Luna").await;
    app.mailer.set_down(true);
    forgot(&app, &owner.email).await.assert_status(202);
    app.run_jobs().await;
    app.clock.advance(Duration::from_mins(30));
    forgot(&app, &owner.email).await.assert_status(202);
    app.run_jobs().await;
    app.mailer.set_down(false);
    // The first of them is an hour old by now.
    app.after(Duration::from_mins(30)).await;
    let token = token_in(&only_mail(&app));
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
}
