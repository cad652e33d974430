//! An owner stays, and ownership can go on to somebody else.

use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner, PASSWORD},
    stores::backends,
};

use super::{path_of, put, row};
use crate::{given, invitations::joins};

pub(super) async fn transfer(from: &Owner, to: &Owner) -> Answer {
    let path = format!("{}/transfer-ownership", path_of(to));
    from.client.post(&path, json!({"password": PASSWORD})).await
}

#[actix_web::test]
async fn the_last_owner_stays() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        joins(&app, &owner, "eva@example.com", "admin").await;
        let demotion = put(&owner, &owner, json!({"role": "admin"})).await;
        demotion.assert_problem(409, "last_owner");
        let leaving = owner.client.delete(&path_of(&owner)).await;
        leaving.assert_problem(409, "last_owner");

        // One who cannot sign in does not count.
        let second = joins(&app, &owner, "second@example.com", "owner").await;
        put(&owner, &second, json!({"active": false}))
            .await
            .assert_status(200);
        put(&owner, &owner, json!({"role": "admin"}))
            .await
            .assert_problem(409, "last_owner");
        put(&owner, &second, json!({"active": true}))
            .await
            .assert_status(200);
        put(&owner, &owner, json!({"role": "admin"}))
            .await
            .assert_status(200);
    }
}

#[actix_web::test]
async fn anybody_may_leave_but_the_last_owner() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for (email, role) in [("ben@example.com", "agent"), ("eva@example.com", "owner")] {
        let member = joins(&app, &owner, email, role).await;
        let left = member.client.delete(&path_of(&member)).await;
        left.assert_status(204);
        let me = member.client.get("/api/auth/me").await;
        me.assert_problem(401, "session_ended");
        let gone = owner.client.get(&path_of(&member)).await;
        gone.assert_problem(404, "not_found");
        let path = format!("/api/audit-log?targetId={}&limit=1", member.user_id);
        let entry = owner.client.get(&path).await.data().remove(0);
        assert_eq!(entry["action"], "member_removed");
        assert_eq!(entry["actor"]["id"], member.user_id);
        assert_eq!(entry["before"], json!({"role": role, "active": true}));
        assert_eq!(entry["after"], Value::Null);
    }
}

#[actix_web::test]
async fn ownership_goes_to_another_member_and_its_giver_becomes_an_admin() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let ben = joins(&app, &owner, "ben@example.com", "agent").await;
        let answer = transfer(&owner, &ben).await;
        let heir = answer.assert_status(200).json();
        assert_eq!(heir["id"], ben.user_id);
        assert_eq!(heir["role"], "owner");
        assert_eq!(answer.header("etag"), Some("\"2\""));

        // Who has another role signs in with it.
        for person in [&owner, &ben] {
            let me = person.client.get("/api/auth/me").await;
            me.assert_problem(401, "session_ended");
        }
        let (owner, ben) = (
            given::again(&app, &owner).await,
            given::again(&app, &ben).await,
        );
        assert_eq!(row(&ben, &owner).await["role"], "admin");
        assert_eq!(row(&ben, &ben).await, heir);
        let path = "/api/audit-log?action=ownership_transferred";
        let entries = ben.client.get(path).await.data();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0]["actor"]["id"], owner.user_id);
        assert_eq!(entries[0]["target"]["id"], ben.user_id);
        assert_eq!(
            entries[0]["before"],
            json!({"ownerId": owner.user_id, "role": "agent"})
        );
        assert_eq!(
            entries[0]["after"],
            json!({"ownerId": ben.user_id, "role": "owner"})
        );
        // It cannot be taken back.
        transfer(&owner, &ben)
            .await
            .assert_problem(403, "forbidden");
    }
}

#[actix_web::test]
async fn ownership_is_given_by_owners_to_active_members_who_have_none() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ben = joins(&app, &owner, "ben@example.com", "agent").await;
    let eva = joins(&app, &owner, "eva@example.com", "admin").await;
    let second = joins(&app, &owner, "second@example.com", "owner").await;
    for by in [&ben, &eva] {
        transfer(by, &eva).await.assert_problem(403, "forbidden");
    }
    for to in [&owner, &second] {
        transfer(&owner, to)
            .await
            .assert_problem(409, "already_owner");
    }
    put(&owner, &ben, json!({"active": false}))
        .await
        .assert_status(200);
    transfer(&owner, &ben)
        .await
        .assert_problem(409, "member_not_active");
    assert_eq!(row(&owner, &owner).await["role"], "owner");
    assert_eq!(row(&owner, &ben).await["role"], "agent");
}

#[actix_web::test]
async fn ownership_asks_for_the_password() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ben = joins(&app, &owner, "ben@example.com", "agent").await;
    let path = format!("{}/transfer-ownership", path_of(&ben));
    for body in [json!({}), json!({"password": ""})] {
        let answer = owner.client.post(&path, body).await;
        answer.assert_invalid("/password");
    }
    for _ in 0..10 {
        let wrong = json!({"password": "Corriente-72-azul"});
        let answer = owner.client.post(&path, wrong).await;
        let problem = answer.assert_problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/password");
        assert_eq!(problem["errors"][0]["code"], "wrong_password");
    }
    transfer(&owner, &ben)
        .await
        .assert_problem(429, "rate_limited");
    assert_eq!(row(&owner, &owner).await["role"], "owner");
}
