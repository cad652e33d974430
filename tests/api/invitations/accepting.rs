//! Who joins, and as what.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Owner, PASSWORD},
};

use super::{accept, invite, joins, newcomer, token_for};
use crate::auth::two_factor::{STEP, turns_on};

#[actix_web::test]
async fn a_newcomer_is_told_all_that_is_wrong_at_once() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let token = token_for(&app, &owner, "ben@example.com", "agent").await;
    let faults = json!({
        "token": token, "firstName": " ", "lastName": "a\nb", "phoneNumber": "12",
        "password": "short",
    });
    let answer = accept(&app, faults).await;
    let problem = answer.assert_problem(422, "invalid");
    let errors = problem["errors"].as_array().unwrap();
    let codes: Vec<_> = errors
        .iter()
        .map(|error| {
            let text = |name: &str| error[name].as_str().unwrap().to_owned();
            (text("pointer"), text("code"))
        })
        .collect();
    let expected = [
        ("/firstName", "required"),
        ("/lastName", "control_character"),
        ("/phoneNumber", "invalid_phone_number"),
        ("/password", "password_length"),
    ];
    assert_eq!(
        codes,
        expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()))
    );
    let nothing = accept(&app, json!({"tokens": token})).await;
    for pointer in ["/token", "/password", "/tokens"] {
        nothing.assert_invalid(pointer);
    }
    // The address is known from the invitation: it is no password.
    let token = token_for(&app, &owner, "ben1@example.com", "agent").await;
    let mut own_address = newcomer(&token);
    own_address["password"] = json!("Ben1@Example.com");
    let problem = accept(&app, own_address).await.json();
    assert_eq!(problem["errors"][0]["code"], "password_is_email");
    accept(&app, newcomer("nonsense"))
        .await
        .assert_invalid("/token");
    accept(&app, newcomer(&token)).await.assert_status(201);
}

#[actix_web::test]
async fn a_phone_number_without_a_country_code_belongs_to_the_organizations_country() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let token = token_for(&app, &owner, "ben@example.com", "agent").await;
    let mut body = newcomer(&token);
    body["phoneNumber"] = json!("912 345 678");
    accept(&app, body.clone())
        .await
        .assert_invalid("/phoneNumber");
    let country = json!({"country": "PE"});
    owner
        .client
        .put("/api/organizations/current", country)
        .await
        .assert_status(200);
    let session = accept(&app, body).await.assert_status(201).json();
    assert_eq!(session["user"]["phoneNumber"], "+51912345678");
}

#[actix_web::test]
async fn who_has_an_account_proves_it_and_belongs_to_both_organizations() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    let token = token_for(&app, &luna, &sol.email, "admin").await;
    let wrong = json!({"token": token, "password": "Corriente-72-azul"});
    accept(&app, wrong)
        .await
        .assert_problem(401, "invalid_credentials");

    let body = json!({
        "token": token, "firstName": "Somebody", "lastName": "", "phoneNumber": "else",
        "password": PASSWORD,
    });
    let session = accept(&app, body).await.assert_status(201).json();
    assert_eq!(session["user"]["id"], sol.user_id);
    assert_eq!(session["user"]["firstName"], "Ana");
    assert_eq!(session["user"]["role"], "admin");
    // The mail reached its reader.
    assert_eq!(session["user"]["emailVerified"], true);
    assert_eq!(session["organization"]["id"], luna.organization_id);
    let there = Owner::from_session(&app.anybody(), &session, sol.email.clone());
    let me = there.client.get("/api/auth/me").await.json();
    let organizations = me["organizations"].as_array().unwrap();
    let mut roles: Vec<_> = organizations
        .iter()
        .map(|organization| (&organization["name"], &organization["role"]))
        .map(|(name, role)| (name.as_str().unwrap(), role.as_str().unwrap()))
        .collect();
    roles.sort_unstable();
    assert_eq!(roles, [("Luna", "admin"), ("Sol", "owner")]);
    // The session at home goes on.
    sol.client.get("/api/auth/me").await.assert_status(200);
}

#[actix_web::test]
async fn who_signs_in_with_a_second_factor_joins_with_it() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    let (authenticator, recovery_codes) = turns_on(&app, &sol).await;
    app.clock.advance(STEP);
    let token = token_for(&app, &luna, &sol.email, "agent").await;
    let with_code = |code: Value| {
        let body = json!({"token": token, "password": PASSWORD, "code": code});
        accept(&app, body)
    };
    with_code(Value::Null)
        .await
        .assert_problem(401, "two_factor_required");
    with_code(json!(authenticator.wrong_code(&app)))
        .await
        .assert_problem(401, "invalid_two_factor_code");
    let answer = with_code(json!(authenticator.code(&app))).await;
    let session = answer.assert_status(201).json();
    assert_eq!(session["organization"]["id"], luna.organization_id);
    // One that joins nothing is not used up.
    with_code(json!(recovery_codes[0]))
        .await
        .assert_invalid("/token");
    let login = json!({"email": sol.email, "password": PASSWORD, "code": recovery_codes[0]});
    let answer = app.anybody().post("/api/auth/login", login).await;
    answer.assert_status(200);
}

#[actix_web::test]
async fn guesses_at_an_accounts_password_count_as_failed_sign_ins() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    let token = token_for(&app, &luna, &sol.email, "agent").await;
    for _ in 0..10 {
        let guess = json!({"token": token, "password": "Corriente-72-azul"});
        accept(&app, guess)
            .await
            .assert_problem(401, "invalid_credentials");
    }
    accept(&app, newcomer(&token))
        .await
        .assert_problem(429, "rate_limited");
    let login = json!({"email": sol.email, "password": PASSWORD});
    let login = app.anybody().post("/api/auth/login", login).await;
    login.assert_problem(429, "rate_limited");
    app.clock.advance(Duration::from_mins(15));
    accept(&app, newcomer(&token)).await.assert_status(201);
}

#[actix_web::test]
async fn tokens_cannot_be_guessed_without_end() {
    let app = TestApp::start().await;
    for _ in 0..20 {
        accept(&app, newcomer("nonsense"))
            .await
            .assert_invalid("/token");
    }
    let refused = accept(&app, newcomer("nonsense")).await;
    refused.assert_problem(429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
}

#[actix_web::test]
async fn an_invitation_brings_back_who_was_deactivated_or_removed() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ben = joins(&app, &owner, "ben@example.com", "agent").await;
    let path = format!("/api/members/{}", ben.user_id);
    let deactivate = json!({"active": false});
    owner.client.put(&path, deactivate).await.assert_status(200);
    let back = joins(&app, &owner, "ben@example.com", "admin").await;
    assert_eq!(back.user_id, ben.user_id);
    let member = owner.client.get(&path).await.assert_status(200).json();
    assert_eq!(
        (&member["active"], &member["role"]),
        (&json!(true), &json!("admin"))
    );
    // What ended stays ended.
    ben.client
        .get("/api/auth/me")
        .await
        .assert_problem(401, "session_ended");

    owner.client.delete(&path).await.assert_status(204);
    let again = joins(&app, &owner, "ben@example.com", "agent").await;
    assert_eq!(again.user_id, ben.user_id);
    let member = owner.client.get(&path).await.assert_status(200).json();
    assert_eq!(
        (&member["active"], &member["role"]),
        (&json!(true), &json!("agent"))
    );
    back.client
        .get("/api/auth/me")
        .await
        .assert_problem(401, "session_ended");
    again.client.get("/api/auth/me").await.assert_status(200);
}

#[actix_web::test]
async fn an_older_link_does_not_undo_a_deactivation() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ben = joins(&app, &owner, "ben@example.com", "agent").await;
    let path = format!("/api/members/{}", ben.user_id);
    let activity = |active: bool| owner.client.put(&path, json!({"active": active}));
    activity(false).await.assert_status(200);
    let token = token_for(&app, &owner, "ben@example.com", "agent").await;
    activity(true).await.assert_status(200);
    activity(false).await.assert_status(200);
    accept(&app, newcomer(&token))
        .await
        .assert_invalid("/token");
}

#[actix_web::test]
async fn an_invitation_is_worth_no_more_than_who_gave_it() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let admin = joins(&app, &owner, "eva@example.com", "admin").await;
    let token = token_for(&app, &admin, "ben@example.com", "admin").await;
    let path = format!("/api/members/{}", admin.user_id);
    let demotion = json!({"role": "agent"});
    owner.client.put(&path, demotion).await.assert_status(200);
    accept(&app, newcomer(&token))
        .await
        .assert_invalid("/token");
    // Sent again by the owner, it is good.
    let token = token_for(&app, &owner, "ben@example.com", "admin").await;
    accept(&app, newcomer(&token)).await.assert_status(201);
}

#[actix_web::test]
async fn an_admin_does_not_bring_an_owner_back_as_something_else() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let second = joins(&app, &owner, "eva@example.com", "owner").await;
    let admin = joins(&app, &owner, "ben@example.com", "admin").await;
    let path = format!("/api/members/{}", second.user_id);
    let deactivate = json!({"active": false});
    owner.client.put(&path, deactivate).await.assert_status(200);
    invite(&admin, "eva@example.com", "agent")
        .await
        .assert_problem(403, "forbidden");
    invite(&owner, "eva@example.com", "agent")
        .await
        .assert_status(201);
}

#[actix_web::test]
async fn sending_revoking_and_joining_are_on_record() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ben = joins(&app, &owner, "ben@example.com", "agent").await;
    let eva = invite(&owner, "eva@example.com", "admin").await.json();
    let path = format!("{}/{}", super::PATH, eva["id"].as_str().unwrap());
    owner.client.delete(&path).await.assert_status(204);
    let entry = async |action: &str| {
        let path = format!("/api/audit-log?action={action}&limit=1");
        let answer = owner.client.get(&path).await;
        answer.assert_status(200).data().remove(0)
    };
    let sent = entry("invitation_sent").await;
    assert_eq!(sent["actor"]["id"], owner.user_id);
    assert_eq!(
        sent["target"],
        json!({"type": "invitation", "id": eva["id"]})
    );
    let says = json!({"email": "eva@example.com", "role": "admin"});
    assert_eq!((&sent["before"], &sent["after"]), (&Value::Null, &says));
    let revoked = entry("invitation_revoked").await;
    assert_eq!(
        (&revoked["before"], &revoked["after"]),
        (&says, &Value::Null)
    );
    let joined = entry("member_joined").await;
    assert_eq!(joined["actor"]["id"], ben.user_id);
    assert_eq!(
        joined["target"],
        json!({"type": "member", "id": ben.user_id})
    );
    assert_eq!(
        joined["after"],
        json!({"role": "agent", "invitedBy": owner.user_id})
    );
}
