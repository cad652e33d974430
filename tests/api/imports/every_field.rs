//! All that a table can tell of a customer, and who it tells it of.

use domain::organizations::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use super::{errors, form, get, imports, in_the_states, standing, starts};
use crate::given;

async fn with_fields(owner: &Owner) {
    for field in [
        json!({"key": "shoeSize", "label": "Talla de zapato", "type": "number"}),
        json!({"key": "since", "label": "Cliente desde", "type": "date"}),
        json!({"key": "milk", "label": "Milk", "type": "choice", "choices": ["Oat", "Cow"]}),
        json!({"key": "club", "label": "Club", "type": "boolean"}),
    ] {
        let path = "/api/customers/fields";
        owner.client.post(path, field).await.assert_status(201);
    }
}

async fn found(owner: &Owner, search: &str) -> Vec<Value> {
    let path = format!("/api/customers?search={search}");
    owner.client.get(&path).await.assert_status(200).data()
}

async fn only(owner: &Owner, search: &str) -> Value {
    let mut found = found(owner, search).await;
    assert_eq!(found.len(), 1, "{search}: {found:#?}");
    found.remove(0)
}

#[actix_web::test]
async fn every_field_comes_in_and_goes_again() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = in_the_states(&app, "Luna").await;
        with_fields(&owner).await;
        let agent = given::colleague(&app, &owner, Role::Agent).await;
        let email = &agent.email;
        let table = format!(
            "Name;Phone;E-mail;Company;Street;City;State;ZIP;Country;Tags;Stage;Owner;Birthday;\
             Notes;Talla de zapato;Cliente desde;MILK;club\n\
             María Núñez;+14155552671;Maria@Example.com;Café Luna;Calle 1;Puebla;PUE;72000;mx;\
             VIP, café;Kunde;{email};30.12.1990;\"Likes\noats\";38,5;2020-02-29;oat;Sí\n"
        );
        let id = starts(&owner, &table, &[]).await;
        app.run_jobs().await;
        assert_eq!(errors(&owner, &id).await, "row,column,code,reason\r\n");
        let maria = only(&owner, "maria").await;
        for (field, expected) in [
            ("firstName", json!("María")),
            ("lastName", json!("Núñez")),
            ("phoneNumber", json!("+14155552671")),
            ("email", json!("maria@example.com")),
            ("company", json!("Café Luna")),
            ("address", json!("Calle 1")),
            ("city", json!("Puebla")),
            ("state", json!("PUE")),
            ("zipCode", json!("72000")),
            ("country", json!("MX")),
            ("tags", json!(["café", "VIP"])),
            ("stage", json!("customer")),
            ("ownerId", json!(agent.user_id)),
            ("birthday", json!("1990-12-30")),
            ("notes", json!("Likes\noats")),
        ] {
            assert_eq!(maria[field], expected, "{field}");
        }
        let custom = json!({"shoeSize": 38.5, "since": "2020-02-29", "milk": "Oat", "club": true});
        assert_eq!(maria["customFields"], custom);

        // What a row leaves blank stays; undoing restores the rest.
        let table = "email,company,tags,customFields.milk\nmaria@example.com,Sol,new,Cow\n";
        let id = starts(&owner, table, &[("onDuplicate", "update")]).await;
        app.run_jobs().await;
        assert_eq!(
            standing(&owner, &id).await,
            json!(["completed", 1, 0, 1, 0, 0])
        );
        let changed = only(&owner, "maria").await;
        assert_eq!(changed["company"], "Sol");
        assert_eq!(changed["tags"], json!(["new"]));
        assert_eq!(changed["customFields"]["milk"], "Cow");
        assert_eq!(changed["customFields"]["shoeSize"], 38.5);
        assert_eq!(changed["city"], "Puebla");
        let undo = format!("/api/imports/{id}/undo");
        owner.client.post(&undo, json!({})).await.assert_status(202);
        app.run_jobs().await;
        let mut restored = only(&owner, "maria").await;
        for field in ["version", "updatedAt"] {
            restored[field] = maria[field].clone();
        }
        assert_eq!(restored, maria);
    }
}

#[actix_web::test]
async fn each_bad_cell_is_told_by_its_column() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    with_fields(&owner).await;
    let table = "name,e-mail,country,stage,owner,birthday,tags,Talla de zapato,since,milk,club\n\
        Ana,ana,Mexico,best,x@example.com,3/4/1990,\"a\u{1},b\",\"1,234\",soon,Soy,maybe\n\
        Ben,,,,,,,,,,\n\
        Cleo,cleo@example.com,,,nobody@example.com,,,,,,\n";
    let id = starts(&owner, table, &[]).await;
    app.run_jobs().await;
    assert_eq!(
        standing(&owner, &id).await,
        json!(["completed", 3, 0, 0, 0, 3])
    );
    let told = errors(&owner, &id).await;
    let told: Vec<_> = told
        .lines()
        .skip(1)
        .map(|line| line.split(',').take(3))
        .collect();
    let told: Vec<_> = told
        .into_iter()
        .map(|cells| cells.collect::<Vec<_>>().join(" "))
        .collect();
    let mut row = told[..told.len() - 2].to_vec();
    row.sort();
    let expected = [
        "2 Talla de zapato ambiguous_number",
        "2 birthday ambiguous_date",
        "2 club neither_yes_nor_no",
        "2 country invalid_country",
        "2 e-mail invalid_email",
        "2 milk invalid_choice",
        "2 since invalid_date",
        "2 stage invalid_stage",
        "2 tags invalid_label",
    ];
    assert_eq!(row, expected);
    let others = ["3 e-mail required", "4 owner not_a_member"];
    assert_eq!(told[told.len() - 2..], others);
}

#[actix_web::test]
async fn who_is_known_by_e_mail_alone_is_met_by_it() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = in_the_states(&app, "Luna").await;
        let table = "name,phone,email\n\
            Ana,,ana@example.com\n\
            Anna,4155552671,ANA@example.com\n\
            Anne,4155552671,\n\
            Bea,4155552672,ana@example.com\n\
            Cleo,,ana@example.com\n";
        let update = ("onDuplicate", "update");
        for dry_run in ["true", "false"] {
            let id = starts(&owner, table, &[("dryRun", dry_run), update]).await;
            app.run_jobs().await;
            // Ana is met twice; Bea has another number; whose address it is then, nobody knows.
            let expected = json!(["completed", 5, 2, 2, 0, 1]);
            assert_eq!(standing(&owner, &id).await, expected, "{dry_run}");
            let told = errors(&owner, &id).await;
            assert!(told.contains("6,email,ambiguous_email,"), "{told}");
        }
        let ana = only(&owner, "4155552671").await;
        assert_eq!(
            (&ana["firstName"], &ana["email"]),
            (&json!("Anne"), &json!("ana@example.com"))
        );

        // The same, when a chunk of rows lies between.
        let filler: Vec<_> = (0..500)
            .map(|row| format!("F,,f{row}@example.com\n"))
            .collect();
        let filler = filler.concat();
        let table = format!(
            "name,phone,email\nDan,,dan@example.com\n{filler}Dan,4155552673,dan@example.com\n\
             {filler}Daniel,4155552673,\n"
        );
        for dry_run in ["true", "false"] {
            let id = starts(&owner, &table, &[("dryRun", dry_run), update]).await;
            app.run_jobs().await;
            let expected = json!(["completed", 1003, 501, 2, 500, 0]);
            assert_eq!(standing(&owner, &id).await, expected, "{dry_run}");
        }
        assert_eq!(only(&owner, "dan@example.com").await["firstName"], "Daniel");
    }
}

#[actix_web::test]
async fn a_mapping_may_name_only_fields_that_there_are() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    with_fields(&owner).await;
    let table = "a,b\n+14155552671,39\n";
    let refused_with = async |field: &str| {
        let mapping = json!({"a": "phoneNumber", "b": field}).to_string();
        imports(&owner, table, &[("mapping", &mapping)]).await
    };
    let refused = refused_with("customFields.height").await;
    refused.assert_invalid("/mapping/b");
    refused_with("height").await.assert_invalid("/mapping/b");
    let taken = refused_with("customFields.shoeSize").await;
    taken.assert_status(202);
    app.run_jobs().await;
    assert_eq!(
        only(&owner, "4155552671").await["customFields"]["shoeSize"],
        39
    );
    let field = &get(&owner, taken.json()["id"].as_str().unwrap()).await["columns"][1]["field"];
    assert_eq!(field, "customFields.shoeSize");
}

#[actix_web::test]
async fn a_large_table_that_is_sent_again_is_imported_once() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    let send = async |key: &str, last: &str| {
        let notes = "x".repeat(6 << 20);
        let body = form(format!("phone,shoe\n{notes}\n+14155552671,{last}\n"), &[]);
        let request = owner.client.request(Method::POST, super::PATH);
        let request = request.header("content-type", "multipart/form-data; boundary=edge");
        request
            .header("idempotency-key", key)
            .body(body)
            .send()
            .await
    };
    let first = send("key-1", "38").await;
    first.assert_status(202);
    let again = send("key-1", "38").await;
    again.assert_status(202);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.json()["id"], first.json()["id"]);
    // As long, but not the same.
    let other = send("key-1", "39").await;
    other.assert_problem(422, "idempotency_key_reused");
    assert_eq!(owner.client.get("/api/imports").await.data().len(), 1);
}
