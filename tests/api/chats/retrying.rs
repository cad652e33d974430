//! People who have a message sent again.

use std::time::Duration;

use domain::whatsapp::CloudApiError;
use serde_json::{Value, json};
use tests::client::Answer;

use super::{NUMBER, Shop, report};

impl Shop {
    async fn retries(&self, id: &str, body: Option<Value>) -> Answer {
        let path = format!("/api/chats/{}/messages/{id}/retry", self.chat_id);
        let request = self.owner.client.request(reqwest::Method::POST, &path);
        match body {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        }
    }
}

#[tokio::test]
async fn a_failed_message_is_sent_again_once_however_often_that_is_asked() {
    let shop = Shop::open().await;
    shop.meta_will_refuse(132_015);
    let id = shop.queues("Hello").await;
    shop.retries(&id, None)
        .await
        .assert_problem(409, "message_not_failed");
    shop.app.run_jobs().await;
    assert_eq!(shop.status_of(&id).await, "failed");

    let (one, other) = tokio::join!(shop.retries(&id, None), shop.retries(&id, None));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409]);
    shop.app.run_jobs().await;
    assert_eq!(shop.status_of(&id).await, "sent");
    assert_eq!(shop.app.cloud_api.sent().len(), 2);
}

#[tokio::test]
async fn what_would_fail_again_is_not_sent_again() {
    let shop = Shop::open().await;
    shop.meta_will_refuse(131_026);
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    shop.retries(&id, None)
        .await
        .assert_problem(409, "message_not_retryable");
}

#[tokio::test]
async fn an_uncertain_message_is_sent_again_only_on_a_persons_word() {
    let shop = Shop::open().await;
    shop.meta_will(CloudApiError::NoAnswer("timed out".into()));
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    shop.retries(&id, None)
        .await
        .assert_problem(409, "message_uncertain");
    shop.retries(&id, Some(json!({ "sure": true })))
        .await
        .assert_invalid("/sure");
    let again = shop
        .retries(&id, Some(json!({ "evenIfUncertain": true })))
        .await;
    assert_eq!(again.assert_status(202).json()["status"], "queued");
    shop.app.run_jobs().await;
    assert_eq!(shop.status_of(&id).await, "sent");
}

#[tokio::test]
async fn news_of_the_first_attempt_settle_a_message_before_it_is_sent_again() {
    let shop = Shop::open().await;
    shop.meta_will(CloudApiError::NoAnswer("timed out".into()));
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    shop.retries(&id, Some(json!({ "evenIfUncertain": true })))
        .await
        .assert_status(202);
    shop.app
        .meta_reports(NUMBER, report("wamid.first", "delivered", &id))
        .await;
    shop.app.run_jobs().await;
    assert_eq!(shop.status_of(&id).await, "delivered");
}

#[tokio::test]
async fn a_text_is_not_sent_again_once_the_window_has_closed() {
    let mut shop = Shop::open().await;
    shop.meta_will_refuse(131_048);
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    shop.after(Duration::from_hours(25)).await;
    shop.retries(&id, None)
        .await
        .assert_problem(409, "service_window_closed");
}
