//! The profile of the own organization.

use domain::organizations::Role;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner},
    stores::backends,
};

use crate::given;

const PATH: &str = "/api/organizations/current";

async fn put_if_match(owner: &Owner, etag: &str, body: Value) -> Answer {
    let request = owner.client.request(Method::PUT, PATH);
    request.header("if-match", etag).json(&body).send().await
}

#[actix_web::test]
async fn everybody_sees_the_own_organization_only() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    luna.client
        .put(PATH, json!({"city": "Lima"}))
        .await
        .assert_status(200);
    let answer = luna.client.get(PATH).await;
    assert_eq!(answer.assert_status(200).json()["city"], "Lima");
    let answer = sol.client.get(PATH).await;
    assert_eq!(answer.json()["id"], sol.organization_id);
    assert_eq!(answer.json()["city"], Value::Null);
    app.anybody()
        .get(PATH)
        .await
        .assert_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn present_fields_change_null_clears_and_absent_fields_stay() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let filled = json!({
            "name": " Luna y Sol ", "description": "Flowers", "address": "Calle 1", "city": "Lima",
            "state": "Lima", "zipCode": "15001", "country": "PE", "currency": "PEN",
            "timezone": "America/Lima",
        });
        app.clock.advance(std::time::Duration::from_secs(60));
        let changed = owner
            .client
            .put(PATH, filled.clone())
            .await
            .assert_status(200)
            .json();
        assert_eq!(changed["name"], "Luna y Sol");
        assert_eq!(changed["slug"], "luna");
        for (name, value) in filled
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != "name")
        {
            assert_eq!(changed[name], *value, "{name}");
        }
        assert_eq!(changed["version"], 2);
        assert_eq!(changed["updatedAt"], "2026-09-01T09:01:00Z");

        let cleared = json!({"description": null, "country": null});
        let cleared = owner
            .client
            .put(PATH, cleared)
            .await
            .assert_status(200)
            .json();
        assert_eq!(cleared["description"], Value::Null);
        assert_eq!(cleared["country"], Value::Null);
        assert_eq!(cleared["city"], "Lima");
        assert_eq!(owner.client.get(PATH).await.json(), cleared);
    }
}

#[actix_web::test]
async fn a_stale_version_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let first = owner.client.get(PATH).await;
    let etag = first.header("etag").unwrap().to_owned();
    assert_eq!(etag, "\"1\"");
    let changed = put_if_match(&owner, &etag, json!({"city": "Lima"})).await;
    assert_eq!(changed.assert_status(200).header("etag"), Some("\"2\""));
    for stale in [etag.as_str(), "\"7\"", "\"x\""] {
        let answer = put_if_match(&owner, stale, json!({"city": "Cusco"})).await;
        answer.assert_problem(412, "version_mismatch");
    }
    put_if_match(&owner, "*", json!({"state": "Lima"}))
        .await
        .assert_status(200);
    assert_eq!(owner.client.get(PATH).await.json()["city"], "Lima");
}

#[actix_web::test]
async fn of_two_who_change_the_same_version_at_once_one_wins() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let cities = ["Lima", "Cusco", "Ica", "Puno"];
        let changes = cities.map(|city| put_if_match(&owner, "\"1\"", json!({"city": city})));
        let answers = join_all(changes).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1);
        let lost = answers.iter().filter(|answer| answer.status == 412).count();
        assert_eq!(lost, 3);
    }
}

#[actix_web::test]
async fn what_does_not_exist_in_the_world_is_refused() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let faults = json!({
        "name": null, "country": "XX", "currency": "LUN", "timezone": "Lima", "zipCode": 1,
        "slug": "sol",
    });
    let answer = owner.client.put(PATH, faults.clone()).await;
    answer.assert_problem(422, "invalid");
    for name in faults.as_object().unwrap().keys() {
        answer.assert_invalid(&format!("/{name}"));
    }
    // Nobody pays in test codes.
    owner
        .client
        .put(PATH, json!({"currency": "XXX"}))
        .await
        .assert_invalid("/currency");
    owner
        .client
        .put(PATH, json!({"name": " "}))
        .await
        .assert_invalid("/name");
    assert_eq!(owner.client.get(PATH).await.json()["version"], 1);
}

#[actix_web::test]
async fn an_agent_may_look_and_an_admin_may_change() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    agent.client.get(PATH).await.assert_status(200);
    let answer = agent.client.put(PATH, json!({"city": "Lima"})).await;
    answer.assert_problem(403, "forbidden");
    let me = agent.client.get("/api/auth/me").await.json();
    assert_eq!(me["role"], "agent");
    assert!(
        !me["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("organization.write"))
    );
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    admin
        .client
        .put(PATH, json!({"city": "Lima"}))
        .await
        .assert_status(200);
}

/// What recording money does; answers the currency that it is recorded in.
async fn records_money(app: &TestApp, owner: &Owner) -> String {
    let organization_id = owner.organization_id.parse().unwrap();
    let uow = app.application.ports.store.begin(organization_id).await;
    let uow = uow.unwrap();
    uow.organizations().lock_currency().await.unwrap();
    let organization = uow.organizations().current().await.unwrap().unwrap();
    uow.commit().await.unwrap();
    organization.currency.code().to_owned()
}

#[actix_web::test]
async fn the_currency_stays_once_money_is_recorded_in_it() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        owner
            .client
            .put(PATH, json!({"currency": "PEN"}))
            .await
            .assert_status(200);
        assert_eq!(records_money(&app, &owner).await, "PEN");
        let change = json!({"currency": "EUR", "city": "Lima"});
        let answer = owner.client.put(PATH, change).await;
        answer.assert_problem(409, "currency_in_use");
        let unchanged = owner.client.get(PATH).await.json();
        assert_eq!(
            (&unchanged["currency"], &unchanged["city"]),
            (&json!("PEN"), &Value::Null)
        );
        // All else may change, and a form may send the currency that stays.
        let change = json!({"currency": "PEN", "city": "Lima"});
        let changed = owner.client.put(PATH, change).await;
        assert_eq!(changed.assert_status(200).json()["city"], "Lima");
    }
}

#[actix_web::test]
async fn money_that_is_recorded_while_the_currency_changes_is_in_the_one_that_stays() {
    for backend in backends() {
        for _ in 0..3 {
            let app = TestApp::on(backend).await;
            let owner = app.register("Luna").await;
            let (recorded, changed) = futures_util::join!(
                records_money(&app, &owner),
                owner.client.put(PATH, json!({"currency": "EUR"}))
            );
            let stays = owner.client.get(PATH).await.json()["currency"].clone();
            assert_eq!(recorded, stays);
            match changed.status {
                200 => assert_eq!(stays, "EUR"),
                409 | 412 => assert_eq!(stays, "USD"),
                _ => panic!("{}", changed.text()),
            }
        }
    }
}

#[actix_web::test]
async fn a_blank_text_says_nothing() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let filled = json!({
        "description": " Flowers\nand more ", "address": "Calle 1", "city": "Lima",
        "state": "Lima", "zipCode": "15001",
    });
    let names = filled.as_object().unwrap().keys();
    let names: Vec<_> = names.map(String::as_str).collect();
    let changed = owner.client.put(PATH, filled.clone()).await;
    let changed = changed.assert_status(200).json();
    assert_eq!(changed["description"], "Flowers\nand more");
    let blank: Value = names.iter().map(|name| (*name, json!("  "))).collect();
    let cleared = owner.client.put(PATH, blank).await;
    let cleared = cleared.assert_status(200).json();
    for name in names {
        assert_eq!(cleared[name], Value::Null, "{name}");
    }
    let empty = json!({"city": "", "name": ""});
    let answer = owner.client.put(PATH, empty).await;
    answer.assert_invalid("/name");
}

#[actix_web::test]
async fn texts_have_their_lengths_and_no_control_characters() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for (name, length) in [
        ("name", 100),
        ("description", 2000),
        ("address", 200),
        ("city", 100),
        ("state", 100),
        ("zipCode", 20),
    ] {
        let fits = json!({name: "ü".repeat(length)});
        owner.client.put(PATH, fits).await.assert_status(200);
        let (too_long, noisy) = ("ü".repeat(length + 1), "a\u{1b}[31m");
        for (text, code) in [
            (too_long.as_str(), "too_long"),
            (noisy, "control_character"),
        ] {
            let answer = owner.client.put(PATH, json!({name: text})).await;
            let problem = answer.assert_problem(422, "invalid");
            assert_eq!(problem["errors"][0]["pointer"], format!("/{name}"));
            assert_eq!(problem["errors"][0]["code"], code, "{name}");
        }
    }
    let two_lines = json!({"city": "Lima\nCusco"});
    owner
        .client
        .put(PATH, two_lines)
        .await
        .assert_invalid("/city");
}

#[actix_web::test]
async fn what_changes_is_on_record_and_what_does_not_is_no_change() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let change = || json!({"name": "Luna", "city": "Lima", "country": "PE"});
    for _ in 0..2 {
        let answer = owner.client.put(PATH, change()).await;
        assert_eq!(answer.assert_status(200).header("etag"), Some("\"2\""));
    }
    let path = "/api/audit-log?action=organization_updated";
    let entries = owner.client.get(path).await.assert_status(200).data();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["target"]["id"], owner.organization_id);
    assert_eq!(entries[0]["before"], json!({"city": null, "country": null}));
    assert_eq!(
        entries[0]["after"],
        json!({"city": "Lima", "country": "PE"})
    );
}
