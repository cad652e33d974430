use serde_json::json;
use tests::app::TestApp;

use super::{TABLE, imports, in_the_states};

#[actix_web::test]
async fn what_is_no_table_is_refused_and_not_kept() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    for workbook in [b"PK\x03\x04\x14\0".as_slice(), b"\x89PNG\r\n\x1a\n\0\0"] {
        let refused = imports(&owner, workbook, &[]).await;
        refused.assert_problem(415, "unsupported_media_type");
    }
    for empty in ["", "\r\n\r\n", " ; ;\r\n1;2;3"] {
        imports(&owner, empty, &[]).await.assert_invalid("/file");
    }
    let endless = format!("name,phone\n{}", "x".repeat(51 << 20));
    let refused = imports(&owner, endless, &[]).await;
    refused.assert_problem(413, "payload_too_large");
    assert!(app.storage.files().is_empty());
    assert!(owner.client.get("/api/imports").await.data().is_empty());
}

#[actix_web::test]
async fn a_request_that_makes_no_sense_is_told_all_its_faults() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    let fields = [
        ("mapping", "[]"),
        ("dryRun", "perhaps"),
        ("onDuplicate", "replace"),
    ];
    let refused = imports(&owner, TABLE, &fields).await;
    for pointer in ["/mapping", "/dryRun", "/onDuplicate"] {
        refused.assert_invalid(pointer);
    }
    let refused_with = async |mapping: serde_json::Value| {
        imports(&owner, TABLE, &[("mapping", &mapping.to_string())]).await
    };
    let unknown = refused_with(json!({"Telefon/Fax": "phoneNumber"})).await;
    unknown.assert_invalid("/mapping/Telefon~1Fax");
    let twice = refused_with(json!({"Nombre": "phoneNumber", "Teléfono": "phoneNumber"})).await;
    twice.assert_invalid("/mapping/Teléfono");
    let nobody = refused_with(json!({"Nombre": "name"})).await;
    nobody.assert_invalid("/mapping");
    let unsaid = json!({"Teléfono": "phoneNumber", "Acepta": "marketingConsent"});
    let unsaid = refused_with(unsaid).await;
    unsaid.assert_invalid("/consentSource");
    let strange = refused_with(json!({"Teléfono": "shoeSize"})).await;
    strange.assert_invalid("/mapping/Teléfono");
    imports(&owner, TABLE, &[("colour", "red")])
        .await
        .assert_invalid("/colour");
    imports(&owner, "a;b\n1;2\n", &[])
        .await
        .assert_invalid("/mapping");
    assert!(app.storage.files().is_empty());
    assert!(owner.client.get("/api/imports").await.data().is_empty());
}
