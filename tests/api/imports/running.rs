use domain::imports::ImportId;
use serde_json::{Value, json};
use tests::{app::TestApp, stores::backends};

use super::{customers, get, in_the_states, standing, starts, table_of};

#[actix_web::test]
async fn a_cancelled_import_does_no_further_row() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    let id = starts(&owner, table_of(3), &[]).await;
    let cancel = format!("/api/imports/{id}/cancel");
    let answer = owner.client.post(&cancel, json!({})).await;
    assert_eq!(answer.assert_status(200).json()["status"], "cancelled");
    app.run_jobs().await;
    let expected = json!(["cancelled", 0, 0, 0, 0, 0]);
    assert_eq!(standing(&owner, &id).await, expected);
    assert!(customers(&app, &owner, "+14155552000").await.is_empty());
    assert!(app.storage.files().is_empty());
    let again = owner.client.post(&cancel, json!({})).await;
    again.assert_problem(409, "import_not_running");

    let log = owner.client.get("/api/audit-log").await.data();
    let told: Vec<_> = log[..2]
        .iter()
        .map(|entry| entry["action"].clone())
        .collect();
    assert_eq!(json!(told), json!(["import_cancelled", "import_started"]));
    assert_eq!(log[0]["target"]["id"], json!(id));
}

#[actix_web::test]
async fn an_import_that_was_cut_short_goes_on_with_the_next_row() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = in_the_states(&app, "Luna").await;
        let id = starts(&owner, table_of(2_300), &[]).await;
        let organization_id = owner.organization_id.parse().unwrap();
        let import_id: ImportId = id.parse().unwrap();
        let imports = &app.application.imports;
        let some_rows = async {
            loop {
                let rows = get(&owner, &id).await["rows"].as_u64().unwrap();
                if rows >= 500 {
                    break rows;
                }
            }
        };
        tokio::select! {
            _ = imports.run_import(organization_id, import_id, false) => {}
            // As if the power had failed.
            rows = some_rows => assert!(rows < 2_300, "it was too quick"),
        }
        app.run_jobs().await;
        let expected = json!(["completed", 2_300, 2_300, 0, 0, 0]);
        assert_eq!(standing(&owner, &id).await, expected);
        for number in [
            "+14155552000",
            "+14155552499",
            "+14155552500",
            "+14155554299",
        ] {
            assert_eq!(customers(&app, &owner, number).await.len(), 1, "{number}");
        }
    }
}

#[actix_web::test]
async fn while_the_storage_is_down_an_import_waits_and_without_its_file_it_fails() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    let id = starts(&owner, table_of(1), &[]).await;
    app.storage.set_down(true);
    app.run_jobs().await;
    let waits = json!(["running", 0, 0, 0, 0, 0]);
    assert_eq!(standing(&owner, &id).await, waits);
    app.storage.set_down(false);
    app.after(std::time::Duration::from_secs(20)).await;
    let done = json!(["completed", 1, 1, 0, 0, 0]);
    assert_eq!(standing(&owner, &id).await, done);

    let id = starts(&owner, table_of(1), &[]).await;
    let key = app.storage.files().into_keys().next().unwrap();
    app.application.ports.storage.delete(&key).await.unwrap();
    app.run_jobs().await;
    let import = get(&owner, &id).await;
    assert_eq!(import["status"], "failed");
    assert_eq!(import["failure"], "the file is gone");
}

#[actix_web::test]
async fn a_quotation_without_end_fails_the_import_and_says_where() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    let endless = format!("{}\"oops,+1\n{}", table_of(500), "x,y\n".repeat(80_000));
    let id = starts(&owner, endless, &[]).await;
    app.run_jobs().await;
    // What came before is kept.
    let expected = json!(["failed", 500, 500, 0, 0, 0]);
    assert_eq!(standing(&owner, &id).await, expected);
    let reason = get(&owner, &id).await["failure"].take();
    let Value::String(reason) = reason else {
        panic!("no reason");
    };
    assert!(reason.contains("row 502"), "{reason}");
}
