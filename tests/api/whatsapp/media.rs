//! Files that customers send.

use std::time::Duration;

use domain::whatsapp::{CloudApiError, MetaError};
use in_memory::{Answer, CallKind};
use serde_json::{Value, json};
use tests::{
    app::{TestApp, messages_body},
    client::{Answer as HttpAnswer, Owner},
};

use super::{CUSTOMER, NUMBER, refusal};

const URL: &str = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=M1";
/// Of `a photo`, in base64.
const DIGEST: &str = "1OJNdJpP4vFhry3pE8BAKwTjrih9r9D52/pKXFbGkoU=";

/// A shop that was sent a file, which is not fetched yet.
async fn shop_with(app: &TestApp, image: Value) -> Owner {
    let owner = app.register("Luna").await;
    owner.connects(NUMBER).await;
    app.cloud_api.add_media("M1", "image/jpeg", "a photo");
    let message = json!({"from": CUSTOMER, "id": "wamid.1", "timestamp": "1788253200", "type": "image", "image": image});
    app.deliver(&messages_body(NUMBER, CUSTOMER, &[message]))
        .await
        .assert_status(200);
    owner
}

fn image() -> Value {
    json!({"id": "M1", "mime_type": "image/jpeg", "sha256": DIGEST, "url": URL, "caption": "Menu"})
}

async fn file(owner: &Owner) -> HttpAnswer {
    let chats = owner.chats().await;
    let media_id = chats[0]["lastMessage"]["image"]["mediaId"]
        .as_str()
        .unwrap();
    owner.client.get(&format!("/api/media/{media_id}")).await
}

#[actix_web::test]
async fn a_file_is_fetched_and_shown_to_the_business_alone() {
    let app = TestApp::start().await;
    let owner = shop_with(&app, image()).await;
    app.run_jobs().await;
    let answer = file(&owner).await;
    answer.assert_status(302);
    let location = answer.header("location").unwrap();
    assert!(location.contains(&owner.organization_id), "{location}");
    let files = app.storage.files();
    assert_eq!(files.values().next().unwrap().content.as_ref(), b"a photo");

    let media_id = owner.chats().await[0]["lastMessage"]["image"]["mediaId"].clone();
    let path = format!("/api/media/{}", media_id.as_str().unwrap());
    let stranger = app.register("Sol").await;
    stranger
        .client
        .get(&path)
        .await
        .assert_problem(404, "not_found");
    app.anybody()
        .get(&path)
        .await
        .assert_problem(401, "unauthenticated");
    owner
        .client
        .get("/api/media/nonsense")
        .await
        .assert_problem(404, "not_found");
}

#[actix_web::test]
async fn a_file_waits_while_meta_cannot_be_reached() {
    let app = TestApp::start().await;
    for kind in [CallKind::Download, CallKind::DescribeMedia] {
        app.cloud_api.answer_next(
            kind,
            Answer::Fail(CloudApiError::NotReached("no route".into())),
        );
    }
    let owner = shop_with(&app, image()).await;
    app.run_jobs().await;
    file(&owner).await.assert_problem(409, "media_pending");
    // By then the URL is too old, and Meta is asked for another.
    app.after(Duration::from_secs(300)).await;
    app.after(Duration::from_secs(300)).await;
    file(&owner).await.assert_status(302);
}

#[actix_web::test]
async fn a_url_that_has_run_out_is_asked_for_again() {
    let app = TestApp::start().await;
    app.cloud_api
        .answer_next(CallKind::Download, Answer::Fail(CloudApiError::Gone));
    let owner = shop_with(&app, image()).await;
    app.run_jobs().await;
    file(&owner).await.assert_status(302);
}

#[actix_web::test]
async fn the_token_goes_to_no_host_that_a_webhook_invents() {
    let app = TestApp::start().await;
    let mut foreign = image();
    foreign["url"] = json!("https://evil.example/M1");
    let owner = shop_with(&app, foreign).await;
    app.run_jobs().await;
    file(&owner).await.assert_status(302);
}

#[actix_web::test]
async fn a_file_that_is_not_what_was_promised_is_not_kept() {
    let app = TestApp::start().await;
    let mut promised = image();
    promised["sha256"] = json!("0".repeat(64));
    let owner = shop_with(&app, promised).await;
    app.run_jobs().await;
    file(&owner).await.assert_problem(409, "media_pending");
    for _ in 0..3 {
        app.after(Duration::from_secs(60)).await;
    }
    file(&owner).await.assert_problem(404, "not_found");
    assert!(app.storage.files().is_empty());
}

#[actix_web::test]
async fn what_meta_has_lost_is_lost() {
    let app = TestApp::start().await;
    let gone = MetaError {
        code: 100,
        subcode: Some(33),
        ..MetaError::default()
    };
    let refused = Answer::Fail(CloudApiError::Refused(gone));
    app.cloud_api.answer_next(CallKind::DescribeMedia, refused);
    let mut without_url = image();
    without_url["url"] = Value::Null;
    let owner = shop_with(&app, without_url).await;
    app.run_jobs().await;
    file(&owner).await.assert_problem(404, "not_found");
    // The message itself is there.
    assert_eq!(
        owner.chats().await[0]["lastMessage"]["image"]["caption"],
        "Menu"
    );
}

#[actix_web::test]
async fn a_refused_token_pauses_the_account_and_the_file_waits_for_a_new_one() {
    let app = TestApp::start().await;
    app.cloud_api.answer_next(CallKind::Download, refusal(190));
    let owner = shop_with(&app, image()).await;
    app.run_jobs().await;
    let account = owner.client.get("/api/whatsapp/accounts").await.data()[0].clone();
    assert_eq!(account["status"], "needs_reauth");
    app.after(Duration::from_secs(300)).await;
    file(&owner).await.assert_problem(409, "media_pending");

    let path = format!("/api/whatsapp/accounts/{}", account["id"].as_str().unwrap());
    owner
        .client
        .put(&path, json!({"accessToken": "new"}))
        .await
        .assert_status(200);
    app.after(Duration::from_secs(60)).await;
    file(&owner).await.assert_status(302);
}
