//! Files on their way to Meta: given to it once, and again when it has forgotten them.

use std::time::Duration;

use domain::whatsapp::{CloudApiError, MediaKind, MetaError, OutgoingContent};
use in_memory::{Answer, CallKind};
use serde_json::{Value, json};
use tests::app::TestApp;

use super::{CUSTOMER, NUMBER, Shop, id_of};

pub(super) const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF and so on";
const DAY: Duration = Duration::from_hours(24);

impl Shop {
    /// Uploads a picture; answers its id.
    pub(super) async fn uploads(&self) -> String {
        let answer = self.owner.uploads("menu.jpg", JPEG).await;
        id_of(&answer.assert_status(201).json())
    }

    async fn sends_image(&self, media_id: &str) -> String {
        let image = json!({ "type": "image", "image": { "mediaId": media_id, "caption": "Menu" } });
        id_of(&self.sends(image).await.assert_status(202).json())
    }

    /// Under which ids of Meta's files were sent so far.
    fn sent_files(&self) -> Vec<String> {
        let sent = self.app.cloud_api.sent().into_iter();
        sent.map(|outgoing| match outgoing.content {
            OutgoingContent::File { meta_id, .. } => meta_id,
            other => panic!("not a file: {other:?}"),
        })
        .collect()
    }
}

fn refusal(code: i64) -> Answer {
    Answer::Fail(CloudApiError::Refused(MetaError {
        code,
        title: "Param image['id'] is not a valid media attachment ID".into(),
        ..MetaError::default()
    }))
}

fn answers(app: &TestApp, kind: CallKind, answer: Answer) {
    app.cloud_api.answer_next(kind, answer);
}

#[tokio::test]
async fn a_file_is_given_to_meta_once_however_often_it_is_sent() {
    let shop = Shop::open().await;
    let media_id = shop.uploads().await;
    let image = json!({ "type": "image", "image": { "mediaId": media_id, "caption": "Menu" } });
    let queued = shop.sends(image).await.assert_status(202).json();
    assert_eq!(queued["image"]["mediaId"], media_id);
    assert_eq!(queued["image"]["mimeType"], "image/jpeg");
    assert_eq!(queued["image"]["url"], format!("/api/media/{media_id}"));
    assert_eq!(queued["text"]["body"], "Menu");
    assert!(shop.app.cloud_api.uploads().is_empty());
    shop.sends_image(&media_id).await;
    shop.app.run_jobs().await;

    let uploads = shop.app.cloud_api.uploads();
    assert_eq!(uploads.len(), 1);
    let (file, content) = &uploads[0];
    assert_eq!(content, JPEG);
    assert_eq!(file.mime_type, "image/jpeg");
    assert_eq!(file.file_name, "menu.jpg");
    assert_eq!(file.size, JPEG.len() as u64);
    let sent = shop.sent_files();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    assert_eq!(shop.message(&id_of(&queued)).await["status"], "sent");
}

#[tokio::test]
async fn a_file_is_given_to_meta_anew_before_meta_forgets_it() {
    let mut shop = Shop::open().await;
    let media_id = shop.uploads().await;
    for (later, uploads) in [(0, 1), (28, 1), (1, 2), (1, 2)] {
        shop.after(later * DAY).await;
        shop.app.customer_writes(NUMBER, CUSTOMER, "Menu?").await;
        shop.sends_image(&media_id).await;
        shop.app.run_jobs().await;
        assert_eq!(shop.app.cloud_api.uploads().len(), uploads);
    }
    let sent = shop.sent_files();
    assert_eq!(sent[0], sent[1]);
    assert_ne!(sent[1], sent[2]);
    assert_eq!(sent[2], sent[3]);
}

#[tokio::test]
async fn a_file_that_meta_has_forgotten_is_given_to_it_anew_once() {
    let shop = Shop::open().await;
    let media_id = shop.uploads().await;
    shop.sends_image(&media_id).await;
    shop.app.run_jobs().await;

    answers(&shop.app, CallKind::Send, refusal(100));
    let id = shop.sends_image(&media_id).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.message(&id).await["status"], "sent");
    assert_eq!(shop.app.cloud_api.uploads().len(), 2);

    for _ in 0..2 {
        answers(&shop.app, CallKind::Send, refusal(131_009));
    }
    let id = shop.sends_image(&media_id).await;
    shop.app.run_jobs().await;
    let failed = shop.message(&id).await;
    assert_eq!(failed["status"], "failed", "a new upload did not help");
    assert_eq!(failed["error"]["code"], 131_009);
    assert_eq!(shop.app.cloud_api.uploads().len(), 3);
}

#[tokio::test]
async fn a_message_waits_while_its_file_cannot_reach_meta() {
    let mut shop = Shop::open().await;
    let media_id = shop.uploads().await;
    for _ in 0..20 {
        let outage = CloudApiError::NotReached("no route".into());
        answers(&shop.app, CallKind::Upload, Answer::Fail(outage));
    }
    let silence = CloudApiError::NoAnswer("timed out".into());
    answers(&shop.app, CallKind::Upload, Answer::Fail(silence));
    let id = shop.sends_image(&media_id).await;
    for _ in 0..20 {
        shop.after(Duration::from_secs(20)).await;
        assert_eq!(shop.message(&id).await["status"], "queued");
    }
    shop.after(Duration::from_mins(5)).await;
    shop.after(Duration::from_mins(5)).await;
    assert_eq!(shop.message(&id).await["status"], "sent");
    assert_eq!(shop.app.cloud_api.sent().len(), 1);
}

#[tokio::test]
async fn a_message_waits_while_storage_is_down_and_fails_if_its_file_is_gone() {
    let mut shop = Shop::open().await;
    let media_id = shop.uploads().await;
    shop.app.storage.set_down(true);
    let id = shop.sends_image(&media_id).await;
    for _ in 0..20 {
        shop.after(Duration::from_secs(20)).await;
    }
    assert_eq!(shop.message(&id).await["status"], "queued");
    shop.app.storage.set_down(false);
    shop.after(Duration::from_secs(20)).await;
    assert_eq!(shop.message(&id).await["status"], "sent");

    let lost = shop.uploads().await;
    let id = shop.sends_image(&lost).await;
    for key in shop.app.storage.files().into_keys() {
        let storage = &shop.app.application.ports.storage;
        storage.delete(&key).await.unwrap();
    }
    shop.app.run_jobs().await;
    let failed = shop.message(&id).await;
    assert_eq!(failed["status"], "failed");
    let title = failed["error"]["title"].as_str().unwrap();
    assert!(title.contains("not there any more"), "{title}");
    assert_eq!(shop.app.cloud_api.sent().len(), 1);
}

#[tokio::test]
async fn what_meta_says_of_a_file_counts_as_said_of_its_message() {
    let shop = Shop::open().await;
    let media_id = shop.uploads().await;
    answers(&shop.app, CallKind::Upload, refusal(100));
    let id = shop.sends_image(&media_id).await;
    shop.app.run_jobs().await;
    let failed = shop.message(&id).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error"]["code"], 100);

    answers(&shop.app, CallKind::Upload, refusal(190));
    let id = shop.sends_image(&media_id).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.message(&id).await["status"], "queued");
    let accounts = shop.owner.client.get("/api/whatsapp/accounts").await.data();
    assert_eq!(accounts[0]["status"], "needs_reauth");
    assert!(shop.app.cloud_api.sent().is_empty());
}

#[tokio::test]
async fn an_upload_that_never_succeeds_fails_its_message_in_the_end() {
    let mut shop = Shop::open().await;
    let media_id = shop.uploads().await;
    for _ in 0..10 {
        let silence = CloudApiError::NoAnswer("timed out".into());
        answers(&shop.app, CallKind::Upload, Answer::Fail(silence));
    }
    let id = shop.sends_image(&media_id).await;
    for _ in 0..10 {
        shop.after(Duration::from_mins(30)).await;
    }
    let failed = shop.message(&id).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error"]["retryable"], true);
}

#[tokio::test]
async fn a_file_is_sent_as_what_it_is() {
    let shop = Shop::open().await;
    let upload = async |name: &str, content: &[u8]| {
        let answer = shop.owner.uploads(name, content).await;
        id_of(&answer.assert_status(201).json())
    };
    let mut opus = b"OggS\0\x02".to_vec();
    opus.resize(28, 0);
    opus.extend_from_slice(b"OpusHead\x01\x01\0\0\0\0\0\0\0\0\0");
    let image = upload("menu.jpg", JPEG).await;
    let voice = upload("note.ogg", &opus).await;
    let song = upload("song.mp3", b"ID3\x04\0\0\0\0").await;
    let video = upload("v.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0").await;
    let document = upload("Menú.pdf", b"%PDF-1.7\n").await;
    let file = |kind: &str, id: &str| json!({ "type": kind, kind: { "mediaId": id } });
    let voiced = |id: &str| json!({ "type": "audio", "audio": { "mediaId": id, "voice": true } });
    for (message, pointer) in [
        (file("video", &image), "/video/mediaId"),
        (file("sticker", &image), "/sticker/mediaId"),
        (file("image", &document), "/image/mediaId"),
        (file("audio", &video), "/audio/mediaId"),
        (voiced(&song), "/audio/voice"),
    ] {
        let refused = shop.sends(message).await;
        refused.assert_invalid(pointer);
        assert_eq!(refused.json()["errors"][0]["code"], "unsupported_type");
    }
    for message in [
        file("image", &image),
        file("document", &image),
        file("video", &video),
        file("audio", &song),
        voiced(&voice),
        file("document", &document),
    ] {
        shop.sends(message).await.assert_status(202);
    }
    shop.app.run_jobs().await;
    let sent: Vec<_> = shop
        .app
        .cloud_api
        .sent()
        .into_iter()
        .map(|outgoing| match outgoing.content {
            OutgoingContent::File {
                kind, attachment, ..
            } => (kind, attachment.voice, attachment.filename),
            other => panic!("not a file: {other:?}"),
        })
        .collect();
    let named = |name: &str| Some(name.to_owned());
    let expected = [
        (MediaKind::Image, None, None),
        (MediaKind::Document, None, named("menu.jpg")),
        (MediaKind::Video, None, None),
        (MediaKind::Audio, None, None),
        (MediaKind::Audio, Some(true), None),
        (MediaKind::Document, None, named("Menú.pdf")),
    ];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_file_must_be_there_and_the_organizations_own() {
    let shop = Shop::open().await;
    let stranger = shop.app.register("Sol").await;
    let theirs = id_of(&stranger.uploads("a.jpg", JPEG).await.json());
    let file = |id: &Value| json!({ "type": "image", "image": { "mediaId": id } });
    for id in [json!(theirs), json!(uuid::Uuid::nil())] {
        let refused = shop.sends(file(&id)).await;
        refused.assert_invalid("/image/mediaId");
        assert_eq!(refused.json()["errors"][0]["code"], "not_found");
    }
    // What a customer sent can be sent on.
    shop.app.cloud_api.add_media("M1", "image/jpeg", "a photo");
    let photo = json!({
        "from": CUSTOMER, "id": "wamid.photo", "timestamp": shop.app.now().to_string(),
        "type": "image", "image": { "id": "M1", "mime_type": "image/jpeg" },
    });
    let body = tests::app::messages_body(NUMBER, CUSTOMER, &[photo]);
    shop.app.receive(&body).await;
    let received = shop.owner.messages(&shop.chat_id).await[0]["image"]["mediaId"].clone();
    shop.sends(file(&received)).await.assert_status(202);
    shop.app.run_jobs().await;
    assert_eq!(shop.app.cloud_api.uploads()[0].1, "a photo");
}
