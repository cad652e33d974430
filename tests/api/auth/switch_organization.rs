//! Going on in another of one's organizations.

use std::{cell::Cell, time::Duration};

use domain::organizations::Role;
use futures_util::{future::join_all, join};
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner, PASSWORD},
    stores::backends,
};

use crate::{given, realtime::Socket};

async fn switch(owner: &Owner, organization_id: &str) -> Answer {
    let body = json!({"organizationId": organization_id});
    let path = "/api/auth/switch-organization";
    owner.client.post(path, body).await
}

#[actix_web::test]
async fn a_session_ends_here_and_another_begins_there() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        given::joins(&app, &luna, &sol, Role::Agent).await;
        let mut socket = Socket::open(&luna, None).await;

        let answer = switch(&luna, &sol.organization_id).await;
        let session = answer.assert_status(200).json();
        assert_eq!(session["user"]["id"], luna.user_id);
        assert_eq!(session["user"]["role"], "agent");
        assert_eq!(session["user"]["businessName"], "Sol");
        assert_eq!(session["organization"]["id"], sol.organization_id);
        assert_eq!(session["tokenType"], "Bearer");
        let there = Owner::from_session(&app.anybody(), &session, luna.email.clone());
        let me = there.client.get("/api/auth/me").await.json();
        assert_eq!(me["organization"]["name"], "Sol");
        assert_eq!(me["role"], "agent");

        assert_eq!(socket.closed().await, 4401);
        let answer = luna.client.get("/api/auth/me").await;
        answer.assert_problem(401, "session_ended");
        let body = json!({"refreshToken": luna.refresh_token});
        let answer = app.anybody().post("/api/auth/refresh", body).await;
        answer.assert_problem(401, "invalid_refresh_token");
    }
}

#[actix_web::test]
async fn signing_in_opens_the_organization_last_signed_in_to() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        given::joins(&app, &luna, &sol, Role::Agent).await;
        let signs_in = async || {
            app.clock.advance(std::time::Duration::from_mins(1));
            let body = json!({"email": luna.email, "password": PASSWORD});
            let answer = app.anybody().post("/api/auth/login", body).await;
            let session = answer.assert_status(200).json();
            Owner::from_session(&app.anybody(), &session, luna.email.clone())
        };
        let session = signs_in().await;
        assert_eq!(session.organization_id, luna.organization_id);
        app.clock.advance(std::time::Duration::from_mins(1));
        let answer = switch(&session, &sol.organization_id).await;
        answer.assert_status(200);
        let session = signs_in().await;
        assert_eq!(session.organization_id, sol.organization_id);
        app.clock.advance(std::time::Duration::from_mins(1));
        let answer = switch(&session, &luna.organization_id).await;
        answer.assert_status(200);
        assert_eq!(signs_in().await.organization_id, luna.organization_id);
    }
}

#[actix_web::test]
async fn nobody_gets_into_an_organization_of_others() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    for foreign in [sol.organization_id.as_str(), &luna.user_id] {
        let answer = switch(&luna, foreign).await;
        answer.assert_problem(404, "not_found");
    }
    given::joins(&app, &luna, &sol, Role::Admin).await;
    let store = &app.application.ports.store;
    let organization_id = sol.organization_id.parse().unwrap();
    let uow = store.begin(organization_id).await.unwrap();
    let found = uow.members().find(luna.user_id.parse().unwrap()).await;
    let mut member = found.unwrap().unwrap().member;
    member.active = false;
    assert!(uow.members().update(&member).await.unwrap());
    uow.commit().await.unwrap();
    let answer = switch(&luna, &sol.organization_id).await;
    answer.assert_problem(404, "not_found");

    for nonsense in [json!({}), json!({"organizationId": "luna"})] {
        let path = "/api/auth/switch-organization";
        let answer = luna.client.post(path, nonsense).await;
        answer.assert_invalid("/organizationId");
    }
    // Whatever was refused has ended nothing.
    let me = luna
        .client
        .get("/api/auth/me")
        .await
        .assert_status(200)
        .json();
    assert_eq!(me["organizations"].as_array().map(Vec::len), Some(1));
    assert_ne!(me["user"], Value::Null);
}

#[actix_web::test]
async fn of_many_who_switch_one_session_at_once_one_goes_on() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        given::joins(&app, &luna, &sol, Role::Agent).await;
        let attempts = (0..5).map(|_| switch(&luna, &sol.organization_id));
        let answers = join_all(attempts).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        for answer in lost {
            answer.assert_problem(401, "session_ended");
        }
    }
}

#[actix_web::test]
async fn who_ends_all_sessions_does_not_miss_one_that_is_switched() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        given::joins(&app, &luna, &sol, Role::Agent).await;
        // As for a new password: the user first, then the sessions.
        let system = app.application.ports.store.begin_system().await.unwrap();
        let user_id = luna.user_id.parse().unwrap();
        assert!(system.users().lock(user_id).await.unwrap().is_some());
        let is_released = Cell::new(false);
        let release = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            is_released.set(true);
            drop(system);
        };
        let switching = async {
            let answer = switch(&luna, &sol.organization_id).await;
            assert!(is_released.get(), "{}", answer.text());
            answer
        };
        let (switched, ()) = join!(switching, release);
        switched.assert_status(200);
    }
}
