//! What does not become a logo, and leaves nothing behind.

use domain::organizations::Role;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner},
};

use super::{CURRENT, PATH, Part, logo_url, png, upload, uploads};
use crate::given;

/// Asserts that nothing came of what was refused.
async fn assert_unchanged(app: &TestApp, owner: &Owner) {
    let organization = owner.client.get(CURRENT).await.json();
    assert_eq!(organization["logoUrl"], Value::Null);
    assert_eq!(organization["version"], 1);
    assert_eq!(app.storage.files().len(), 0);
    let log = owner.client.get("/api/audit-log").await.data();
    let about_logos = log.iter().filter(|entry| {
        let action = entry["action"].as_str().unwrap();
        action.starts_with("logo_")
    });
    assert_eq!(about_logos.count(), 0);
}

async fn sends(owner: &Owner, parts: &[Part<'_>]) -> Answer {
    upload(owner, PATH, parts).send().await
}

#[track_caller]
fn assert_fault(answer: &Answer, pointer: &str, code: &str) {
    let faults = answer.assert_problem(422, "invalid")["errors"].clone();
    let is_it = |fault: &Value| fault["pointer"] == pointer && fault["code"] == code;
    assert!(faults.as_array().unwrap().iter().any(is_it), "{faults}");
}

#[actix_web::test]
async fn only_admins_choose_the_logo() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let logo = png(9, 8, 8);
    uploads(&agent, &logo)
        .await
        .assert_problem(403, "forbidden");
    let remove = agent.client.delete(PATH).await;
    remove.assert_problem(403, "forbidden");
    let nobody = Owner {
        client: app.anybody(),
        ..owner.clone()
    };
    let answer = uploads(&nobody, &logo).await;
    answer.assert_problem(401, "unauthenticated");
    let answer = nobody.client.delete(PATH).await;
    answer.assert_problem(401, "unauthenticated");
    assert_unchanged(&app, &owner).await;
}

#[actix_web::test]
async fn what_is_no_image_is_refused_whatever_it_claims_to_be() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let html = b"<!DOCTYPE html><script>alert(1)</script>";
    for other in [&svg[..], html, b"%PDF-1.7", b"\0"] {
        let answer = uploads(&owner, other).await;
        assert_fault(&answer, "/logo", "unsupported_image_type");
    }
    let whole = png(9, 8, 8);
    let answer = uploads(&owner, &whole[..whole.len() / 2]).await;
    assert_fault(&answer, "/logo", "damaged_image");
    let mut broken = whole;
    broken[20] ^= 0xff;
    let answer = uploads(&owner, &broken).await;
    assert_fault(&answer, "/logo", "damaged_image");
    assert_unchanged(&app, &owner).await;
}

#[actix_web::test]
async fn too_many_pixels_are_refused_however_few_bytes_they_have() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let answer = uploads(&owner, &png(9, 20_001, 1)).await;
    assert_fault(&answer, "/logo", "too_many_pixels");
    assert_unchanged(&app, &owner).await;
}

#[actix_web::test]
async fn the_form_has_one_logo_and_nothing_else() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let logo = png(9, 8, 8);
    let logo = ("logo", "a.png", &logo[..]);
    let other = ("image", "a.png", &b"x"[..]);
    assert_fault(&sends(&owner, &[]).await, "/logo", "required");
    let empty = sends(&owner, &[("logo", "", b"")]).await;
    assert_fault(&empty, "/logo", "required");
    let twice = sends(&owner, &[logo, other, logo]).await;
    assert_fault(&twice, "/logo", "duplicate_field");
    assert_fault(&twice, "/image", "unknown_field");
    let misnamed = sends(&owner, &[other]).await;
    assert_fault(&misnamed, "/logo", "required");
    assert_fault(&misnamed, "/image", "unknown_field");

    let answer = owner.client.post(PATH, json!({"logo": "x"})).await;
    answer.assert_problem(415, "unsupported_media_type");
    let request = owner.client.request(reqwest::Method::POST, PATH);
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    let answer = request.body("--edge\r\nno form").send().await;
    answer.assert_problem(400, "unreadable_form");
    assert_unchanged(&app, &owner).await;
}

#[actix_web::test]
async fn more_than_5_megabytes_are_refused_announced_or_not() {
    const LIMIT: usize = 5 << 20;
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    // An image ends where it says; what hangs on is for the limit alone.
    let mut logo = png(9, 8, 8);
    logo.resize(LIMIT, 0);
    uploads(&owner, &logo).await.assert_status(200);
    let url = logo_url(&owner).await;
    for length in [LIMIT + 1, LIMIT + (1 << 20)] {
        logo.resize(length, 0);
        let answer = uploads(&owner, &logo).await;
        answer.assert_problem(413, "payload_too_large");
    }
    let request = owner.client.request(reqwest::Method::POST, PATH);
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    let chunks = (0..7).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1 << 20]));
    let chunks = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let answer = request.body(chunks).try_send().await;
    // It may be cut off before it has sent all.
    if let Ok(answer) = answer {
        answer.assert_problem(413, "payload_too_large");
    }
    assert_eq!(logo_url(&owner).await, url);
    assert_eq!(app.storage.files().len(), 1);
}

#[actix_web::test]
async fn a_stale_version_takes_no_logo() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for stale in ["\"7\"", "\"x\""] {
        let request = upload(&owner, PATH, &[("logo", "a.png", &png(9, 8, 8))]);
        let answer = request.header("if-match", stale).send().await;
        answer.assert_problem(412, "version_mismatch");
    }
    assert_unchanged(&app, &owner).await;
}
