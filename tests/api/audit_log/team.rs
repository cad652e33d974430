//! What happens to the business and to those who work in it.

use domain::organizations::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Owner, PASSWORD},
    stores::backends,
};

use super::Log;
use crate::{given, invitations};

/// What an entry says, in short: its action, who did it, its target, and what changed.
fn told(entry: &Value) -> Value {
    assert_eq!(entry["address"], "127.0.0.1", "{entry:#}");
    assert!(entry["requestId"].is_string(), "{entry:#}");
    json!([
        entry["action"],
        entry["actor"]["id"],
        entry["target"]["type"],
        entry["target"]["id"],
        entry["before"],
        entry["after"],
    ])
}

#[actix_web::test]
async fn each_change_of_the_team_leaves_one_entry() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let agent = given::colleague(&app, &owner, Role::Agent).await;
        let mut log = Log::of(&owner).await;
        let (boss, id) = (owner.user_id.as_str(), agent.user_id.as_str());
        let member = format!("/api/members/{id}");
        for (change, action, before, after) in [
            (
                json!({"role": "admin"}),
                "member_role_changed",
                json!({"role": "agent"}),
                json!({"role": "admin"}),
            ),
            (
                json!({"active": false}),
                "member_deactivated",
                json!({"active": true}),
                json!({"active": false}),
            ),
            (
                json!({"active": true}),
                "member_reactivated",
                json!({"active": false}),
                json!({"active": true}),
            ),
        ] {
            owner
                .client
                .put(&member, change.clone())
                .await
                .assert_status(200);
            let entry = told(&log.only_news().await);
            assert_eq!(entry, json!([action, boss, "member", id, before, after]));
            // The second time, there is nothing to change.
            owner.client.put(&member, change).await.assert_status(200);
            assert!(log.news().await.is_empty());
        }
        owner.client.delete(&member).await.assert_status(204);
        let entry = told(&log.only_news().await);
        let before = json!({"role": "admin", "active": true});
        assert_eq!(
            entry,
            json!(["member_removed", boss, "member", id, before, null])
        );
    }
}

#[actix_web::test]
async fn who_leaves_and_who_hands_the_business_over_is_told() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    let mut log = Log::of(&owner).await;

    let me = format!("/api/members/{}", agent.user_id);
    agent.client.delete(&me).await.assert_status(204);
    let entry = log.only_news().await;
    assert_eq!(entry["action"], "member_removed");
    assert_eq!(entry["actor"]["id"], json!(agent.user_id));
    assert_eq!(entry["actor"]["email"], json!(agent.email));

    let path = format!("/api/members/{}/transfer-ownership", admin.user_id);
    let answer = owner
        .client
        .post(&path, json!({"password": PASSWORD}))
        .await;
    answer.assert_status(200);
    log.owner = given::again(&app, &admin).await;
    let [transferred, started] = log.news().await.try_into().unwrap();
    assert_eq!(started["action"], "session_started");
    let before = json!({"ownerId": owner.user_id, "role": "admin"});
    let after = json!({"ownerId": admin.user_id, "role": "owner"});
    let expected = json!([
        "ownership_transferred",
        owner.user_id,
        "member",
        admin.user_id,
        before,
        after,
    ]);
    assert_eq!(told(&transferred), expected);
}

#[actix_web::test]
async fn invitations_leave_an_entry_when_they_are_sent_revoked_and_accepted() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let mut log = Log::of(&owner).await;
        let boss = owner.user_id.as_str();
        let asked = json!({"email": "ben@example.com", "role": "agent"});

        let sent = invitations::invite(&owner, "ben@example.com", "agent").await;
        let id = sent.assert_status(201).json()["id"].take();
        let entry = told(&log.only_news().await);
        assert_eq!(
            entry,
            json!(["invitation_sent", boss, "invitation", id, null, asked])
        );
        let path = format!("/api/invitations/{}", id.as_str().unwrap());
        owner.client.delete(&path).await.assert_status(204);
        let entry = told(&log.only_news().await);
        assert_eq!(
            entry,
            json!(["invitation_revoked", boss, "invitation", id, asked, null])
        );

        let token = invitations::token_for(&app, &owner, "ben@example.com", "admin").await;
        log.only_news().await;
        let answer = invitations::accept(&app, invitations::newcomer(&token)).await;
        let ben = answer.assert_status(201).json()["user"]["id"].take();
        let [joined, started] = log.news().await.try_into().unwrap();
        let after = json!({"role": "admin", "invitedBy": boss});
        assert_eq!(
            told(&joined),
            json!(["member_joined", ben, "member", ben, null, after])
        );
        assert_eq!(started["action"], "session_started");
        let all = owner.client.get("/api/audit-log?limit=100").await.text();
        assert!(!all.contains(&token) && !all.contains(PASSWORD), "{all}");
    }
}

#[actix_web::test]
async fn what_is_refused_leaves_no_entry() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    let sol = app.register("Sol").await;
    let mut log = Log::of(&owner).await;
    let mut log_of_sol = Log::of(&sol).await;

    let me = format!("/api/members/{}", owner.user_id);
    let other = format!("/api/members/{}", agent.user_id);
    let transfer = format!("{other}/transfer-ownership");
    let asked = |role: &str| json!({"email": "ben@example.com", "role": role});
    let password = |text: &str| json!({"password": text});
    let profile = "/api/organizations/current";
    let attempts: [(&Owner, Method, &str, Value, u16); 12] = [
        (&owner, Method::PUT, &me, json!({"role": "agent"}), 409),
        (&owner, Method::PUT, &me, json!({"active": false}), 409),
        (&owner, Method::DELETE, &me, json!({}), 409),
        (&admin, Method::PUT, &other, json!({"role": "admin"}), 403),
        (&admin, Method::DELETE, &me, json!({}), 403),
        (
            &agent,
            Method::POST,
            "/api/invitations",
            asked("agent"),
            403,
        ),
        (
            &admin,
            Method::POST,
            "/api/invitations",
            asked("owner"),
            403,
        ),
        (&owner, Method::POST, &transfer, password("wrong"), 422),
        (&sol, Method::PUT, &other, json!({"active": false}), 404),
        (&sol, Method::POST, &transfer, password(PASSWORD), 404),
        (&owner, Method::PUT, profile, json!({"name": ""}), 422),
        (&agent, Method::PUT, profile, json!({"name": "Sol"}), 403),
    ];
    for (who, method, path, body, status) in attempts {
        let answer = who.client.request(method.clone(), path).json(&body).send();
        let answer = answer.await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        assert!(log.news().await.is_empty(), "{method} {path}");
        assert!(log_of_sol.news().await.is_empty(), "{method} {path}");
    }
}
