//! The organization's logo.

mod refusals;

use std::time::Duration;

use domain::{
    organizations::Role,
    storage::{FileKey, Folder},
};
use futures_util::future::join_all;
use image::{DynamicImage, ImageFormat, RgbImage, load_from_memory_with_format};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner, Request},
    stores::backends,
};

use crate::given;

const PATH: &str = "/api/organizations/logo";
const CURRENT: &str = "/api/organizations/current";

/// A picture of one colour.
fn png(shade: u8, width: u32, height: u32) -> Vec<u8> {
    let image = RgbImage::from_pixel(width, height, image::Rgb([shade; 3]));
    let mut content = std::io::Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut content, ImageFormat::Png)
        .unwrap();
    content.into_inner()
}

/// A part of a form, with its name and the file's.
type Part<'a> = (&'a str, &'a str, &'a [u8]);

fn upload(owner: &Owner, path: &str, parts: &[Part]) -> Request {
    let mut body = Vec::new();
    for (name, file_name, content) in parts {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"; \
             filename=\"{file_name}\"\r\nContent-Type: image/png\r\n\r\n"
        );
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(b"--edge--\r\n");
    let request = owner.client.request(Method::POST, path);
    let content_type = "multipart/form-data; boundary=edge";
    request.header("content-type", content_type).body(body)
}

async fn uploads(owner: &Owner, content: &[u8]) -> Answer {
    upload(owner, PATH, &[("logo", "logo.png", content)])
        .send()
        .await
}

async fn logo_url(owner: &Owner) -> Value {
    owner.client.get(CURRENT).await.json()["logoUrl"].clone()
}

/// The keys of what is stored for the organization, and whether something refers to each.
async fn stored(app: &TestApp, owner: &Owner) -> Vec<(FileKey, bool)> {
    let organization = owner.organization_id.parse().unwrap();
    let data = app.application.ports.store.read(organization);
    let keys = app.storage.files().into_keys();
    let mut stored = Vec::new();
    for key in keys.filter(|key| key.as_str().contains(&owner.organization_id)) {
        let is_known = data.files().find(&key).await.unwrap().is_some();
        stored.push((key, is_known));
    }
    stored
}

/// Asserts that the logo is all that is kept for the organization.
async fn assert_only_logo(app: &TestApp, owner: &Owner) {
    let [(key, true)] = &stored(app, owner).await[..] else {
        panic!("{:?}", stored(app, owner).await);
    };
    let url = logo_url(owner).await;
    assert!(url.as_str().unwrap().ends_with(key.as_str()), "{url}");
}

#[actix_web::test]
async fn a_logo_is_fitted_and_seen_wherever_the_organization_is() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        assert_eq!(logo_url(&luna).await, Value::Null);
        app.clock.advance(Duration::from_secs(60));
        let answer = uploads(&luna, &png(9, 1024, 256)).await;
        assert_eq!(answer.assert_status(200).header("etag"), Some("\"2\""));
        let organization = answer.json();
        assert_eq!(organization["version"], 2);
        assert_eq!(organization["updatedAt"], "2026-09-01T09:01:00Z");

        let files = app.storage.files();
        let (key, file) = files.first_key_value().unwrap();
        assert!(key.is_in(Folder::Images), "{key}");
        let url = format!("https://files.example.com/files/{key}");
        assert_eq!(organization["logoUrl"], url);
        assert_eq!(file.metadata.content_type, "image/webp");
        assert_eq!(file.metadata.original_name.as_deref(), Some("logo.png"));
        assert_eq!(file.metadata.uploaded_by.unwrap().to_string(), luna.user_id);
        let image = load_from_memory_with_format(&file.content, ImageFormat::WebP).unwrap();
        assert_eq!((image.width(), image.height()), (512, 128));

        let me = luna.client.get("/api/auth/me").await.json();
        assert_eq!(me["organization"]["logoUrl"], url);
        let agent = given::colleague(&app, &luna, Role::Agent).await;
        assert_eq!(logo_url(&agent).await, url);
        assert_eq!(logo_url(&sol).await, Value::Null);
    }
}

#[actix_web::test]
async fn both_paths_change_the_logo() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    let logo = png(9, 8, 8);
    for path in [PATH, "/api/organizations/upload-logo"] {
        let request = upload(&admin, path, &[("logo", "a.jpg", &logo)]);
        request.send().await.assert_status(200);
    }
    app.run_jobs().await;
    assert_only_logo(&app, &owner).await;
}

#[actix_web::test]
async fn the_logo_before_is_deleted_once_the_new_one_is_shown() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        uploads(&owner, &png(9, 8, 8)).await.assert_status(200);
        let first = stored(&app, &owner).await.remove(0).0;
        uploads(&owner, &png(99, 8, 8)).await.assert_status(200);
        let mut both = stored(&app, &owner).await;
        assert_eq!(both.len(), 2);
        both.retain(|(key, _)| *key == first);
        assert_eq!(both, [(first, false)]);
        app.run_jobs().await;
        assert_only_logo(&app, &owner).await;
    }
}

#[actix_web::test]
async fn a_logo_can_be_removed_and_removing_none_changes_nothing() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        uploads(&owner, &png(9, 8, 8)).await.assert_status(200);
        for _ in 0..2 {
            let removed = owner.client.delete(PATH).await;
            assert_eq!(removed.assert_status(204).header("etag"), Some("\"3\""));
            assert_eq!(logo_url(&owner).await, Value::Null);
        }
        app.run_jobs().await;
        assert_eq!(stored(&app, &owner).await, []);
    }
}

#[actix_web::test]
async fn of_many_uploads_at_once_one_logo_remains_and_no_orphan() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let logos: Vec<_> = (0..8).map(|shade| png(shade, 8, 8)).collect();
        let uploaded = join_all(logos.iter().map(|logo| uploads(&owner, logo))).await;
        for answer in uploaded {
            answer.assert_status(200);
        }
        app.run_jobs().await;
        assert_only_logo(&app, &owner).await;
        let version = owner.client.get(CURRENT).await.json()["version"].clone();
        assert_eq!(version, 9);
    }
}

#[actix_web::test]
async fn of_many_uploads_for_the_same_version_one_wins_and_the_others_leave_nothing() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let logo = png(9, 8, 8);
        let uploads = (0..6).map(|_| {
            let request = upload(&owner, PATH, &[("logo", "a.png", &logo)]);
            request.header("if-match", "\"1\"").send()
        });
        let answers = join_all(uploads).await;
        let won = answers.iter().filter(|answer| answer.status == 200);
        assert_eq!(won.count(), 1);
        for lost in answers.iter().filter(|answer| answer.status != 200) {
            lost.assert_problem(412, "version_mismatch");
        }
        // Without a job having run.
        assert_only_logo(&app, &owner).await;
    }
}

#[actix_web::test]
async fn a_stale_version_keeps_its_logo() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    uploads(&owner, &png(9, 8, 8)).await.assert_status(200);
    let remove = owner.client.request(Method::DELETE, PATH);
    let answer = remove.header("if-match", "\"1\"").send().await;
    answer.assert_problem(412, "version_mismatch");
    assert_only_logo(&app, &owner).await;
    let remove = owner.client.request(Method::DELETE, PATH);
    let answer = remove.header("if-match", "\"2\"").send().await;
    answer.assert_status(204);
}

#[actix_web::test]
async fn a_repeated_upload_is_answered_as_the_first_was() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    // Noise does not compress: larger than other bodies may be.
    let noise = RgbImage::from_fn(700, 700, |_, _| {
        image::Rgb([fastrand::u8(..), fastrand::u8(..), fastrand::u8(..)])
    });
    let mut logo = std::io::Cursor::new(Vec::new());
    noise.write_to(&mut logo, ImageFormat::Png).unwrap();
    let logo = logo.into_inner();
    assert!(logo.len() > 1 << 20);
    for replayed in [None, Some("true")] {
        let request = upload(&owner, PATH, &[("logo", "a.png", &logo)]);
        let answer = request.header("idempotency-key", "k1").send().await;
        answer.assert_status(200);
        assert_eq!(answer.header("idempotent-replayed"), replayed);
        assert_eq!(answer.json()["version"], 2);
    }
}

#[actix_web::test]
async fn while_storage_is_down_all_else_goes_on() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    uploads(&owner, &png(9, 8, 8)).await.assert_status(200);
    let url = logo_url(&owner).await;

    app.storage.set_down(true);
    let answer = uploads(&owner, &png(99, 8, 8)).await;
    answer.assert_problem(503, "storage_unavailable");
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(logo_url(&owner).await, url);
    let city = json!({"city": "Lima"});
    owner.client.put(CURRENT, city).await.assert_status(200);
    owner.chats().await;
    let ready = app.anybody().get("/health/ready").await;
    let ready = ready.assert_status(200).json();
    assert_eq!(ready["status"], "degraded");
    let components = &ready["components"];
    assert_eq!(components["storage"]["status"], "down");
    assert_eq!(components["database"]["status"], "up");

    // What needs no storage to be decided is done, and the rest follows.
    owner.client.delete(PATH).await.assert_status(204);
    for _ in 0..12 {
        app.after(Duration::from_secs(15)).await;
    }
    assert_eq!(app.storage.files().len(), 1);
    app.storage.set_down(false);
    app.after(Duration::from_secs(15)).await;
    assert_eq!(app.storage.files().len(), 0);
    let owner = given::again(&app, &owner).await;
    uploads(&owner, &png(99, 8, 8)).await.assert_status(200);
}

#[actix_web::test]
async fn who_changed_and_removed_the_logo_is_told_in_the_audit_log() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    uploads(&admin, &png(9, 8, 8)).await.assert_status(200);
    let key = stored(&app, &owner).await.remove(0).0.to_string();
    owner.client.delete(PATH).await.assert_status(204);

    let log = owner.client.get("/api/audit-log?limit=2").await.data();
    let [removed, changed] = &log[..] else {
        panic!("{log:#?}");
    };
    assert_eq!(changed["action"], "logo_changed");
    assert_eq!(changed["actor"]["id"], admin.user_id);
    assert_eq!(changed["target"]["id"], owner.organization_id);
    assert_eq!(changed["before"], json!({"logo": null}));
    assert_eq!(changed["after"], json!({"logo": key}));
    assert_eq!(removed["action"], "logo_removed");
    assert_eq!(removed["actor"]["id"], owner.user_id);
    assert_eq!(removed["before"], json!({"logo": key}));
    assert_eq!(removed["after"], json!({"logo": null}));
}
