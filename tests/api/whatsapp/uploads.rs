//! Files that people upload to send them.

use std::time::Duration;

use domain::{
    clock::Clock,
    job::{Job, NewJob},
    whatsapp::{MediaId, MediaState},
};
use serde_json::json;
use tests::{
    app::TestApp,
    client::{Answer, Owner},
    stores::backends,
};

use crate::given;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF and so on";
const PDF: &[u8] = b"%PDF-1.7\n and so on";

fn media_path(answer: &Answer) -> String {
    format!("/api/media/{}", answer.json()["id"].as_str().unwrap())
}

#[actix_web::test]
async fn an_uploaded_file_is_told_by_its_content_and_kept_for_the_business_alone() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let answer = owner.uploads("menú.exe", JPEG).await;
    answer.assert_status(201);
    let path = media_path(&answer);
    assert_eq!(answer.header("location"), Some(path.as_str()));
    let mut media = answer.json();
    let digest = media["sha256"].take();
    assert_eq!(digest.as_str().map(str::len), Some(64));
    assert_eq!(
        media,
        json!({
            "id": media["id"], "kind": "image", "mimeType": "image/jpeg", "size": JPEG.len(),
            "sha256": null, "fileName": "menú.exe", "createdAt": "2026-09-01T09:00:00Z",
        })
    );
    let files = app.storage.files();
    let (key, file) = files.iter().next().unwrap();
    assert!(key.as_str().starts_with("media/"), "{key}");
    assert_eq!(file.content, JPEG);
    assert_eq!(file.metadata.content_type, "image/jpeg");

    let read = owner.client.get(&path).await;
    let place = read.assert_status(302).header("location").unwrap();
    assert!(place.contains(key.as_str()), "{place}");
    let stranger = app.register("Sol").await;
    let refused = stranger.client.get(&path).await;
    refused.assert_problem(404, "not_found");
}

#[actix_web::test]
async fn what_whatsapp_does_not_take_is_refused_and_not_kept() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for (name, content) in [
        ("a.jpg", b"GIF89a\x01\0\x01\0".as_slice()),
        ("a.pdf", b"MZ\x90\0\x03\0\0\0"),
        ("a.txt", b"<!DOCTYPE HTML><script>alert(1)</script>"),
        (
            "a.webp",
            b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\0\0\0\x01\0\x01\0",
        ),
    ] {
        let refused = owner.uploads(name, content).await;
        refused.assert_problem(415, "unsupported_media_type");
    }
    let at_most = [JPEG, &vec![0; (5 << 20) - JPEG.len()]].concat();
    let too_large = [&at_most, [0].as_slice()].concat();
    let refused = owner.uploads("a.jpg", &too_large).await;
    refused.assert_problem(413, "payload_too_large");
    let huge = vec![0; (101 << 20) + 1];
    let refused = owner.uploads("a.pdf", &[PDF, &huge].concat()).await;
    refused.assert_problem(413, "payload_too_large");
    assert!(app.storage.files().is_empty());
    owner.uploads("a.jpg", &at_most).await.assert_status(201);
    // Other kinds may be larger.
    let document = [PDF, &too_large].concat();
    owner.uploads("a.pdf", &document).await.assert_status(201);
    assert_eq!(app.storage.files().len(), 2);
}

#[actix_web::test]
async fn a_form_has_one_file_and_nothing_else() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let (ours, other) = (("file", "a.jpg", JPEG), ("other", "b", b"x".as_slice()));
    owner.uploads("a.jpg", b"").await.assert_invalid("/file");
    let refused = owner.upload(&[other]).send().await;
    refused.assert_invalid("/other").assert_invalid("/file");
    let refused = owner.upload(&[ours, other]).send().await;
    refused.assert_invalid("/other");
    let refused = owner.upload(&[ours, ours]).send().await;
    refused.assert_invalid("/file");
    let json = owner.client.post("/api/media", json!({})).await;
    json.assert_problem(415, "unsupported_media_type");
    for body in [
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nHello",
        "--edge\r\nContent-Disposition: form-data; name=\"fi",
        "--edge\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nHello\r\n--edge\r\n",
        "",
    ] {
        let request = owner.client.request(reqwest::Method::POST, "/api/media");
        let request = request.header("content-type", "multipart/form-data; boundary=edge");
        let refused = request.body(body).send().await;
        refused.assert_problem(400, "unreadable_form");
    }
    assert!(app.storage.files().is_empty());
}

#[actix_web::test]
async fn a_file_is_not_taken_while_there_is_nowhere_to_put_it() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    app.storage.set_down(true);
    let refused = owner.uploads("a.jpg", JPEG).await;
    refused.assert_problem(503, "storage_unavailable");
    app.storage.set_down(false);
    owner.uploads("a.jpg", JPEG).await.assert_status(201);
    assert_eq!(app.storage.files().len(), 1);
}

#[actix_web::test]
async fn an_upload_that_is_repeated_under_its_key_is_one() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let upload = async |content| {
        let request = owner.upload(&[("file", "a.jpg", content)]);
        request.header("idempotency-key", "one").send().await
    };
    let first = upload(JPEG).await;
    let again = upload(JPEG).await;
    assert_eq!(again.assert_status(201).json(), first.json());
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let other = upload(PDF).await;
    other.assert_problem(422, "idempotency_key_reused");
    assert_eq!(app.storage.files().len(), 1);
}

async fn begin_to_sweep(app: &TestApp) {
    let job = NewJob {
        job: Job::Sweep,
        organization_id: None,
        ordering_key: None,
        run_at: app.clock.now(),
        unique_key: Some("sweep".into()),
        request_id: None,
    };
    let jobs = app.application.ports.store.jobs();
    assert!(jobs.enqueue(&job).await.unwrap());
}

async fn fileless(app: &TestApp, owner: &Owner, id: &str) -> bool {
    let store = &app.application.ports.store;
    let data = store.read(owner.organization_id.parse().unwrap());
    let id: MediaId = id.parse().unwrap();
    match data
        .media()
        .find(id)
        .await
        .unwrap()
        .map(|media| media.state)
    {
        None => true,
        Some(MediaState::Stored { key, .. }) => {
            assert!(data.files().find(&key).await.unwrap().is_some());
            false
        }
        Some(state) => panic!("{state:?}"),
    }
}

#[actix_web::test]
async fn a_file_that_no_message_has_is_swept_away_after_a_week() {
    const DAY: Duration = Duration::from_hours(24);
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        owner.connects("106540352242922").await;
        app.customer_writes("106540352242922", "16505551234", "Hola")
            .await;
        let chat = owner.chats().await[0]["id"].as_str().unwrap().to_owned();
        let upload = async || {
            let answer = owner.uploads("a.jpg", JPEG).await;
            answer.json()["id"].as_str().unwrap().to_owned()
        };
        let (used, unused) = (upload().await, upload().await);
        let message = json!({"type": "image", "image": {"mediaId": used}});
        let path = format!("/api/chats/{chat}/messages");
        let sent = owner.client.post(&path, message).await;
        sent.assert_status(202);
        begin_to_sweep(&app).await;
        app.run_jobs().await;
        app.after(7 * DAY).await;
        assert!(!fileless(&app, &owner, &unused).await, "a week is not over");
        app.after(Duration::from_hours(1)).await;
        assert!(fileless(&app, &owner, &unused).await);
        assert!(!fileless(&app, &owner, &used).await);
        assert_eq!(app.storage.files().len(), 1);

        let owner = given::again(&app, &owner).await;
        let template = json!({
            "type": "template", "template": {"name": "menu", "headerMediaId": unused},
        });
        let refused = owner.client.post(&path, template).await;
        refused.assert_invalid("/template/headerMediaId");
    }
}
