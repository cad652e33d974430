//! What happens to the numbers that a business connects.

use domain::{
    organizations::Role,
    whatsapp::{CloudApiError, MetaError},
};
use in_memory::{Answer, CallKind};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::{TestApp, change_body},
    client::Owner,
    stores::backends,
};

use super::{Log, entries};
use crate::given;

const PATH: &str = "/api/whatsapp/accounts";
const NUMBER: &str = "106540352242922";
const TOKENS: [&str; 4] = [
    "EAAG-first-token",
    "EAAG-second-token",
    "first-app-secret",
    "second-app-secret",
];

fn account(phone_number_id: &str) -> Value {
    json!({
        "phoneNumberId": phone_number_id, "businessAccountId": "102290129340398",
        "accessToken": TOKENS[0], "appSecret": TOKENS[2], "displayName": "Main number",
    })
}

async fn connect(owner: &Owner) -> Value {
    let answer = owner.client.post(PATH, account(NUMBER)).await;
    answer.assert_status(201).json()
}

fn path_of(account: &Value) -> String {
    format!("{PATH}/{}", account["id"].as_str().unwrap())
}

fn refusal(code: i64) -> Answer {
    Answer::Fail(CloudApiError::Refused(MetaError {
        code,
        ..MetaError::default()
    }))
}

/// Asserts what an entry says of an account, and that its doer is this person or nobody.
#[track_caller]
fn assert_tells(entry: &Value, action: &str, account: &Value, actor: Option<&Owner>) {
    assert_eq!(entry["action"], action, "{entry:#}");
    let target = json!({"type": "account", "id": account["id"]});
    assert_eq!(entry["target"], target, "{entry:#}");
    let actor_id = actor.map(|actor| actor.user_id.clone());
    assert_eq!(entry["actor"]["id"], json!(actor_id), "{entry:#}");
    let address = actor.map(|_| "127.0.0.1");
    assert_eq!(entry["address"], json!(address), "{entry:#}");
    assert!(entry["requestId"].is_string(), "{entry:#}");
}

#[actix_web::test]
async fn each_change_of_a_number_leaves_one_entry_and_no_secret() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let admin = given::colleague(&app, &owner, Role::Admin).await;
        let mut log = Log::of(&owner).await;
        let known = json!({
            "phoneNumberId": NUMBER, "businessAccountId": "102290129340398",
            "displayName": "Main number", "sendReadReceipts": true, "status": "connected",
        });

        let account = connect(&admin).await;
        let entry = log.only_news().await;
        assert_tells(&entry, "account_connected", &account, Some(&admin));
        assert_eq!((&entry["before"], &entry["after"]), (&Value::Null, &known));

        let change = json!({
            "displayName": "Sales", "accessToken": TOKENS[1], "appSecret": TOKENS[3],
        });
        let answer = owner.client.put(&path_of(&account), change).await;
        answer.assert_status(200);
        let entry = log.only_news().await;
        assert_tells(&entry, "account_updated", &account, Some(&owner));
        assert_eq!(entry["before"], json!({"displayName": "Main number"}));
        let after = json!({
            "displayName": "Sales", "accessToken": "replaced", "appSecret": "replaced",
        });
        assert_eq!(entry["after"], after);

        let change = json!({"appSecret": null});
        let answer = owner.client.put(&path_of(&account), change).await;
        answer.assert_status(200);
        let entry = log.only_news().await;
        assert_tells(&entry, "account_updated", &account, Some(&owner));
        assert_eq!(entry["before"], json!({}));
        assert_eq!(entry["after"], json!({"appSecret": "removed"}));

        let answer = owner.client.delete(&path_of(&account)).await;
        answer.assert_status(204);
        let entry = log.only_news().await;
        assert_tells(&entry, "account_removed", &account, Some(&owner));
        assert_eq!(entry["before"]["displayName"], "Sales");
        assert_eq!(entry["after"], Value::Null);

        let again = connect(&owner).await;
        let entry = log.only_news().await;
        assert_tells(&entry, "account_connected", &again, Some(&owner));

        let all = owner.client.get("/api/audit-log?limit=100").await.text();
        for secret in TOKENS {
            assert!(!all.contains(secret), "{all}");
        }
    }
}

#[actix_web::test]
async fn what_changes_nothing_and_what_fails_leaves_no_entry() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let account = connect(&owner).await;
    let path = path_of(&account);
    let mut log = Log::of(&owner).await;
    let client = &owner.client;

    let same = client.put(&path, json!({"displayName": "Main number"}));
    same.await.assert_status(200);
    let check = format!("{path}/check");
    client.post(&check, json!({})).await.assert_status(200);
    let taken = client.post(PATH, self::account(NUMBER)).await;
    taken.assert_problem(409, "phone_number_id_taken");
    client
        .put(&path, json!({"displayName": ""}))
        .await
        .assert_status(422);
    for method in [Method::PUT, Method::DELETE] {
        let stale = client.request(method, &path).header("if-match", "\"0\"");
        let stale = stale.json(&json!({"displayName": "x"})).send().await;
        stale.assert_problem(412, "version_mismatch");
    }
    app.cloud_api
        .answer_next(CallKind::PhoneNumber, refusal(190));
    let denied = client.post(PATH, self::account("2")).await;
    denied.assert_invalid("/accessToken");
    let forbidden = agent.client.delete(&path).await;
    forbidden.assert_problem(403, "forbidden");
    let sol = app.register("Sol").await;
    sol.client
        .delete(&path)
        .await
        .assert_problem(404, "not_found");
    assert!(log.news().await.is_empty());
    let of_sol = entries(&sol, "?limit=100").await;
    let is_ours = |entry: &&Value| entry["target"]["type"] == "account";
    assert_eq!(of_sol.iter().find(is_ours), None);
}

#[actix_web::test]
async fn a_number_that_meta_stops_and_lets_go_on_leaves_an_entry_for_each() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let account = connect(&owner).await;
        let path = path_of(&account);
        let mut log = Log::of(&owner).await;

        // Found by somebody who asks.
        app.cloud_api
            .answer_next(CallKind::PhoneNumber, refusal(190));
        let check = format!("{path}/check");
        let checked = owner.client.post(&check, json!({})).await;
        checked.assert_status(200);
        let entry = log.only_news().await;
        assert_tells(&entry, "account_status_changed", &account, Some(&owner));
        let connected = json!({"status": "connected", "statusReason": null});
        assert_eq!(entry["before"], connected);
        assert_eq!(entry["after"]["status"], "needs_reauth");
        assert!(entry["after"]["statusReason"].is_string());

        // Mended by a new token, which is one change.
        let change = json!({"accessToken": TOKENS[1]});
        owner.client.put(&path, change).await.assert_status(200);
        let entry = log.only_news().await;
        assert_tells(&entry, "account_updated", &account, Some(&owner));
        assert_eq!(entry["before"], json!({"status": "needs_reauth"}));
        let after = json!({"status": "connected", "accessToken": "replaced"});
        assert_eq!(entry["after"], after);

        // Told by Meta, twice: the second time changes nothing.
        let ban = json!({
            "event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"},
        });
        for _ in 0..2 {
            app.receive(&change_body("account_update", &ban)).await;
        }
        let entry = log.only_news().await;
        assert_tells(&entry, "account_status_changed", &account, None);
        assert_eq!(entry["before"], connected);
        assert_eq!(entry["after"]["status"], "restricted");
    }
}

#[actix_web::test]
async fn what_meta_alone_knows_of_a_number_is_no_news_for_the_log() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let account = connect(&owner).await;
    let mut log = Log::of(&owner).await;
    let quality = json!({
        "display_phone_number": "15550100000", "event": "ONBOARDING",
        "current_limit": "TIER_250",
    });
    let body = change_body("phone_number_quality_update", &quality);
    app.receive(&body).await;
    let name = json!({
        "display_phone_number": "15550100000", "decision": "APPROVED",
        "requested_verified_name": "Luna Flowers",
    });
    let body = change_body("phone_number_name_update", &name);
    app.receive(&body).await;
    assert!(log.news().await.is_empty());
    let account = owner.client.get(&path_of(&account)).await.json();
    assert_eq!(account["messagingLimit"], "TIER_250");
    assert_eq!(account["verifiedName"], "Luna Flowers");
}
