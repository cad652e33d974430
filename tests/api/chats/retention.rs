//! Messages that an organization keeps for a time only.

use std::time::Duration;

use domain::{
    clock::Clock,
    job::{Job, NewJob},
    whatsapp::CloudApiError,
};
use in_memory::{Answer, CallKind};
use serde_json::{Value, json};
use tests::app::TestApp;

use super::{CUSTOMER, NUMBER, Shop, id_of};

const PATH: &str = "/api/organizations/current";
const DAY: Duration = Duration::from_hours(24);

/// As each worker does when it starts.
pub(crate) async fn schedule(app: &TestApp) {
    let job = NewJob {
        job: Job::ExpireMessages,
        organization_id: None,
        ordering_key: None,
        run_at: app.clock.now(),
        unique_key: Some("expire_messages".into()),
        request_id: None,
    };
    let jobs = app.application.ports.store.jobs();
    assert!(jobs.enqueue(&job).await.unwrap());
}

impl Shop {
    async fn keeps_messages_for(&self, days: Value) {
        let body = json!({ "messageRetentionDays": days });
        let answer = self.owner.client.put(PATH, body).await;
        let organization = answer.assert_status(200).json();
        assert_eq!(organization["messageRetentionDays"], days);
    }
}

#[tokio::test]
async fn after_its_time_a_message_is_empty_wherever_it_is_shown() {
    let mut shop = Shop::open().await;
    shop.keeps_messages_for(json!(30)).await;
    schedule(&shop.app).await;
    let media_id = shop.uploads().await;
    let image = json!({ "type": "image", "image": { "mediaId": media_id, "caption": "Secret" } });
    let sent = id_of(&shop.sends(image).await.assert_status(202).json());
    shop.app.run_jobs().await;
    shop.after(29 * DAY).await;
    assert_eq!(shop.message(&sent).await["type"], "image");
    assert_eq!(shop.app.storage.files().len(), 1);

    shop.after(2 * DAY).await;
    let messages = shop.owner.messages(&shop.chat_id).await;
    let kinds: Vec<_> = messages.iter().map(|it| &it["expired"]["kind"]).collect();
    assert_eq!(kinds, ["image", "text"]);
    assert_eq!(messages[0]["type"], "expired");
    assert_eq!(messages[0]["text"], Value::Null);
    assert_eq!(messages[0]["status"], "sent", "that it was sent is known");
    assert_eq!(messages[0]["sentBy"], shop.owner.user_id);
    assert_eq!(shop.chat().await["lastMessage"], messages[0]);
    assert!(shop.app.storage.files().is_empty());
    let media = format!("/api/media/{media_id}");
    assert!(shop.owner.client.get(&media).await.status >= 400);
    let search = "/api/messages/search?q=hola";
    let found = shop.owner.client.get(search).await;
    assert!(found.assert_status(200).data().is_empty());
    let export = format!("/api/chats/{}/export?format=text", shop.chat_id);
    let text = shop.owner.client.get(&export).await;
    let text = text.assert_status(200).text();
    assert!(text.contains("[text, not kept any more]"), "{text}");
    assert!(!text.contains("Hola"), "{text}");
}

#[tokio::test]
async fn what_is_said_later_is_kept_and_the_job_comes_every_day() {
    let mut shop = Shop::open().await;
    shop.keeps_messages_for(json!(30)).await;
    schedule(&shop.app).await;
    shop.after(20 * DAY).await;
    shop.app
        .customer_writes(NUMBER, CUSTOMER, "Still there?")
        .await;
    shop.after(11 * DAY).await;
    let kinds =
        |messages: Vec<Value>| -> Vec<_> { messages.iter().map(|it| it["type"].clone()).collect() };
    let messages = shop.owner.messages(&shop.chat_id).await;
    assert_eq!(kinds(messages), ["text", "expired"]);
    shop.keeps_messages_for(Value::Null).await;
    shop.after(30 * DAY).await;
    let messages = shop.owner.messages(&shop.chat_id).await;
    assert_eq!(kinds(messages), ["text", "expired"]);
}

#[tokio::test]
async fn another_organization_keeps_its_own() {
    let mut shop = Shop::open().await;
    let sol = shop.app.register("Sol").await;
    sol.client
        .put(PATH, json!({ "messageRetentionDays": 30 }))
        .await
        .assert_status(200);
    schedule(&shop.app).await;
    shop.after(40 * DAY).await;
    let messages = shop.owner.messages(&shop.chat_id).await;
    assert_eq!(messages[0]["text"]["body"], "Hola");
}

#[tokio::test]
async fn what_has_gone_cannot_be_sent_again() {
    let mut shop = Shop::open().await;
    shop.keeps_messages_for(json!(30)).await;
    let message_id = shop.queues("Yes").await;
    let silence = Answer::Fail(CloudApiError::NoAnswer("lost".into()));
    shop.app.cloud_api.answer_next(CallKind::Send, silence);
    shop.app.run_jobs().await;
    assert_eq!(shop.message(&message_id).await["status"], "uncertain");
    schedule(&shop.app).await;
    shop.after(31 * DAY).await;
    let path = format!("/api/chats/{}/messages/{message_id}/retry", shop.chat_id);
    let body = json!({ "evenIfUncertain": true });
    let answer = shop.owner.client.post(&path, body).await;
    answer.assert_problem(409, "message_expired");
}

#[tokio::test]
async fn a_time_that_is_too_short_or_too_long_is_refused() {
    let shop = Shop::open().await;
    for days in [json!(0), json!(29), json!(3651)] {
        let body = json!({ "messageRetentionDays": days });
        let answer = shop.owner.client.put(PATH, body).await;
        answer.assert_invalid("/messageRetentionDays");
    }
}
