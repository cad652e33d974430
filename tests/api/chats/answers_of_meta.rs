//! What Meta may answer to a message, and what is made of it.

use std::time::Duration;

use domain::{
    clock::Clock,
    whatsapp::{CloudApiError, MetaError},
};
use in_memory::{Answer, CallKind};
use serde_json::json;

use super::{NUMBER, Shop, id_of, report};

impl Shop {
    /// What Meta answers to the next message.
    pub(super) fn meta_will(&self, answer: CloudApiError) {
        self.app
            .cloud_api
            .answer_next(CallKind::Send, Answer::Fail(answer));
    }

    pub(super) fn meta_will_refuse(&self, code: i64) {
        self.meta_will(CloudApiError::Refused(MetaError {
            code,
            title: "So it goes".into(),
            details: Some("Again and again".into()),
            ..MetaError::default()
        }));
    }

    /// Refuses with HTTP 5xx, which need not be the truth.
    fn meta_will_break_down(&self) {
        self.meta_will(CloudApiError::Refused(MetaError {
            code: 131_000,
            server_error: true,
            ..MetaError::default()
        }));
    }

    pub(super) async fn status_of(&self, id: &str) -> String {
        self.message(id).await["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

#[tokio::test]
async fn a_refusal_for_good_fails_the_message_with_a_hint() {
    let shop = Shop::open().await;
    shop.meta_will_refuse(131_026);
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    let message = shop.message(&id).await;
    assert_eq!(message["status"], "failed");
    assert_eq!(message["error"]["code"], 131_026);
    assert_eq!(message["error"]["title"], "So it goes");
    assert_eq!(message["error"]["detail"], "Again and again");
    assert_eq!(message["error"]["retryable"], false);
    assert!(message["error"]["hint"].is_string());
    assert!(message["failedAt"].is_string());
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_until_it_passes() {
    let mut shop = Shop::open().await;
    shop.meta_will_refuse(131_016);
    shop.meta_will_refuse(131_016);
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    assert_eq!(shop.status_of(&id).await, "queued");
    shop.after(Duration::from_secs(3)).await;
    assert_eq!(shop.status_of(&id).await, "queued");
    shop.after(Duration::from_secs(5)).await;
    assert_eq!(shop.status_of(&id).await, "sent");
    assert_eq!(shop.app.cloud_api.sent().len(), 3);
}

#[tokio::test]
async fn what_a_broken_meta_did_not_take_is_sent_again_after_a_settling_time() {
    let mut shop = Shop::open().await;
    shop.meta_will_break_down();
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    shop.after(Duration::from_secs(29)).await;
    assert_eq!(shop.status_of(&id).await, "queued");
    assert_eq!(shop.app.cloud_api.sent().len(), 1);
    shop.after(Duration::from_secs(1)).await;
    assert_eq!(shop.status_of(&id).await, "sent");
    assert_eq!(shop.app.cloud_api.sent().len(), 2);
}

#[tokio::test]
async fn what_a_broken_meta_took_all_the_same_is_not_sent_again() {
    let mut shop = Shop::open().await;
    shop.meta_will_break_down();
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    shop.after(Duration::from_secs(20)).await;
    shop.app
        .meta_reports(NUMBER, report("wamid.taken", "sent", &id))
        .await;
    assert_eq!(shop.status_of(&id).await, "sent");

    shop.after(Duration::from_mins(10)).await;
    assert_eq!(shop.app.cloud_api.sent().len(), 1);
    assert_eq!(shop.message(&id).await["wamid"], "wamid.taken");
}

#[tokio::test]
async fn an_outage_is_waited_out_however_long_it_takes() {
    const TRIES: usize = 12;
    let mut shop = Shop::open().await;
    for _ in 0..TRIES {
        shop.meta_will(CloudApiError::NotReached("connection refused".into()));
    }
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    for tries in 1..=TRIES {
        assert_eq!(shop.status_of(&id).await, "queued");
        assert_eq!(shop.app.cloud_api.sent().len(), tries);
        shop.after(Duration::from_secs(20)).await;
    }
    assert_eq!(shop.status_of(&id).await, "sent");
}

#[tokio::test]
async fn a_fault_that_does_not_pass_fails_the_message_in_the_end() {
    let mut shop = Shop::open().await;
    for _ in 0..6 {
        shop.meta_will_refuse(131_000);
    }
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    for _ in 0..10 {
        shop.after(Duration::from_mins(12)).await;
    }
    let message = shop.message(&id).await;
    assert_eq!(message["status"], "failed");
    assert_eq!(message["error"]["retryable"], true);
    assert_eq!(shop.app.cloud_api.sent().len(), 6);
}

#[tokio::test]
async fn without_an_answer_a_message_is_uncertain_and_never_sent_again_by_itself() {
    let mut shop = Shop::open().await;
    shop.meta_will(CloudApiError::NoAnswer("timed out".into()));
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    assert_eq!(shop.status_of(&id).await, "uncertain");
    shop.after(Duration::from_hours(1)).await;
    assert_eq!(shop.app.cloud_api.sent().len(), 1);

    shop.app
        .meta_reports(NUMBER, report("wamid.settled", "delivered", &id))
        .await;
    let message = shop.message(&id).await;
    assert_eq!(message["status"], "delivered");
    assert_eq!(message["wamid"], "wamid.settled");
}

#[tokio::test]
async fn a_refused_token_pauses_the_account_and_keeps_the_queue() {
    let mut shop = Shop::open().await;
    shop.meta_will_refuse(190);
    let id = shop.queues("Hello").await;
    shop.app.run_jobs().await;
    assert_eq!(shop.status_of(&id).await, "queued");
    let path = format!("/api/whatsapp/accounts/{}", shop.account_id);
    let account = shop.owner.client.get(&path).await.json();
    assert_eq!(account["status"], "needs_reauth");
    shop.owner
        .writes(&shop.chat_id, "More")
        .await
        .assert_problem(409, "account_needs_reauth");
    shop.after(Duration::from_mins(30)).await;
    assert_eq!(shop.app.cloud_api.sent().len(), 1);

    let renewed = shop
        .owner
        .client
        .put(&path, json!({ "accessToken": "a-new-token" }))
        .await;
    assert_eq!(renewed.assert_status(200).json()["status"], "connected");
    shop.after(Duration::from_mins(2)).await;
    assert_eq!(shop.status_of(&id).await, "sent");
}

#[tokio::test]
async fn a_customer_who_stopped_marketing_is_remembered_as_opted_out() {
    let shop = Shop::open().await;
    shop.meta_will_refuse(131_050);
    shop.queues("Sale!").await;
    shop.app.run_jobs().await;
    assert_eq!(
        shop.chat().await["customer"]["marketingConsent"],
        "opted_out"
    );
}

#[tokio::test]
async fn too_much_for_one_customer_waits_and_does_not_hold_up_others() {
    let mut shop = Shop::open().await;
    shop.app.customer_writes(NUMBER, "16505559999", "Hi").await;
    let chats = shop.owner.chats().await;
    let other = id_of(
        chats
            .iter()
            .find(|chat| chat["id"] != shop.chat_id)
            .unwrap(),
    );
    shop.meta_will_refuse(131_056);
    let id = shop.queues("First").await;
    let behind = shop.queues("Second").await;
    let elsewhere = id_of(&shop.owner.writes(&other, "Hello").await.json());
    shop.app.run_jobs().await;
    assert_eq!(shop.status_of(&id).await, "queued");
    assert_eq!(shop.status_of(&behind).await, "queued");
    let messages = shop.owner.messages(&other).await;
    assert_eq!(
        (&messages[0]["id"], &messages[0]["status"]),
        (&json!(elsewhere), &json!("sent"))
    );

    shop.after(Duration::from_secs(5)).await;
    assert_eq!(shop.status_of(&id).await, "sent");
    assert_eq!(shop.status_of(&behind).await, "sent");
    let order: Vec<_> = shop
        .app
        .cloud_api
        .sent()
        .into_iter()
        .map(|sent| sent.message_id)
        .collect();
    assert!(order.iter().position(|sent| sent.to_string() == behind) > Some(0));
}

#[tokio::test]
async fn a_burst_to_one_customer_is_spread_out_before_meta_complains() {
    let mut shop = Shop::open().await;
    for number in 0..50 {
        shop.queues(&number.to_string()).await;
    }
    shop.app.run_jobs().await;
    assert_eq!(shop.app.cloud_api.sent().len(), 45);
    shop.after(Duration::from_millis(6_250)).await;
    assert_eq!(shop.app.cloud_api.sent().len(), 46);
}

#[tokio::test]
async fn when_meta_finds_a_number_too_fast_all_its_messages_wait_a_little() {
    let mut shop = Shop::open().await;
    shop.app.customer_writes(NUMBER, "16505559999", "Hi").await;
    let chats = shop.owner.chats().await;
    let other = chats.iter().find(|chat| chat["id"] != shop.chat_id);
    let other = id_of(other.unwrap());
    shop.meta_will_refuse(130_429);
    let refused = shop.queues("First").await;
    shop.owner.writes(&other, "Hello").await.assert_status(202);
    shop.app.run_jobs().await;
    assert_eq!(shop.app.cloud_api.sent().len(), 1);

    shop.after(Duration::from_millis(1_250)).await;
    assert_eq!(shop.owner.messages(&other).await[0]["status"], "sent");
    assert_eq!(shop.status_of(&refused).await, "queued");
    shop.after(Duration::from_secs(2)).await;
    assert_eq!(shop.status_of(&refused).await, "sent");
}

#[tokio::test]
async fn what_was_held_back_at_the_same_moment_does_not_come_back_all_at_once() {
    const CUSTOMERS: usize = 5;
    let shop = Shop::open().await;
    for customer in 1..CUSTOMERS {
        let phone = format!("1650555999{customer}");
        shop.app.customer_writes(NUMBER, &phone, "Hi").await;
    }
    shop.meta_will_refuse(130_429);
    shop.queues("Too fast").await;
    shop.app.run_jobs().await;
    for chat in shop.owner.chats().await {
        if chat["id"] != shop.chat_id {
            let answer = shop.owner.writes(&id_of(&chat), "Hello").await;
            answer.assert_status(202);
        }
    }
    assert_eq!(shop.app.run_jobs().await, CUSTOMERS - 1);
    assert_eq!(shop.app.cloud_api.sent().len(), 1);

    let jobs = shop.app.application.ports.store.jobs();
    let first_due = jobs.next_due().await.unwrap().unwrap();
    let wait = (first_due - shop.app.clock.now()).to_std().unwrap();
    let came_at_once = shop.app.after(wait).await;
    assert!(came_at_once < CUSTOMERS - 1, "{came_at_once}");
}
