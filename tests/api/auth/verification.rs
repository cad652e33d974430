//! Whether an e-mail address is its user's.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tests::{
    app::TestApp,
    client::{Answer, Owner, registration},
    stores::backends,
};

use super::{only_mail, token_in};

const DAY: Duration = Duration::from_hours(24);

async fn verify(app: &TestApp, token: &str) -> Answer {
    let body = json!({ "token": token });
    app.anybody().post("/api/auth/verify-email", body).await
}

async fn resend(owner: &Owner) -> Answer {
    owner
        .client
        .request(Method::POST, "/api/auth/verify-email/resend")
        .send()
        .await
}

/// An owner, and the token that the greeting brings.
async fn newcomer(app: &TestApp, business: &str) -> (Owner, String) {
    let owner = app.register(business).await;
    app.run_jobs().await;
    let token = token_in(&only_mail(app));
    (owner, token)
}

async fn is_verified(owner: &Owner) -> bool {
    let me = owner.client.get("/api/auth/me").await;
    me.assert_status(200).json()["user"]["emailVerified"] == true
}

fn assert_not_good(answer: &Answer) {
    let problem = answer.assert_problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/token");
    assert_eq!(problem["errors"][0]["code"], "invalid_token");
}

#[actix_web::test]
async fn the_greeting_brings_the_link_that_confirms_the_address() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        app.run_jobs().await;
        let mail = only_mail(&app);
        let token = token_in(&mail);
        let link = format!("http://shop.example/verify-email?token={token}");
        assert!(mail.text.contains(&link) && mail.html.contains(&link));
        let (other, _) = newcomer(&app, "Sol").await;

        assert!(!is_verified(&owner).await);
        verify(&app, &token).await.assert_status(204);
        assert!(is_verified(&owner).await);
        assert!(!is_verified(&other).await);
        let entries = owner.client.get("/api/audit-log").await.data();
        let mut verified = entries
            .iter()
            .filter(|entry| entry["action"] == "email_verified");
        let entry = verified.next().unwrap();
        assert_eq!(entry["actor"]["id"], owner.user_id);
        assert_eq!(entry["target"]["id"], owner.user_id);
        assert!(verified.next().is_none());
        assert_not_good(&verify(&app, &token).await);
    }
}

#[actix_web::test]
async fn a_link_is_good_for_three_days_and_only_the_newest() {
    let app = TestApp::start().await;
    let (owner, first) = newcomer(&app, "Luna").await;
    resend(&owner).await.assert_status(202);
    app.run_jobs().await;
    let mail = only_mail(&app);
    assert_eq!(mail.subject, "Confirm your e-mail address");
    let second = token_in(&mail);
    assert_not_good(&verify(&app, &first).await);
    assert_not_good(&verify(&app, "nonsense").await);
    verify(&app, "").await.assert_invalid("/token");

    app.clock.advance(3 * DAY);
    assert_not_good(&verify(&app, &second).await);
    let owner = crate::given::again(&app, &owner).await;
    resend(&owner).await.assert_status(202);
    app.run_jobs().await;
    let third = token_in(&only_mail(&app));
    app.clock
        .advance((3 * DAY).saturating_sub(Duration::from_secs(1)));
    verify(&app, &third).await.assert_status(204);
}

#[actix_web::test]
async fn a_mail_may_be_asked_for_three_times_an_hour() {
    let app = TestApp::start().await;
    let (owner, _) = newcomer(&app, "Luna").await;
    let (other, _) = newcomer(&app, "Sol").await;
    for _ in 0..3 {
        resend(&owner).await.assert_status(202);
    }
    let refused = resend(&owner).await;
    refused.assert_problem(429, "rate_limited");
    let retry_after: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=1200).contains(&retry_after), "{retry_after}");
    resend(&other).await.assert_status(202);
    app.run_jobs().await;
    assert_eq!(app.mailer.take_mails().len(), 4);

    app.clock.advance(Duration::from_secs(retry_after));
    let owner = crate::given::again(&app, &owner).await;
    resend(&owner).await.assert_status(202);
}

#[actix_web::test]
async fn a_confirmed_address_is_not_asked_about_again() {
    let app = TestApp::start().await;
    let (owner, token) = newcomer(&app, "Luna").await;
    // Asked for, and confirmed before the mail goes out.
    resend(&owner).await.assert_status(202);
    verify(&app, &token).await.assert_status(204);
    app.run_jobs().await;
    assert!(app.mailer.take_mails().is_empty());
    for _ in 0..5 {
        resend(&owner).await.assert_status(202);
    }
    assert_eq!(app.run_jobs().await, 0);
}

#[actix_web::test]
async fn a_token_of_one_mail_is_none_for_another_purpose() {
    let app = TestApp::start().await;
    let (owner, verification) = newcomer(&app, "Luna").await;
    let body = json!({"token": verification, "newPassword": "Tranquila-84-verde"});
    let answer = app.anybody().post("/api/auth/reset-password", body).await;
    assert_not_good(&answer);
    let body = json!({ "email": owner.email });
    app.anybody()
        .post("/api/auth/forgot-password", body)
        .await
        .assert_status(202);
    app.run_jobs().await;
    let reset = token_in(&only_mail(&app));
    assert_not_good(&verify(&app, &reset).await);
    verify(&app, &verification).await.assert_status(204);
}

#[actix_web::test]
async fn a_name_cannot_act_as_a_part_of_the_mail() {
    let app = TestApp::start().await;
    let mut body = registration("<script>alert(1)</script>", "ana@example.com");
    body["firstName"] = json!("<img src=x>");
    app.anybody()
        .post("/api/auth/register", body)
        .await
        .assert_status(201);
    app.run_jobs().await;
    let mail = only_mail(&app);
    assert!(!mail.html.contains("<script") && !mail.html.contains("<img"));
    assert!(mail.html.contains("alert(1)"));
    assert!(mail.text.contains("<script>alert(1)</script>"));
}
