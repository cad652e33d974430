//! What owners and admins are told of a number by mail: once.

use std::time::Duration;

use domain::clock::Clock;
use domain::mail::Mail;

use super::health::{announce, check, schedule};
use super::*;

const DAY: Duration = Duration::from_hours(24);

/// A shop with an owner, an admin and an agent, whose mails so far are read.
async fn shop(app: &TestApp) -> (Owner, Value) {
    let owner = app.register("Luna").await;
    given::colleague(app, &owner, Role::Admin).await;
    given::colleague(app, &owner, Role::Agent).await;
    let account = connect(&owner).await;
    app.run_jobs().await;
    app.mailer.take_mails();
    (owner, account)
}

/// The mails since, each of which owner and admin got.
async fn told(app: &TestApp, owner: &Owner) -> Vec<Mail> {
    app.run_jobs().await;
    let mails = app.mailer.take_mails();
    let (to_owner, to_admin): (Vec<_>, Vec<_>) = mails
        .into_iter()
        .partition(|mail| mail.to.as_str() == owner.email);
    let admin = format!("admin.{}", owner.email);
    assert!(to_admin.iter().all(|mail| mail.to.as_str() == admin));
    let subjects = |mails: &[Mail]| {
        let mut subjects: Vec<_> = mails.iter().map(|mail| mail.subject.clone()).collect();
        subjects.sort();
        subjects
    };
    assert_eq!(subjects(&to_owner), subjects(&to_admin));
    to_owner
}

/// The only one.
async fn told_once(app: &TestApp, owner: &Owner) -> Mail {
    let mut mails = told(app, owner).await;
    assert_eq!(mails.len(), 1, "{mails:#?}");
    mails.remove(0)
}

#[actix_web::test]
async fn a_token_that_is_refused_is_told_once_with_what_to_do() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (owner, account) = shop(&app).await;
        for _ in 0..3 {
            app.cloud_api
                .answer_next(CallKind::PhoneNumber, refusal(190));
            check(&owner, &account).await;
        }
        let errors = json!({
            "metadata": {"phone_number_id": NUMBER}, "errors": [{"code": 190}, {"code": 0}],
        });
        announce(&app, "messages", errors).await;
        let mail = told_once(&app, &owner).await;
        assert_eq!(mail.subject, "A WhatsApp number needs a new access token");
        for words in [
            "1 September 2026 at 09:00 UTC: the WhatsApp number Main number (+1 555-010-0000) of Luna.",
            "Make a new token",
            "https://",
        ] {
            let words = words.replace("https://", "http://shop.example/whatsapp-accounts");
            assert!(mail.text.contains(&words), "{words}: {}", mail.text);
        }

        // Who mends it sees it; and if it breaks again, it is told again.
        let token = json!({"accessToken": "new"});
        let mended = owner.client.put(&path_of(&account), token).await;
        assert_eq!(mended.assert_status(200).json()["status"], "connected");
        assert!(told(&app, &owner).await.is_empty());
        app.cloud_api
            .answer_next(CallKind::PhoneNumber, refusal(190));
        check(&owner, &account).await;
        told_once(&app, &owner).await;
    }
}

#[actix_web::test]
async fn a_restriction_and_its_end_are_told() {
    let app = TestApp::start().await;
    let (owner, _) = shop(&app).await;
    let until = app.now() + 2 * 3600;
    let restriction = json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": [
        {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": until}]});
    for _ in 0..2 {
        announce(&app, "account_update", restriction.clone()).await;
    }
    let mail = told_once(&app, &owner).await;
    assert_eq!(mail.subject, "A WhatsApp number is restricted");
    let words = "until 1 September 2026 at 11:00 UTC";
    assert!(mail.text.contains(words), "{}", mail.text);
    app.after(Duration::from_hours(2)).await;
    let mail = told_once(&app, &owner).await;
    assert_eq!(mail.subject, "A WhatsApp number works again");
}

#[actix_web::test]
async fn a_quality_that_drops_is_told_and_one_that_comes_and_goes_is_not_told_each_time() {
    let app = TestApp::start().await;
    let (owner, account) = shop(&app).await;
    let rated = async |rating: &str| {
        let rating = Some(rating.to_owned());
        app.cloud_api
            .set_number(|number| number.quality_rating = rating);
        check(&owner, &account).await;
    };
    rated("YELLOW").await;
    let mail = told_once(&app, &owner).await;
    assert_eq!(mail.subject, "The quality of a WhatsApp number has dropped");
    for _ in 0..3 {
        rated("GREEN").await;
        rated("YELLOW").await;
    }
    assert!(told(&app, &owner).await.is_empty());
    app.clock.advance(DAY);
    let owner = given::again(&app, &owner).await;
    app.cloud_api
        .set_number(|number| number.quality_rating = Some("RED".into()));
    check(&owner, &account).await;
    let mail = told_once(&app, &owner).await;
    assert_eq!(mail.subject, "The quality of a WhatsApp number is low");
}

#[actix_web::test]
async fn the_end_of_a_token_is_told_a_week_and_a_day_before_and_not_of_one_that_was_replaced() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (owner, account) = shop(&app).await;
        schedule(&app).await;
        let expires = |days| {
            let end = app.clock.now() + chrono::Duration::days(days);
            app.cloud_api
                .set_token(|token| token.expires_at = Some(end));
        };
        expires(10);
        check(&owner, &account).await;
        let mut days = Vec::new();
        for day in 1..10 {
            app.after(DAY).await;
            for mail in told(&app, &owner).await {
                assert_eq!(mail.subject, "An access token expires on 11 September 2026");
                days.push(day);
            }
        }
        assert_eq!(days, [3, 9]);

        let owner = given::again(&app, &owner).await;
        expires(60);
        let token = json!({"accessToken": "new"});
        let replaced = owner.client.put(&path_of(&account), token).await;
        replaced.assert_status(200);
        for _ in 0..10 {
            app.after(DAY).await;
        }
        assert!(told(&app, &owner).await.is_empty());
    }
}

#[actix_web::test]
async fn a_declined_name_a_lost_subscription_and_a_warning_are_told() {
    let app = TestApp::start().await;
    let (owner, account) = shop(&app).await;
    let declined = json!({
        "display_phone_number": "15550100000", "decision": "DECLINED",
        "requested_verified_name": "Best Flowers Ever",
    });
    let violation =
        json!({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "ADULT"}});
    for _ in 0..2 {
        announce(&app, "phone_number_name_update", declined.clone()).await;
        announce(&app, "account_update", violation.clone()).await;
    }
    let mut subjects: Vec<_> = told(&app, &owner)
        .await
        .into_iter()
        .map(|mail| mail.subject)
        .collect();
    subjects.sort();
    assert_eq!(
        subjects,
        [
            "Meta has declined a display name",
            "Meta warns of a WhatsApp account"
        ]
    );
    app.cloud_api.set_subscribed_apps([]);
    for _ in 0..2 {
        // Meta still calls the name declined.
        app.cloud_api
            .set_number(|number| number.name_status = Some("DECLINED".into()));
        check(&owner, &account).await;
    }
    let mail = told_once(&app, &owner).await;
    assert_eq!(mail.subject, "What customers write may not arrive");
}

#[actix_web::test]
async fn of_a_number_that_was_removed_nobody_is_told() {
    let app = TestApp::start().await;
    let (owner, account) = shop(&app).await;
    app.mailer.set_down(true);
    app.cloud_api
        .answer_next(CallKind::PhoneNumber, refusal(190));
    check(&owner, &account).await;
    app.run_jobs().await;
    let removed = owner.client.delete(&path_of(&account)).await;
    removed.assert_status(204);
    app.mailer.set_down(false);
    app.after(Duration::from_mins(1)).await;
    let mails = app.mailer.take_mails();
    assert!(mails.is_empty(), "{mails:#?}");
}
