use domain::organizations::Role;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use super::{PATH, keeps};
use crate::{given, imports};

async fn exports(owner: &Owner, query: &str) -> String {
    let answer = owner.client.get(&format!("{PATH}/export{query}")).await;
    answer.assert_status(200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/csv; charset=utf-8")
    );
    let disposition = answer.header("content-disposition");
    assert_eq!(disposition, Some("attachment; filename=\"customers.csv\""));
    answer.text()
}

/// All customers but for what no import brings back.
async fn all(owner: &Owner) -> Vec<Value> {
    let mut all = owner
        .client
        .get(&format!("{PATH}?sort=name&limit=100"))
        .await
        .data();
    for customer in &mut all {
        for field in [
            "id",
            "createdAt",
            "updatedAt",
            "version",
            "ownerId",
            "consent",
        ] {
            customer[field].take();
        }
    }
    all
}

async fn with_a_field(owner: &Owner) {
    let field = json!({"key": "shoeSize", "label": "Shoe size", "type": "number"});
    owner
        .client
        .post("/api/customers/fields", field)
        .await
        .assert_status(201);
}

#[actix_web::test]
async fn what_one_shop_exports_another_imports() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        for owner in [&luna, &sol] {
            with_a_field(owner).await;
        }
        keeps(
            &luna,
            json!({
                "firstName": "=1+1", "lastName": "Núñez, \"Z\"", "phoneNumber": "+14155552671",
                "email": "maria@example.com", "company": "-Café", "address": "@home",
                "city": "Puebla", "state": "PUE", "zipCode": "01234", "country": "MX",
                "tags": ["VIP", "a;b"], "stage": "inactive", "birthday": "1990-03-04",
                "notes": "Likes\noats;\r\n'=not", "customFields": {"shoeSize": 38.5},
                "ownerId": luna.user_id,
            }),
        )
        .await;
        keeps(&luna, json!({"email": "ana@example.com", "tags": ["x;y"]})).await;
        let table = exports(&luna, "").await;
        let mut lines = table.split("\r\n");
        assert_eq!(
            lines.next(),
            Some(
                "\u{feff}First name,Last name,Phone number,E-mail,Company,Address,City,State,\
                 ZIP code,Country,Tags,Stage,Owner,Birthday,Notes,Marketing consent,Created at,\
                 Last seen at,Shoe size"
            )
        );
        let ana = lines.next().unwrap();
        assert!(ana.starts_with(",,,ana@example.com,"), "{ana}");
        let maria = lines.next().unwrap();
        let cells = "\"'=1+1\",\"Núñez, \"\"Z\"\"\",\"'+14155552671\",maria@example.com,";
        assert!(maria.starts_with(cells), "{maria}");
        assert!(maria.contains(&luna.email), "{maria}");

        // Where nobody has the owner's address, the rows say so; without the column they are in.
        let id = imports::starts(&sol, &table, &[]).await;
        app.run_jobs().await;
        let import = sol.client.get(&format!("/api/imports/{id}")).await.json();
        assert_eq!(json!([import["created"], import["failed"]]), json!([1, 1]));
        let table = table.replace(&luna.email, "");
        imports::starts(&sol, &table, &[("onDuplicate", "update")]).await;
        app.run_jobs().await;
        assert_eq!(all(&sol).await, all(&luna).await);

        // Into the shop itself, nothing is new.
        let table = exports(&luna, "").await;
        let id = imports::starts(&luna, &table, &[("onDuplicate", "update")]).await;
        app.run_jobs().await;
        let import = luna.client.get(&format!("/api/imports/{id}")).await.json();
        assert_eq!(json!([import["skipped"], import["rows"]]), json!([2, 2]));
    }
}

#[actix_web::test]
async fn the_filters_and_the_order_are_those_of_the_list() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for (name, tag) in [("Zoë", "VIP"), ("Ana", "VIP"), ("Ben", "new")] {
        keeps(&owner, json!({"firstName": name, "tags": [tag]})).await;
    }
    let names = async |query: &str| -> Vec<String> {
        let table = exports(&owner, query).await;
        let rows = table.lines().skip(1);
        rows.map(|row| row.split(',').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("").await, ["Ben", "Ana", "Zoë"]);
    assert_eq!(names("?tag=vip&sort=name").await, ["Ana", "Zoë"]);
    assert_eq!(names("?search=nobody").await, [""; 0]);
    for query in ["?limit=5", "?colour=red", "?sort=colour"] {
        let refused = owner.client.get(&format!("{PATH}/export{query}")).await;
        refused.assert_status(422);
    }
    let unknown = r#"?filter={"customFields":[{"key":"x","is":1}]}"#;
    let refused = owner.client.get(&format!("{PATH}/export{unknown}")).await;
    refused.assert_invalid("/filter/customFields/0/key");
}

#[actix_web::test]
async fn more_customers_than_are_held_at_a_time_are_all_there_once() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let rows: Vec<_> = (0..1_100)
            .map(|row| format!("c{row}@example.com\n"))
            .collect();
        let rows = rows.concat();
        imports::starts(&owner, format!("email\n{rows}"), &[]).await;
        app.run_jobs().await;
        for query in ["", "?sort=name", "?sort=-lastSeenAt"] {
            let table = exports(&owner, query).await;
            let mut emails: Vec<_> = table.lines().skip(1).collect();
            assert_eq!(emails.len(), 1_100);
            emails.sort_unstable();
            emails.dedup();
            assert_eq!(emails.len(), 1_100);
        }
    }
}

#[actix_web::test]
async fn an_export_is_for_admins_and_leaves_an_entry() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let refused = agent.client.get(&format!("{PATH}/export")).await;
    refused.assert_problem(403, "forbidden");
    exports(&owner, "?tag=VIP").await;
    let log = "/api/audit-log?action=customers_exported";
    let log = owner.client.get(log).await.assert_status(200).data();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["actor"]["id"], json!(owner.user_id));
    assert_eq!(log[0]["after"], json!({"filtered": true}));

    keeps(&owner, json!({"firstName": "Zoë"})).await;
    let stranger = app.register("Sol").await;
    assert_eq!(exports(&stranger, "").await.lines().count(), 1);
}
