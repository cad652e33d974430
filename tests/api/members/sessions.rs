//! Whose place changes has to sign in again, in this organization and in no other.

use serde_json::json;
use tests::{
    app::TestApp,
    client::{Owner, PASSWORD},
    stores::backends,
};

use super::{path_of, put};
use crate::{given, invitations::joins, realtime::Socket};

async fn assert_over(app: &TestApp, member: &Owner) {
    let me = member.client.get("/api/auth/me").await;
    me.assert_problem(401, "session_ended");
    let body = json!({"refreshToken": member.refresh_token});
    let refresh = app.anybody().post("/api/auth/refresh", body).await;
    refresh.assert_problem(401, "invalid_refresh_token");
}

#[actix_web::test]
async fn a_change_of_role_ends_all_sessions_in_this_organization_alone() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        let guest = joins(&app, &luna, &sol.email, "agent").await;
        // The organization last signed in to.
        let elsewhere = given::again(&app, &guest).await;
        assert_eq!(elsewhere.organization_id, luna.organization_id);
        let bystander = joins(&app, &luna, "ben@example.com", "agent").await;

        put(&luna, &guest, json!({"role": "admin"}))
            .await
            .assert_status(200);
        assert_over(&app, &guest).await;
        assert_over(&app, &elsewhere).await;
        for person in [&sol, &bystander, &luna] {
            person.client.get("/api/auth/me").await.assert_status(200);
        }
        let back = given::again(&app, &guest).await;
        let me = back.client.get("/api/auth/me").await.json();
        assert_eq!(me["role"], "admin");
    }
}

#[actix_web::test]
async fn who_is_deactivated_or_removed_is_out_at_once() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let ben = joins(&app, &owner, "ben@example.com", "agent").await;
        put(&owner, &ben, json!({"active": false}))
            .await
            .assert_status(200);
        assert_over(&app, &ben).await;
        let login = json!({"email": ben.email, "password": PASSWORD});
        let answer = app.anybody().post("/api/auth/login", login.clone()).await;
        answer.assert_problem(403, "no_organization");

        put(&owner, &ben, json!({"active": true}))
            .await
            .assert_status(200);
        assert_over(&app, &ben).await;
        let ben = given::again(&app, &ben).await;
        let removed = owner.client.delete(&path_of(&ben)).await;
        removed.assert_status(204);
        assert_over(&app, &ben).await;
        let answer = app.anybody().post("/api/auth/login", login).await;
        answer.assert_problem(403, "no_organization");
        let members = owner.client.get("/api/members?include=total").await.json();
        assert_eq!(members["total"], 1);
    }
}

#[actix_web::test]
async fn sockets_close_with_the_sessions() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ben = joins(&app, &owner, "ben@example.com", "agent").await;
    let mut watching = Socket::open(&ben, None).await;
    put(&owner, &ben, json!({"role": "admin"}))
        .await
        .assert_status(200);
    assert_eq!(watching.closed().await, 4401);

    let ben = given::again(&app, &ben).await;
    let mut watching = Socket::open(&ben, None).await;
    let removed = owner.client.delete(&path_of(&ben)).await;
    removed.assert_status(204);
    assert_eq!(watching.closed().await, 4401);
}

#[actix_web::test]
async fn a_change_that_is_refused_ends_no_session() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let answer = put(&owner, &owner, json!({"role": "agent"})).await;
    answer.assert_problem(409, "last_owner");
    let answer = owner.client.delete(&path_of(&owner)).await;
    answer.assert_problem(409, "last_owner");
    owner.client.get("/api/auth/me").await.assert_status(200);
}
