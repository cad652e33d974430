use domain::{
    customers::{Customer, MarketingConsent},
    organizations::OrganizationId,
};
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use super::{customers, errors, get, in_the_states, starts, told};

async fn undoes(app: &TestApp, owner: &Owner, id: &str) -> Value {
    let path = format!("/api/imports/{id}/undo");
    let answer = owner.client.post(&path, json!({})).await;
    assert_eq!(answer.assert_status(202).json()["status"], "undoing");
    app.run_jobs().await;
    let import = get(owner, id).await;
    json!([import["status"], import["undone"], import["kept"]])
}

/// Somebody changes a customer by hand.
async fn renames(app: &TestApp, owner: &Owner, mut customer: Customer) {
    let organization_id: OrganizationId = owner.organization_id.parse().unwrap();
    let uow = app.application.ports.store.begin(organization_id).await;
    let uow = uow.unwrap();
    customer.first_name = Some("By hand".into());
    uow.customers().update(&customer).await.unwrap();
    uow.commit().await.unwrap();
}

#[actix_web::test]
async fn what_an_import_did_is_taken_back_but_for_what_was_changed_since() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = in_the_states(&app, "Luna").await;
        let first = "name,phone,consent\nAna Paz,+14155552671,no\nBen,+14155552672,\n";
        let source = ("consentSource", "Paper");
        starts(&owner, first, &[source]).await;
        app.run_jobs().await;
        let table = "name,phone,consent\n\
            Anna Paz,+14155552671,yes\n\
            Benjamin,+14155552672,\n\
            Cleo,+14155552673,yes\n\
            Dora,+14155552674,\n";
        let id = starts(&owner, table, &[source, ("onDuplicate", "update")]).await;
        app.run_jobs().await;
        for number in ["+14155552672", "+14155552674"] {
            let customer = customers(&app, &owner, number).await.remove(0);
            renames(&app, &owner, customer).await;
        }

        let expected = json!(["undone", 2, 2]);
        assert_eq!(undoes(&app, &owner, &id).await, expected);
        let ana = told(&app, &owner, "+14155552671").await;
        let before = ("Ana".into(), "Paz".into(), MarketingConsent::OptedOut);
        assert_eq!(ana, before);
        assert!(customers(&app, &owner, "+14155552673").await.is_empty());
        for number in ["+14155552672", "+14155552674"] {
            assert_eq!(told(&app, &owner, number).await.0, "By hand");
        }
        let kept = "changed_since,\"was not undone, as somebody has changed it since\"";
        assert_eq!(
            errors(&owner, &id).await,
            format!("row,column,code,reason\r\n3,,{kept}\r\n5,,{kept}\r\n")
        );
        let path = format!("/api/imports/{id}/undo");
        let again = owner.client.post(&path, json!({})).await;
        again.assert_problem(409, "import_not_undoable");
        let log = owner.client.get("/api/audit-log").await.data();
        assert_eq!(log[0]["action"], "import_undone");
    }
}

#[actix_web::test]
async fn undoing_a_long_import_leaves_nobody_of_it() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    let id = starts(&owner, super::table_of(1_200), &[]).await;
    app.run_jobs().await;
    let expected = json!(["undone", 1_200, 0]);
    assert_eq!(undoes(&app, &owner, &id).await, expected);
    for number in ["+14155552000", "+14155552501", "+14155553199"] {
        assert!(customers(&app, &owner, number).await.is_empty(), "{number}");
    }
}

#[actix_web::test]
async fn a_dry_run_and_an_import_that_is_not_over_cannot_be_undone() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    let table = "name,phone\nAna,+14155552671\n";
    for fields in [[("dryRun", "true")].as_slice(), &[]] {
        let id = starts(&owner, table, fields).await;
        if !fields.is_empty() {
            app.run_jobs().await;
        }
        let path = format!("/api/imports/{id}/undo");
        let refused = owner.client.post(&path, json!({})).await;
        refused.assert_problem(409, "import_not_undoable");
    }
}
