//! The list of one's own sessions, and ending them.

use domain::{clock::Clock, organizations::Role};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Owner, PASSWORD},
    stores::backends,
};

use super::{DAY, another_session, refresh, text};
use crate::{given, realtime::Socket};

const PATH: &str = "/api/auth/sessions";

async fn sessions(owner: &Owner) -> Vec<Value> {
    owner.client.get(PATH).await.assert_status(200).data()
}

/// The id of the session that asks.
async fn own_session(owner: &Owner) -> String {
    let sessions = sessions(owner).await;
    let current = sessions.iter().find(|session| session["current"] == true);
    current.unwrap()["id"].as_str().unwrap().to_owned()
}

async fn revoke(owner: &Owner, id: &str) -> tests::client::Answer {
    owner.client.delete(&format!("{PATH}/{id}")).await
}

async fn assert_over(app: &TestApp, owner: &Owner) {
    let answer = owner.client.get("/api/auth/me").await;
    answer.assert_problem(401, "session_ended");
    let pair = refresh(&app.anybody(), &owner.refresh_token).await;
    pair.assert_problem(401, "invalid_refresh_token");
}

#[actix_web::test]
async fn everybody_sees_where_they_are_signed_in() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        app.register("Sol").await;
        app.clock.advance(DAY);
        let anybody = app.anybody();
        let login = anybody.request(Method::POST, "/api/auth/login");
        let answer = login
            .header("user-agent", "Lynx/2.9.2")
            .json(&json!({"email": owner.email, "password": PASSWORD}))
            .send()
            .await;
        let other = Owner::from_session(&anybody, &answer.json(), owner.email.clone());

        let seen = sessions(&other).await;
        assert_eq!(seen.len(), 2);
        let organization = json!({"id": owner.organization_id, "name": "Luna"});
        let newest = json!({
            "id": seen[0]["id"], "current": true, "userAgent": "Lynx/2.9.2",
            "address": "127.0.0.1", "organization": organization,
            "createdAt": "2026-09-02T09:00:00Z", "lastUsedAt": "2026-09-02T09:00:00Z",
            "expiresAt": "2026-10-02T09:00:00Z",
        });
        assert_eq!(seen[0], newest);
        assert_eq!(seen[1]["current"], false);
        assert_eq!(seen[1]["userAgent"], Value::Null);

        app.clock.advance(DAY);
        let pair = refresh(&app.anybody(), &owner.refresh_token).await;
        let client = app.anybody().with_token(&text(&pair, "accessToken"));
        let seen = client.get(PATH).await.assert_status(200).data();
        assert_eq!(seen[1]["current"], true);
        assert_eq!(seen[1]["lastUsedAt"], "2026-09-03T09:00:00Z");
        assert_eq!(seen[1]["expiresAt"], "2026-10-03T09:00:00Z");

        // What has expired is no session any more.
        app.clock.advance(30 * DAY);
        let other = another_session(&app, &owner).await;
        assert_eq!(sessions(&other).await.len(), 1);
    }
}

#[actix_web::test]
async fn sessions_come_in_pages() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        for _ in 0..4 {
            another_session(&app, &owner).await;
        }
        let mut seen = Vec::new();
        let mut path = format!("{PATH}?limit=2&include=total");
        loop {
            let page = owner.client.get(&path).await;
            seen.extend(page.assert_status(200).data());
            assert_eq!(page.json()["total"], 5);
            let Some(cursor) = page.json()["nextCursor"].as_str().map(str::to_owned) else {
                break;
            };
            path = format!("{PATH}?limit=2&include=total&cursor={cursor}");
        }
        let mut ids: Vec<_> = seen.iter().map(|session| session["id"].as_str()).collect();
        assert!(ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");
        ids.dedup();
        assert_eq!(ids.len(), 5);
        let wrong = owner.client.get(&format!("{PATH}?device=phone")).await;
        wrong.assert_invalid("/device");
    }
}

#[actix_web::test]
async fn a_revoked_session_stops_at_once_and_the_others_go_on() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let lost = another_session(&app, &owner).await;
        let mut socket = Socket::open(&lost, None).await;
        let id = own_session(&lost).await;
        revoke(&owner, &id).await.assert_status(204);

        assert_eq!(socket.closed().await, 4401);
        assert_over(&app, &lost).await;
        assert_eq!(sessions(&owner).await.len(), 1);
        revoke(&owner, &id).await.assert_problem(404, "not_found");
        // One's own, as signing out does.
        let id = own_session(&owner).await;
        revoke(&owner, &id).await.assert_status(204);
        assert_over(&app, &owner).await;
    }
}

#[actix_web::test]
async fn nobody_sees_or_ends_the_sessions_of_others() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let colleague = given::colleague(&app, &owner, Role::Agent).await;
    let stranger = app.register("Sol").await;
    let id = own_session(&colleague).await;
    for other in [&owner, &stranger] {
        assert_eq!(sessions(other).await.len(), 1);
        revoke(other, &id).await.assert_problem(404, "not_found");
    }
    revoke(&owner, "nonsense")
        .await
        .assert_problem(404, "not_found");
    let answer = colleague.client.get("/api/auth/me").await;
    answer.assert_status(200);
}

#[actix_web::test]
async fn a_session_is_revoked_from_another_organization() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        given::joins(&app, &luna, &sol, Role::Agent).await;
        let body = json!({"organizationId": sol.organization_id});
        let there = another_session(&app, &luna).await;
        let answer = there
            .client
            .post("/api/auth/switch-organization", body)
            .await;
        let session = answer.assert_status(200).json();
        let there = Owner::from_session(&app.anybody(), &session, luna.email.clone());
        let mut socket = Socket::open(&there, None).await;

        let seen = sessions(&luna).await;
        let names: Vec<_> = seen
            .iter()
            .map(|session| session["organization"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["Sol", "Luna"]);
        let id = own_session(&there).await;
        revoke(&luna, &id).await.assert_status(204);
        assert_eq!(socket.closed().await, 4401);
        assert_over(&app, &there).await;
    }
}

#[actix_web::test]
async fn signing_out_everywhere_ends_all_of_the_users_sessions_and_no_others() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        let colleague = given::colleague(&app, &luna, Role::Agent).await;
        given::joins(&app, &luna, &sol, Role::Agent).await;
        let there = another_session(&app, &luna).await;
        let body = json!({"organizationId": sol.organization_id});
        let answer = there
            .client
            .post("/api/auth/switch-organization", body)
            .await;
        let there = Owner::from_session(&app.anybody(), &answer.json(), luna.email.clone());
        let phone = another_session(&app, &luna).await;
        let mut sockets = Vec::new();
        for session in [&luna, &there, &phone] {
            sockets.push(Socket::open(session, None).await);
        }

        let request = luna.client.request(Method::POST, "/api/auth/logout-all");
        request.send().await.assert_status(204);
        for mut socket in sockets {
            assert_eq!(socket.closed().await, 4401);
        }
        for session in [&luna, &there, &phone] {
            assert_over(&app, session).await;
        }
        for other in [&colleague, &sol] {
            other.client.get("/api/auth/me").await.assert_status(200);
        }
    }
}

#[actix_web::test]
async fn who_is_deactivated_or_removed_is_signed_out_at_once() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let store = &app.application.ports.store;
        let organization_id = owner.organization_id.parse().unwrap();

        let agent = given::colleague(&app, &owner, Role::Agent).await;
        let uow = store.begin(organization_id).await.unwrap();
        let found = uow.members().find(agent.user_id.parse().unwrap()).await;
        let mut member = found.unwrap().unwrap().member;
        member.active = false;
        assert!(uow.members().update(&member).await.unwrap());
        uow.commit().await.unwrap();
        assert_over(&app, &agent).await;

        let admin = given::colleague(&app, &owner, Role::Admin).await;
        let uow = store.begin(organization_id).await.unwrap();
        let id = admin.user_id.parse().unwrap();
        assert!(uow.members().remove(id, app.clock.now()).await.unwrap());
        uow.commit().await.unwrap();
        assert_over(&app, &admin).await;
        for gone in [&agent, &admin] {
            let body = json!({"email": gone.email, "password": PASSWORD});
            let answer = app.anybody().post("/api/auth/login", body).await;
            answer.assert_problem(403, "no_organization");
        }
    }
}

#[actix_web::test]
async fn a_session_that_is_renewed_and_ended_at_once_is_over() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let mut others = Vec::new();
        for _ in 0..10 {
            let session = another_session(&app, &owner).await;
            others.push((own_session(&session).await, session));
        }
        let race = others.iter().map(async |(id, session)| {
            let renewing = refresh(&session.client, &session.refresh_token);
            futures_util::join!(renewing, revoke(&owner, id))
        });
        for (renewed, revoked) in join_all(race).await {
            revoked.assert_status(204);
            if renewed.status == 200 {
                let next = refresh(&app.anybody(), &text(&renewed, "refreshToken")).await;
                next.assert_problem(401, "invalid_refresh_token");
            } else {
                renewed.assert_problem(401, "invalid_refresh_token");
            }
        }
        for (_, session) in &others {
            assert_over(&app, session).await;
        }
    }
}

#[actix_web::test]
async fn nobody_gets_in_with_the_old_password_while_it_is_changed() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let change = json!({"currentPassword": PASSWORD, "newPassword": "Corriente-72-azul"});
        let login = json!({"email": owner.email, "password": PASSWORD});
        let clients: Vec<_> = (0..8).map(|_| app.anybody()).collect();
        let logins = clients
            .iter()
            .map(|client| client.post("/api/auth/login", login.clone()));
        let changing = owner.client.put("/api/auth/password", change);
        let (changed, answers) = futures_util::join!(changing, join_all(logins));
        changed.assert_status(204);
        for answer in answers {
            assert!([200, 401].contains(&answer.status), "{}", answer.text());
        }
        // Whoever got in before was put out.
        assert_eq!(sessions(&owner).await.len(), 1);
    }
}
