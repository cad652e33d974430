//! Asking people to join, and joining.

mod accepting;
mod races;

use std::time::Duration;

use domain::organizations::Role;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner, PASSWORD},
    stores::backends,
};

use crate::given;

pub(crate) const PATH: &str = "/api/invitations";
const DAY: Duration = Duration::from_hours(24);

pub(crate) async fn invite(owner: &Owner, email: &str, role: &str) -> Answer {
    let body = json!({"email": email, "role": role});
    owner.client.post(PATH, body).await
}

/// Invites somebody, and answers the token that came by mail.
pub(crate) async fn token_for(app: &TestApp, owner: &Owner, email: &str, role: &str) -> String {
    invite(owner, email, role).await.assert_status(201);
    app.run_jobs().await;
    token_sent_to(app, email)
}

/// The token in the last mail to this address.
fn token_sent_to(app: &TestApp, email: &str) -> String {
    let mails = app.mailer.mails();
    let mail = mails.iter().rfind(|mail| mail.to.as_str() == email);
    let text = &mail.unwrap().text;
    let (_, link) = text
        .split_once("http://shop.example/accept-invitation?token=")
        .unwrap_or_else(|| panic!("no link: {text}"));
    link.split_whitespace().next().unwrap().to_owned()
}

pub(crate) fn newcomer(token: &str) -> Value {
    json!({
        "token": token, "firstName": "Ben", "lastName": "Sol", "phoneNumber": "+14155552672",
        "password": PASSWORD,
    })
}

pub(crate) async fn accept(app: &TestApp, body: Value) -> Answer {
    app.anybody()
        .post("/api/auth/accept-invitation", body)
        .await
}

/// Invites somebody who has no account yet, or one with the usual password, and who accepts.
pub(crate) async fn joins(app: &TestApp, owner: &Owner, email: &str, role: &str) -> Owner {
    let token = token_for(app, owner, email, role).await;
    let answer = accept(app, newcomer(&token)).await;
    answer.assert_status(201);
    Owner::from_session(&app.anybody(), &answer.json(), email.to_owned())
}

#[actix_web::test]
async fn somebody_is_asked_by_mail_and_joins() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        app.run_jobs().await;
        app.mailer.take_mails();

        let answer = invite(&owner, " Ben@Example.com ", "agent").await;
        let invitation = answer.assert_status(201).json();
        let path = format!("{PATH}/{}", invitation["id"].as_str().unwrap());
        assert_eq!(answer.header("location"), Some(path.as_str()));
        assert_eq!(invitation["email"], "ben@example.com");
        assert_eq!(invitation["role"], "agent");
        assert_eq!(invitation["invitedBy"], owner.user_id);
        assert_eq!(invitation["createdAt"], "2026-09-01T09:00:00Z");
        assert_eq!(invitation["expiresAt"], "2026-09-08T09:00:00Z");
        assert_eq!(owner.client.get(&path).await.json(), invitation);
        assert_eq!(owner.client.get(PATH).await.data(), [invitation]);

        app.run_jobs().await;
        let mail = app.mailer.mails().remove(0);
        assert_eq!(mail.to.as_str(), "ben@example.com");
        assert_eq!(mail.subject, "Ana Paz invites you to Luna");
        assert!(mail.html.contains("http://shop.example/accept-invitation"));

        let token = token_sent_to(&app, "ben@example.com");
        let joined = accept(&app, newcomer(&token)).await;
        assert_eq!(
            joined.assert_status(201).header("location"),
            Some("/api/auth/me")
        );
        let session = joined.json();
        assert_eq!(session["user"]["email"], "ben@example.com");
        assert_eq!(session["user"]["emailVerified"], true);
        assert_eq!(session["user"]["role"], "agent");
        assert_eq!(session["organization"]["id"], owner.organization_id);
        let ben = Owner::from_session(&app.anybody(), &session, "ben@example.com".into());
        let me = ben.client.get("/api/auth/me").await.json();
        assert_eq!(me["role"], "agent");

        // It is used up.
        assert_eq!(owner.client.get(PATH).await.data(), [] as [Value; 0]);
        owner
            .client
            .get(&path)
            .await
            .assert_problem(404, "not_found");
        let again = accept(&app, newcomer(&token)).await;
        assert_eq!(again.assert_invalid("/token").json()["code"], "invalid");
        let again = invite(&owner, "ben@example.com", "admin").await;
        again.assert_problem(409, "already_member");
    }
}

#[actix_web::test]
async fn to_ask_again_sends_another_link_and_voids_the_one_before() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let first = invite(&owner, "ben@example.com", "agent").await.json();
    app.run_jobs().await;
    let old = token_sent_to(&app, "ben@example.com");
    app.clock.advance(DAY);
    let owner = given::again(&app, &owner).await;
    let second = invite(&owner, "ben@example.com", "admin").await;
    let second = second.assert_status(201).json();
    assert_eq!(second["id"], first["id"]);
    assert_eq!(second["role"], "admin");
    assert_eq!(second["createdAt"], first["createdAt"]);
    assert_eq!(second["expiresAt"], "2026-09-09T09:00:00Z");
    assert_eq!(owner.client.get(PATH).await.data(), [second]);

    // At once, not only when the new mail is sent.
    accept(&app, newcomer(&old)).await.assert_invalid("/token");
    app.run_jobs().await;
    let new = token_sent_to(&app, "ben@example.com");
    assert_ne!(new, old);
    accept(&app, newcomer(&old)).await.assert_invalid("/token");
    let joined = accept(&app, newcomer(&new)).await;
    assert_eq!(joined.assert_status(201).json()["user"]["role"], "admin");
}

#[actix_web::test]
async fn after_seven_days_a_link_is_good_no_more() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let token = token_for(&app, &owner, "ben@example.com", "agent").await;
    app.clock.advance(6 * DAY);
    app.clock.advance(Duration::from_secs(24 * 3600 - 1));
    // What is missing is told, as the token is good.
    accept(&app, json!({"token": token, "password": PASSWORD}))
        .await
        .assert_invalid("/firstName");
    app.clock.advance(Duration::from_secs(1));
    accept(&app, newcomer(&token))
        .await
        .assert_invalid("/token");

    // It can still be seen and sent again.
    let owner = given::again(&app, &owner).await;
    assert_eq!(owner.client.get(PATH).await.data().len(), 1);
    let token = token_for(&app, &owner, "ben@example.com", "agent").await;
    accept(&app, newcomer(&token)).await.assert_status(201);
}

#[actix_web::test]
async fn an_invitation_that_is_taken_back_leads_nowhere() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let token = token_for(&app, &owner, "ben@example.com", "agent").await;
    let row = owner.client.get(PATH).await.data().remove(0);
    let path = format!("{PATH}/{}", row["id"].as_str().unwrap());
    owner.client.delete(&path).await.assert_status(204);
    owner
        .client
        .delete(&path)
        .await
        .assert_problem(404, "not_found");
    accept(&app, newcomer(&token))
        .await
        .assert_invalid("/token");
}

#[actix_web::test]
async fn what_was_taken_back_or_has_expired_is_not_mailed() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    app.run_jobs().await;
    app.mailer.take_mails();
    let revoked = invite(&owner, "ben@example.com", "agent").await.json();
    let path = format!("{PATH}/{}", revoked["id"].as_str().unwrap());
    owner.client.delete(&path).await.assert_status(204);
    invite(&owner, "eva@example.com", "agent")
        .await
        .assert_status(201);
    app.mailer.set_down(true);
    app.run_jobs().await;
    app.mailer.set_down(false);
    app.after(7 * DAY).await;
    assert!(app.mailer.mails().is_empty());
}

#[actix_web::test]
async fn a_mail_that_could_not_be_sent_is_sent_when_mail_is_back() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    app.mailer.set_down(true);
    invite(&owner, "ben@example.com", "agent")
        .await
        .assert_status(201);
    app.run_jobs().await;
    app.mailer.set_down(false);
    app.after(Duration::from_mins(1)).await;
    let token = token_sent_to(&app, "ben@example.com");
    accept(&app, newcomer(&token)).await.assert_status(201);
}

#[actix_web::test]
async fn an_admin_invites_and_owners_alone_invite_owners() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    for (who, role, status) in [
        (&agent, "agent", 403),
        (&admin, "agent", 201),
        (&admin, "admin", 201),
        (&admin, "owner", 403),
        (&owner, "owner", 201),
    ] {
        let answer = invite(who, &format!("{role}@example.com"), role).await;
        assert_eq!(answer.status, status, "{role}: {}", answer.text());
    }
    let row = admin.client.get(PATH).await.data().remove(1);
    let path = format!("{PATH}/{}", row["id"].as_str().unwrap());
    for forbidden in [
        agent.client.get(PATH).await,
        agent.client.get(&path).await,
        agent.client.delete(&path).await,
    ] {
        forbidden.assert_problem(403, "forbidden");
    }
    admin.client.delete(&path).await.assert_status(204);
}

#[actix_web::test]
async fn owners_alone_touch_the_invitation_of_an_owner() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let admin = given::colleague(&app, &owner, Role::Admin).await;
        let token = token_for(&app, &owner, "ben@example.com", "owner").await;
        let row = owner.client.get(PATH).await.data().remove(0);
        let path = format!("{PATH}/{}", row["id"].as_str().unwrap());
        for role in ["agent", "admin"] {
            let answer = invite(&admin, "ben@example.com", role).await;
            answer.assert_problem(403, "forbidden");
        }
        let answer = admin.client.delete(&path).await;
        answer.assert_problem(403, "forbidden");
        assert_eq!(owner.client.get(PATH).await.data(), [row]);

        // The link is good as before, or until an owner says otherwise.
        let incomplete = accept(&app, json!({"token": token, "password": PASSWORD})).await;
        incomplete.assert_invalid("/firstName");
        let answer = invite(&owner, "ben@example.com", "admin").await;
        answer.assert_status(201);
        let answer = invite(&admin, "ben@example.com", "agent").await;
        answer.assert_status(201);
        admin.client.delete(&path).await.assert_status(204);
    }
}

#[actix_web::test]
async fn each_organization_sees_its_own_invitations_page_by_page() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        for (owner, name) in [(&luna, "luna"), (&sol, "sol")] {
            for number in 1..=3 {
                let email = format!("{name}{number}@example.com");
                invite(owner, &email, "agent").await.assert_status(201);
            }
        }
        // The same address may be asked by both.
        invite(&sol, "luna1@example.com", "admin")
            .await
            .assert_status(201);

        let emails = |page: &Value| {
            let rows = page["data"].as_array().unwrap().clone();
            let emails = rows.iter().map(|row| row["email"].as_str().unwrap());
            emails.map(str::to_owned).collect::<Vec<_>>()
        };
        let path = format!("{PATH}?limit=2&include=total");
        let first = luna.client.get(&path).await.assert_status(200).json();
        assert_eq!(emails(&first), ["luna3@example.com", "luna2@example.com"]);
        assert_eq!(first["total"], 3);
        let cursor = first["nextCursor"].as_str().unwrap();
        let last = luna.client.get(&format!("{path}&cursor={cursor}")).await;
        assert_eq!(emails(&last.json()), ["luna1@example.com"]);
        assert_eq!(last.json()["nextCursor"], Value::Null);
        assert_eq!(sol.client.get(&path).await.json()["total"], 4);

        let ours = luna.client.get(PATH).await.data().remove(0);
        let ours = format!("{PATH}/{}", ours["id"].as_str().unwrap());
        for foreign in [sol.client.get(&ours).await, sol.client.delete(&ours).await] {
            foreign.assert_problem(404, "not_found");
        }
        luna.client.get(&ours).await.assert_status(200);
    }
}

#[actix_web::test]
async fn mailboxes_are_not_flooded() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    for owner in [&luna, &sol, &luna, &sol, &luna] {
        invite(owner, "ben@example.com", "agent")
            .await
            .assert_status(201);
    }
    let refused = invite(&sol, "Ben@example.com", "agent").await;
    refused.assert_problem(429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
    invite(&sol, "eva@example.com", "agent")
        .await
        .assert_status(201);
    app.clock.advance(Duration::from_mins(12));
    invite(&sol, "ben@example.com", "agent")
        .await
        .assert_status(201);
}

#[actix_web::test]
async fn an_organization_sends_fifty_invitations_within_an_hour() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    for number in 0..50 {
        let email = format!("ben{number}@example.com");
        invite(&luna, &email, "agent").await.assert_status(201);
    }
    let refused = invite(&luna, "eva@example.com", "agent").await;
    refused.assert_problem(429, "rate_limited");
    invite(&sol, "eva@example.com", "agent")
        .await
        .assert_status(201);
}

#[actix_web::test]
async fn what_cannot_be_an_invitation_is_refused() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let faults = json!({"email": "ben", "role": "king", "organizationId": "x"});
    let answer = owner.client.post(PATH, faults).await;
    answer.assert_problem(422, "invalid");
    for pointer in ["/email", "/role", "/organizationId"] {
        answer.assert_invalid(pointer);
    }
    let answer = owner.client.post(PATH, json!({})).await;
    answer.assert_invalid("/email");
    invite(&owner, &owner.email, "agent")
        .await
        .assert_problem(409, "already_member");
    assert_eq!(owner.client.get(PATH).await.data().len(), 0);
}
