//! Who is signed in, and what they change of their own.

use domain::organizations::Role;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use crate::given;

const PATH: &str = "/api/auth/me";

async fn me(owner: &Owner) -> Value {
    owner.client.get(PATH).await.assert_status(200).json()
}

#[actix_web::test]
async fn everybody_sees_the_own_role_and_what_it_may() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let may = async |person: &Owner, permission: &str| {
        let me = me(person).await;
        let permissions = me["permissions"].as_array().unwrap();
        permissions.contains(&json!(permission))
    };
    for (permission, allowed) in [
        ("chats.write", [true, true, true]),
        ("members.write", [true, true, false]),
        ("roles.write", [true, false, false]),
    ] {
        let mut found = Vec::new();
        for person in [&owner, &admin, &agent] {
            found.push(may(person, permission).await);
        }
        assert_eq!(found, allowed, "{permission}");
    }
    assert_eq!(me(&admin).await["role"], "admin");
}

#[actix_web::test]
async fn all_organizations_of_the_user_are_listed_the_latest_first() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        app.register("Mar").await;
        let own = json!({"id": luna.organization_id, "name": "Luna", "role": "owner"});
        assert_eq!(me(&luna).await["organizations"], json!([own]));
        given::joins(&app, &luna, &sol, Role::Agent).await;
        let other = json!({"id": sol.organization_id, "name": "Sol", "role": "agent"});
        assert_eq!(me(&luna).await["organizations"], json!([own, other]));
        assert_eq!(me(&sol).await["organizations"].as_array().unwrap().len(), 1);
    }
}

#[actix_web::test]
async fn present_fields_change_and_absent_ones_stay() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        app.clock.advance(std::time::Duration::from_secs(60));
        let body = json!({"firstName": " Anaïs "});
        let changed = owner.client.put(PATH, body).await;
        let user = changed.assert_status(200).json()["user"].take();
        assert_eq!(user["firstName"], "Anaïs");
        assert_eq!(user["lastName"], "Paz");
        assert_eq!(user["phoneNumber"], "+14155552671");
        assert_eq!(user["updatedAt"], "2026-09-01T09:01:00Z");
        assert_eq!(
            me(&owner).await,
            owner.client.put(PATH, json!({})).await.json()
        );
        assert_eq!(me(&owner).await["user"], user);
    }
}

#[actix_web::test]
async fn a_phone_number_belongs_to_the_organizations_country() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let local = json!({"phoneNumber": "987 654 321"});
    let answer = owner.client.put(PATH, local.clone()).await;
    let problem = answer.assert_problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/phoneNumber");
    assert_eq!(problem["errors"][0]["code"], "invalid_phone_number");

    let body = json!({"country": "PE"});
    let answer = owner.client.put("/api/organizations/current", body).await;
    answer.assert_status(200);
    let answer = owner.client.put(PATH, local).await;
    let user = answer.assert_status(200).json()["user"].take();
    assert_eq!(user["phoneNumber"], "+51987654321");
    let abroad = json!({"phoneNumber": "+1 415 555 2671"});
    let answer = owner.client.put(PATH, abroad).await;
    let user = answer.assert_status(200).json()["user"].take();
    assert_eq!(user["phoneNumber"], "+14155552671");
}

#[actix_web::test]
async fn all_faults_come_at_once_and_change_nothing() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let before = me(&owner).await;
    let faults = json!({
        "firstName": " ", "lastName": null, "phoneNumber": "", "email": "eve@example.com",
        "role": "owner", "emailVerified": true,
    });
    let answer = owner.client.put(PATH, faults.clone()).await;
    answer.assert_problem(422, "invalid");
    for name in faults.as_object().unwrap().keys() {
        answer.assert_invalid(&format!("/{name}"));
    }
    assert_eq!(me(&owner).await, before);
}
