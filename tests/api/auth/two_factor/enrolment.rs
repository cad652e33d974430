use domain::auth::TwoFactor;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::PASSWORD, stores::backends};

use super::{PATH, STEP, begins, confirms, login, status, turns_on};

#[actix_web::test]
async fn a_secret_counts_for_nothing_until_a_code_proves_that_it_arrived() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let answer = owner.client.post(PATH, json!({"password": PASSWORD})).await;
        let enrolment = answer.assert_status(200).json();
        let secret = enrolment["secret"].as_str().unwrap();
        let uri =
            format!("otpauth://totp/Luminous:luna%40example.com?secret={secret}&issuer=Luminous");
        assert_eq!(enrolment["otpauthUri"], uri);
        let off = json!({"enabled": false, "recoveryCodesLeft": 0});
        assert_eq!(status(&owner).await, off);
        let answer = login(&app.anybody(), &owner, Value::Null).await;
        answer.assert_status(200);

        let second = begins(&owner).await;
        let answer = confirms(&owner, &second.wrong_code(&app)).await;
        let problem = answer.assert_problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/code");
        assert_eq!(problem["errors"][0]["code"], "invalid_two_factor_code");
        // The first secret was replaced by the second.
        let first = super::Authenticator::with(secret);
        let answer = confirms(&owner, &first.code(&app)).await;
        answer.assert_invalid("/code");

        let answer = confirms(&owner, &second.code(&app)).await;
        let codes = answer.assert_status(200).json();
        assert_eq!(codes["recoveryCodes"].as_array().unwrap().len(), 10);
        let on = json!({"enabled": true, "recoveryCodesLeft": 10});
        assert_eq!(status(&owner).await, on);
        let me = owner.client.get("/api/auth/me").await.json();
        assert_eq!(me["user"]["twoFactorEnabled"], true);
    }
}

#[actix_web::test]
async fn enrolment_has_its_order() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let answer = confirms(&owner, "123456").await;
    answer.assert_problem(409, "two_factor_not_enrolling");
    let answer = owner
        .client
        .post(&format!("{PATH}/confirm"), json!({}))
        .await;
    answer.assert_invalid("/code");

    let (authenticator, _) = turns_on(&app, &owner).await;
    let answer = owner.client.post(PATH, json!({"password": PASSWORD})).await;
    answer.assert_problem(409, "two_factor_already_enabled");
    app.clock.advance(STEP);
    let answer = confirms(&owner, &authenticator.code(&app)).await;
    answer.assert_problem(409, "two_factor_already_enabled");
}

#[actix_web::test]
async fn of_many_who_confirm_at_once_one_wins() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let authenticator = begins(&owner).await;
        let code = authenticator.code(&app);
        let attempts = (0..4).map(|_| confirms(&owner, &code));
        let answers = futures_util::future::join_all(attempts).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        for answer in lost {
            answer.assert_problem(409, "two_factor_already_enabled");
        }
        // The codes that were shown are the ones that are kept.
        let code = won[0].json()["recoveryCodes"][9].clone();
        let answer = login(&app.anybody(), &owner, code).await;
        answer.assert_status(200);
    }
}

#[actix_web::test]
async fn a_secret_rests_nowhere_in_clear() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let enrol = async || {
        let request = owner.client.request(Method::POST, PATH);
        let request = request.header("idempotency-key", "key-1");
        request.json(&json!({"password": PASSWORD})).send().await
    };
    let first = enrol().await.assert_status(200).json();
    // No answer is kept for the key, as it would have the secret in it.
    let second = enrol().await;
    assert_eq!(second.header("idempotent-replayed"), None);
    assert_ne!(second.json()["secret"], first["secret"]);

    let store = &app.application.ports.store;
    let id = owner.user_id.parse().unwrap();
    let user = store.read_system().users().find(id).await.unwrap().unwrap();
    let TwoFactor::Enrolling { secret } = user.two_factor else {
        panic!("{:?}", user.two_factor)
    };
    let shown = second.json()["secret"].as_str().unwrap().to_owned();
    assert!(secret.0.starts_with("k1.") && !secret.0.contains(&shown));
}

#[actix_web::test]
async fn who_turns_it_on_or_off_is_told_by_mail() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    app.run_jobs().await;
    app.mailer.take_mails();
    begins(&owner).await;
    app.run_jobs().await;
    assert!(app.mailer.take_mails().is_empty());
    turns_on(&app, &owner).await;
    app.run_jobs().await;
    let mails = app.mailer.take_mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].to.as_str(), owner.email);
    assert!(mails[0].text.contains("127.0.0.1"), "{}", mails[0].text);
}
