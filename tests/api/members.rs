//! Who works in an organization, and as what.

mod ownership;
mod races;
mod sessions;

use std::time::Duration;

use domain::organizations::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner},
    stores::backends,
};

use crate::{given, invitations::joins};

pub(crate) const PATH: &str = "/api/members";

pub(crate) fn path_of(member: &Owner) -> String {
    format!("{PATH}/{}", member.user_id)
}

async fn put(by: &Owner, member: &Owner, change: Value) -> Answer {
    by.client.put(&path_of(member), change).await
}

async fn with_if_match(method: Method, by: &Owner, member: &Owner, etag: &str) -> Answer {
    let request = by.client.request(method, &path_of(member));
    let request = request.header("if-match", etag);
    request.json(&json!({"active": false})).send().await
}

/// A member's row, as somebody sees it.
async fn row(by: &Owner, member: &Owner) -> Value {
    let answer = by.client.get(&path_of(member)).await;
    answer.assert_status(200).json()
}

#[actix_web::test]
async fn everybody_sees_the_own_team_page_by_page() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        app.clock.advance(Duration::from_secs(1));
        let ben = joins(&app, &luna, "ben@example.com", "agent").await;
        app.clock.advance(Duration::from_secs(1));
        let eva = joins(&app, &luna, "eva@example.com", "admin").await;
        joins(&app, &sol, "ina@example.com", "agent").await;

        let path = format!("{PATH}?limit=2&include=total");
        let first = ben.client.get(&path).await.assert_status(200).json();
        assert_eq!(first["total"], 3);
        let ids = |page: &Value| {
            let rows = page["data"].as_array().unwrap().clone();
            let ids = rows.iter().map(|row| row["id"].as_str().unwrap());
            ids.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(ids(&first), [eva.user_id.clone(), ben.user_id.clone()]);
        let cursor = first["nextCursor"].as_str().unwrap();
        let last = ben.client.get(&format!("{path}&cursor={cursor}")).await;
        assert_eq!(ids(&last.json()), vec![luna.user_id.clone()]);
        assert_eq!(last.json()["nextCursor"], Value::Null);
        assert_eq!(sol.client.get(&path).await.json()["total"], 2);

        let expected = json!({
            "id": ben.user_id, "firstName": "Ben", "lastName": "Sol", "email": "ben@example.com",
            "phoneNumber": "+14155552672", "role": "agent", "active": true, "emailVerified": true,
            "availability": "available",
            "twoFactorEnabled": false, "lastSignedInAt": "2026-09-01T09:00:01Z",
            "createdAt": "2026-09-01T09:00:01Z", "updatedAt": "2026-09-01T09:00:01Z", "version": 1,
        });
        assert_eq!(first["data"][1], expected);
        let answer = luna.client.get(&path_of(&ben)).await;
        assert_eq!(answer.assert_status(200).json(), expected);
        assert_eq!(answer.header("etag"), Some("\"1\""));
    }
}

#[actix_web::test]
async fn another_organizations_members_are_not_there() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    let ben = joins(&app, &sol, "ben@example.com", "agent").await;
    for foreign in [
        luna.client.get(&path_of(&ben)).await,
        put(&luna, &ben, json!({"active": false})).await,
        luna.client.delete(&path_of(&ben)).await,
        ownership::transfer(&luna, &ben).await,
        luna.client.get(&format!("{PATH}/nonsense")).await,
    ] {
        foreign.assert_problem(404, "not_found");
    }
    // Their sessions have nothing to do with it either.
    ben.client.get("/api/auth/me").await.assert_status(200);
    luna.client.get("/api/auth/me").await.assert_status(200);
}

#[actix_web::test]
async fn agents_look_admins_manage_and_owners_decide_on_roles() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let second = joins(&app, &owner, "second@example.com", "owner").await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let other = joins(&app, &owner, "other@example.com", "admin").await;
    let deactivation = || json!({"active": false});
    let promotion = |role: &str| json!({"role": role});
    let forbidden = [
        (&agent, &other, deactivation()),
        (&agent, &agent, promotion("admin")),
        (&admin, &other, promotion("agent")),
        (&admin, &admin, promotion("owner")),
        (&admin, &second, deactivation()),
        (&admin, &second, promotion("admin")),
        // All or nothing.
        (&admin, &other, json!({"active": false, "role": "agent"})),
    ];
    for (by, member, change) in forbidden {
        let answer = put(by, member, change.clone()).await;
        assert_eq!(answer.status, 403, "{change}: {}", answer.text());
        answer.assert_problem(403, "forbidden");
    }
    for (by, member) in [(&agent, &other), (&admin, &second)] {
        let answer = by.client.delete(&path_of(member)).await;
        answer.assert_problem(403, "forbidden");
    }
    for member in [&second, &admin, &agent, &other] {
        assert_eq!(row(&agent, member).await["version"], 1);
        member.client.get("/api/auth/me").await.assert_status(200);
    }

    // A form may send the role that stays.
    let change = json!({"active": false, "role": "admin"});
    let changed = put(&admin, &other, change).await.assert_status(200).json();
    assert_eq!(changed["active"], false);
    let answer = admin.client.delete(&path_of(&other)).await;
    answer.assert_status(204);
    put(&owner, &second, promotion("agent"))
        .await
        .assert_status(200);
    put(&owner, &agent, promotion("owner"))
        .await
        .assert_status(200);
}

#[actix_web::test]
async fn a_change_of_both_counts_once_and_is_on_record_twice() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let ben = joins(&app, &owner, "ben@example.com", "agent").await;
        app.clock.advance(Duration::from_secs(60));
        let change = json!({"active": false, "role": "admin"});
        let answer = put(&owner, &ben, change).await;
        let changed = answer.assert_status(200).json();
        assert_eq!(answer.header("etag"), Some("\"2\""));
        assert_eq!(
            (&changed["active"], &changed["role"]),
            (&json!(false), &json!("admin"))
        );
        assert_eq!(changed["updatedAt"], "2026-09-01T09:01:00Z");
        assert_eq!(row(&owner, &ben).await, changed);

        let path = format!("/api/audit-log?targetId={}&limit=2", ben.user_id);
        let entries = owner.client.get(&path).await.assert_status(200).data();
        let mut said: Vec<_> = entries
            .iter()
            .map(|entry| {
                (
                    entry["action"].clone(),
                    entry["before"].clone(),
                    entry["after"].clone(),
                )
            })
            .collect();
        said.sort_by_key(|(action, ..)| action.to_string());
        let expected = [
            (
                json!("member_deactivated"),
                json!({"active": true}),
                json!({"active": false}),
            ),
            (
                json!("member_role_changed"),
                json!({"role": "agent"}),
                json!({"role": "admin"}),
            ),
        ];
        assert_eq!(said, expected);
    }
}

#[actix_web::test]
async fn what_changes_nothing_ends_nothing() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ben = joins(&app, &owner, "ben@example.com", "agent").await;
    for nothing in [json!({}), json!({"active": true, "role": "agent"})] {
        let same = put(&owner, &ben, nothing).await.assert_status(200).json();
        assert_eq!(same["version"], 1);
    }
    ben.client.get("/api/auth/me").await.assert_status(200);
}

#[actix_web::test]
async fn a_stale_version_changes_and_removes_nothing() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ben = joins(&app, &owner, "ben@example.com", "agent").await;
    put(&owner, &ben, json!({"role": "admin"}))
        .await
        .assert_status(200);
    for method in [Method::PUT, Method::DELETE] {
        for stale in ["\"1\"", "\"7\"", "\"x\""] {
            let answer = with_if_match(method.clone(), &owner, &ben, stale).await;
            answer.assert_problem(412, "version_mismatch");
        }
    }
    let changed = with_if_match(Method::PUT, &owner, &ben, "\"2\"").await;
    assert_eq!(changed.assert_status(200).header("etag"), Some("\"3\""));
    with_if_match(Method::DELETE, &owner, &ben, "\"3\"")
        .await
        .assert_status(204);
    let gone = owner.client.get(&path_of(&ben)).await;
    gone.assert_problem(404, "not_found");
}

#[actix_web::test]
async fn nobody_deactivates_themselves() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    for me in [&owner, &admin] {
        let answer = put(me, me, json!({"active": false})).await;
        answer.assert_problem(409, "cannot_deactivate_yourself");
    }
    let second = joins(&app, &owner, "second@example.com", "owner").await;
    let answer = put(&second, &second, json!({"active": false, "role": "agent"})).await;
    answer.assert_problem(409, "cannot_deactivate_yourself");
    assert_eq!(row(&second, &second).await["role"], "owner");
}

#[actix_web::test]
async fn what_cannot_be_a_change_is_refused() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ben = joins(&app, &owner, "ben@example.com", "agent").await;
    let faults = json!({"role": "king", "active": null, "email": "x@example.com"});
    let answer = put(&owner, &ben, faults).await;
    answer.assert_problem(422, "invalid");
    for pointer in ["/role", "/active", "/email"] {
        answer.assert_invalid(pointer);
    }
    put(&owner, &ben, json!({"role": null}))
        .await
        .assert_invalid("/role");
    assert_eq!(row(&owner, &ben).await["version"], 1);
}
