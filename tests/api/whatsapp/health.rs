//! How numbers fare at Meta: what is asked, what Meta announces, and what follows.

use std::time::Duration;

use domain::{
    clock::Clock,
    job::{Job, NewJob},
};
use tests::app::change_body;

use super::*;
use crate::realtime::Socket;

const HOUR: Duration = Duration::from_hours(1);

/// As each worker does when it starts.
pub(super) async fn schedule(app: &TestApp) {
    let job = NewJob {
        job: Job::CheckAccounts,
        organization_id: None,
        ordering_key: None,
        run_at: app.clock.now(),
        unique_key: Some("check_accounts".into()),
        request_id: None,
    };
    let jobs = app.application.ports.store.jobs();
    assert!(jobs.enqueue(&job).await.unwrap());
}

pub(super) async fn shown(owner: &Owner, account: &Value) -> Value {
    owner.client.get(&path_of(account)).await.json()
}

/// The same after a time in which the session has ended.
async fn shown_later(app: &TestApp, owner: &Owner, account: &Value) -> Value {
    shown(&given::again(app, owner).await, account).await
}

pub(super) async fn check(owner: &Owner, account: &Value) -> Value {
    let path = format!("{}/check", path_of(account));
    let checked = owner.client.post(&path, json!({})).await;
    checked.assert_status(200).json()
}

pub(super) async fn announce(app: &TestApp, field: &str, value: Value) {
    app.receive(&change_body(field, &value)).await;
}

fn restriction(until: i64) -> Value {
    json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": [
        {"restriction_type": "RESTRICTED_CUSTOMER_INITIATED_MESSAGING", "expiration": until}]})
}

fn asked(app: &TestApp) -> usize {
    let calls = app.cloud_api.calls();
    calls
        .iter()
        .filter(|call| **call == Call::PhoneNumber)
        .count()
}

#[actix_web::test]
async fn everything_that_meta_tells_of_a_number_is_shown() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let account = connect(&owner).await;
        assert_eq!(account["verifiedName"], "Lucky Shrub");
        assert_eq!(account["displayName"], "Main number");
        assert_eq!(account["nameStatus"], "APPROVED");
        assert_eq!(account["phoneNumberStatus"], "CONNECTED");
        assert_eq!(account["webhookSubscribed"], true);
        assert_eq!(account["webhookError"], Value::Null);
        assert_eq!(account["tokenExpiresAt"], Value::Null);
        assert_eq!(account["missingScopes"], json!([]));
        assert_eq!(account["healthCheckedAt"], "2026-09-01T09:00:00Z");

        app.clock.advance(HOUR);
        let owner = given::again(&app, &owner).await;
        let end = app.clock.now() + chrono::Duration::days(60);
        app.cloud_api.set_token(|token| {
            token.expires_at = Some(end);
            token.scopes = Some(vec!["whatsapp_business_messaging".into()]);
        });
        app.cloud_api.set_number(|number| {
            number.name_status = Some("PENDING_REVIEW".into());
            number.throughput_level = Some("HIGH".into());
            number.messaging_limit = Some("TIER_UNLIMITED".into());
        });
        let checked = check(&owner, &account).await;
        assert_eq!(checked["tokenExpiresAt"], json!(end));
        assert_eq!(
            checked["missingScopes"],
            json!(["whatsapp_business_management"])
        );
        assert_eq!(checked["nameStatus"], "PENDING_REVIEW");
        assert_eq!(checked["throughputPerSecond"], 1_000);
        assert_eq!(checked["messagingLimit"], "TIER_UNLIMITED");
        assert_eq!(checked["healthCheckedAt"], "2026-09-01T10:00:00Z");
        assert_eq!(shown(&owner, &account).await, checked);

        // That Meta was asked again is no edit.
        app.clock.advance(HOUR);
        let owner = given::again(&app, &owner).await;
        let again = check(&owner, &account).await;
        assert_eq!(again["healthCheckedAt"], "2026-09-01T11:00:00Z");
        assert_eq!(again["version"], checked["version"]);
        assert_eq!(again["updatedAt"], checked["updatedAt"]);
    }
}

#[actix_web::test]
async fn why_meta_does_not_deliver_is_said_and_stops_nothing_that_goes_out() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let account = connect(&owner).await;
    app.cloud_api.answer_next(CallKind::Subscribe, refusal(200));
    let checked = check(&owner, &account).await;
    assert_eq!(checked["status"], "connected");
    assert_eq!(checked["webhookSubscribed"], false);
    let why = checked["webhookError"].as_str().unwrap();
    assert!(why.contains("permission"), "{why}");

    let checked = check(&owner, &account).await;
    assert_eq!(checked["webhookSubscribed"], true);
    assert_eq!(checked["webhookError"], Value::Null);

    let another = "1".to_owned();
    app.cloud_api.set_subscribed_apps([another]);
    let checked = check(&owner, &account).await;
    assert_eq!(checked["webhookSubscribed"], false);
    let why = checked["webhookError"].as_str().unwrap();
    assert!(why.contains("does not list the app"), "{why}");
}

#[actix_web::test]
async fn what_meta_does_not_clearly_say_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let account = connect(&owner).await;
    let outage = || Answer::Fail(CloudApiError::NoAnswer("502".into()));
    for kind in [
        CallKind::Token,
        CallKind::Subscribe,
        CallKind::SubscribedApps,
    ] {
        for answer in [outage(), refusal(4), refusal(131_000)] {
            app.cloud_api.answer_next(kind, answer);
            let checked = check(&owner, &account).await;
            assert_eq!(checked, account, "{kind:?}");
        }
    }
    app.cloud_api.answer_next(CallKind::Token, refusal(100));
    assert_eq!(check(&owner, &account).await, account);

    schedule(&app).await;
    app.after(7 * HOUR).await;
    let before = shown_later(&app, &owner, &account).await;
    for answer in [outage(), refusal(4), refusal(100), refusal(131_000)] {
        let asked_before = asked(&app);
        app.cloud_api.answer_next(CallKind::PhoneNumber, answer);
        app.after(7 * HOUR).await;
        assert_eq!(asked(&app), asked_before + 1);
        assert_eq!(shown_later(&app, &owner, &account).await, before);
    }
}

#[actix_web::test]
async fn numbers_are_asked_for_every_few_hours_each_by_itself() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        let of_luna = connect(&luna).await;
        let of_sol = sol.client.post(PATH, account("2")).await.json();
        schedule(&app).await;
        let before = asked(&app);
        app.run_jobs().await;
        assert_eq!(asked(&app), before, "they have just been asked for");

        app.cloud_api
            .set_number(|number| number.quality_rating = Some("YELLOW".into()));
        // Luna's token is no good any more, which is nothing to Sol.
        app.cloud_api
            .answer_next(CallKind::PhoneNumber, refusal(190));
        app.after(7 * HOUR).await;
        let luna = shown_later(&app, &luna, &of_luna).await;
        let sol = shown_later(&app, &sol, &of_sol).await;
        let both = |field: &str| {
            let mut words = [&luna, &sol].map(|account| account[field].as_str().unwrap());
            words.sort_unstable();
            words
        };
        assert_eq!(both("status"), ["connected", "needs_reauth"]);
        assert_eq!(both("qualityRating"), ["GREEN", "YELLOW"]);
        let after_one = asked(&app);
        app.after(HOUR).await;
        assert_eq!(asked(&app), after_one, "not before their time");
        app.after(7 * HOUR).await;
        assert_eq!(asked(&app), after_one + 2);
    }
}

#[actix_web::test]
async fn a_new_token_lets_what_was_queued_go_out() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let account = connect(&owner).await;
        app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
        let chat = owner.chats().await[0]["id"].as_str().unwrap().to_owned();
        app.cloud_api.answer_next(CallKind::Send, refusal(190));
        owner.writes(&chat, "Hello").await.assert_status(202);
        app.run_jobs().await;
        assert_eq!(shown(&owner, &account).await["status"], "needs_reauth");
        assert_eq!(owner.messages(&chat).await[0]["status"], "queued");

        let token = json!({"accessToken": "new"});
        let mended = owner.client.put(&path_of(&account), token).await;
        assert_eq!(mended.assert_status(200).json()["status"], "connected");
        app.run_jobs().await;
        assert_eq!(owner.messages(&chat).await[0]["status"], "sent");
    }
}

#[actix_web::test]
async fn a_restriction_ends_at_its_time_and_what_was_queued_goes_out() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let account = connect(&owner).await;
        app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
        let chat = owner.chats().await[0]["id"].as_str().unwrap().to_owned();
        owner.writes(&chat, "Hello").await.assert_status(202);
        let until = app.now() + 2 * 3600;
        announce(&app, "account_update", restriction(until)).await;
        // Whoever looks does not end it.
        let restricted = check(&owner, &account).await;
        assert_eq!(restricted["status"], "restricted");
        assert_eq!(restricted["restrictedUntil"], "2026-09-01T11:00:00Z");

        // Moved: its first end is none.
        let until = app.now() + 3 * 3600;
        announce(&app, "account_update", restriction(until)).await;
        app.after(2 * HOUR).await;
        let still = shown_later(&app, &owner, &account).await;
        assert_eq!(still["status"], "restricted");
        let before = asked(&app);
        app.after(HOUR).await;
        let owner = given::again(&app, &owner).await;
        let after = shown(&owner, &account).await;
        assert_eq!(after["status"], "connected");
        assert_eq!(after["statusReason"], Value::Null);
        assert_eq!(after["restrictedUntil"], Value::Null);
        assert_eq!(asked(&app), before + 1);
        assert_eq!(owner.messages(&chat).await[0]["status"], "sent");
    }
}

#[actix_web::test]
async fn a_restriction_whose_time_is_over_stays_if_meta_says_so() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let account = connect(&owner).await;
    announce(&app, "account_update", restriction(app.now() + 3600)).await;
    app.cloud_api
        .set_number(|number| number.status = Some("BANNED".into()));
    app.after(HOUR).await;
    let after = shown_later(&app, &owner, &account).await;
    assert_eq!(after["status"], "restricted");
    assert_eq!(after["restrictedUntil"], Value::Null);
    // It is over as soon as Meta says so.
    schedule(&app).await;
    app.cloud_api
        .set_number(|number| number.status = Some("CONNECTED".into()));
    app.after(7 * HOUR).await;
    let after = shown_later(&app, &owner, &account).await;
    assert_eq!(after["status"], "connected");
}

#[actix_web::test]
async fn a_restriction_that_was_lifted_before_its_time_ends_once() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let account = connect(&owner).await;
    announce(&app, "account_update", restriction(app.now() + 3600)).await;
    let reinstated =
        json!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}});
    announce(&app, "account_update", reinstated).await;
    assert_eq!(shown(&owner, &account).await["status"], "connected");
    // Meta bans it for good: the old end is none of this.
    let banned = json!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}});
    announce(&app, "account_update", banned).await;
    app.after(2 * HOUR).await;
    let after = shown_later(&app, &owner, &account).await;
    assert_eq!(after["status"], "restricted");
}

#[actix_web::test]
async fn a_verified_name_is_metas_and_the_display_name_the_teams() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let account = connect(&owner).await;
    let decide = async |decision: &str, name: &str| {
        let value = json!({
            "display_phone_number": "15550100000", "decision": decision,
            "requested_verified_name": name, "rejection_reason": "NONE",
        });
        announce(&app, "phone_number_name_update", value).await;
        shown(&owner, &account).await
    };
    let approved = decide("APPROVED", "Luna Flowers").await;
    assert_eq!(approved["verifiedName"], "Luna Flowers");
    assert_eq!(approved["nameStatus"], "APPROVED");
    let declined = decide("DECLINED", "Best Flowers Ever").await;
    assert_eq!(declined["verifiedName"], "Luna Flowers");
    assert_eq!(declined["nameStatus"], "DECLINED");
    assert_eq!(declined["displayName"], "Main number");
}

#[actix_web::test]
async fn clients_see_at_once_what_changes() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let account = connect(&owner).await;
    let mut socket = Socket::open(&owner, None).await;
    let quality = json!({
        "display_phone_number": "15550100000", "event": "FLAGGED", "current_limit": "TIER_2K",
    });
    for _ in 0..2 {
        announce(&app, "phone_number_quality_update", quality.clone()).await;
    }
    let until = app.now() + 3600;
    announce(&app, "account_update", restriction(until)).await;
    let health = socket.next_of("account.health").await;
    assert_eq!(health["data"]["accountId"], account["id"]);
    assert_eq!(health["data"]["qualityRating"], "RED");
    assert_eq!(health["data"]["verifiedName"], "Lucky Shrub");
    let status = socket.next_of("account.status").await;
    let seq = |frame: &Value| frame["seq"].as_i64().unwrap();
    assert_eq!(
        seq(&status),
        seq(&health) + 1,
        "what is told twice is one event"
    );
    assert_eq!(status["data"]["status"], "restricted");
    assert_eq!(status["data"]["restrictedUntil"], "2026-09-01T10:00:00Z");
}
