//! Meta refuses, throttles, falls silent, or forgets to answer.

use std::time::Duration;

use meta_simulator::{Behaviour, Script};
use serde_json::json;
use tokio::time::sleep;

use crate::given::{Shop, eventually, sheena};

const SHEENA: &str = "14155550123";

#[tokio::test(flavor = "multi_thread")]
async fn a_final_refusal_is_explained_and_not_repeated() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    shop.simulator()
        .script(SHEENA, Script::refuse(400, 131_026));

    let message_id = shop.answers(&chat_id, "Hello").await;

    let failed = shop.message_once(&chat_id, &message_id, "failed").await;
    assert_eq!(failed["error"]["code"], 131_026);
    assert!(
        failed["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("cannot be reached")
    );
    let path = format!("/api/chats/{chat_id}/messages/{message_id}/retry");
    let answer = shop.owner.client.post(&path, json!({})).await;
    answer.assert_problem(409, "message_not_retryable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_fault_is_tried_again_by_itself() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    shop.simulator()
        .script(SHEENA, Script::refuse(400, 131_016).times(1));

    let message_id = shop.answers(&chat_id, "Hello").await;

    shop.message_once(&chat_id, &message_id, "read").await;
    assert_eq!(shop.simulator().messages().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_is_recognised_by_its_code_and_waited_out() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    shop.simulator()
        .script(SHEENA, Script::refuse(400, 130_429).times(1));
    let message_id = shop.answers(&chat_id, "Hello").await;
    shop.message_once(&chat_id, &message_id, "read").await;

    shop.simulator()
        .script(SHEENA, Script::refuse(400, 131_056).times(1));
    let message_id = shop.answers(&chat_id, "Still there?").await;
    shop.message_once(&chat_id, &message_id, "read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_meta_took_without_answering_is_settled_by_its_status() {
    for behaviour in [
        Behaviour::AcceptThenTimeOut,
        Behaviour::AcceptThenFail { status: 502 },
        Behaviour::StatusesFirst,
    ] {
        let shop = Shop::open().await;
        let chat_id = shop.chat_with(&sheena()).await;
        shop.simulator()
            .script(SHEENA, Script::from(behaviour.clone()));

        let message_id = shop.answers(&chat_id, "Hello").await;

        shop.message_once(&chat_id, &message_id, "read").await;
        sleep(Duration::from_secs(3)).await;
        assert_eq!(
            shop.simulator().messages().len(),
            1,
            "sent once: {behaviour:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_sent_is_sent_again_only_on_a_persons_word() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    shop.simulator()
        .script(SHEENA, Script::from(Behaviour::BadGateway).times(1));
    let message_id = shop.answers(&chat_id, "Hello").await;
    shop.message_once(&chat_id, &message_id, "uncertain").await;
    assert_eq!(shop.simulator().messages().len(), 0);

    let path = format!("/api/chats/{chat_id}/messages/{message_id}/retry");
    let careless = shop.owner.client.post(&path, json!({})).await;
    careless.assert_problem(409, "message_uncertain");
    let sure = shop
        .owner
        .client
        .post(&path, json!({"evenIfUncertain": true}))
        .await;
    sure.assert_status(202);

    shop.message_once(&chat_id, &message_id, "read").await;
    assert_eq!(shop.simulator().messages().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_pauses_the_number_and_a_new_one_sends_what_waited() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    shop.simulator()
        .script(SHEENA, Script::refuse(401, 190).times(1));
    let path = format!("/api/whatsapp/accounts/{}", shop.account_id);

    let message_id = shop.answers(&chat_id, "Hello").await;
    eventually("the account wants a new token", async || {
        let account = shop.owner.client.get(&path).await.json();
        (account["status"] == "needs_reauth").then_some(())
    })
    .await;
    assert_eq!(
        shop.message(&chat_id, &message_id).await["status"],
        "queued"
    );
    let refused = shop.owner.writes(&chat_id, "And another").await;
    refused.assert_problem(409, "account_needs_reauth");

    let token = format!("token-of-{}", crate::given::NUMBER);
    let answer = shop
        .owner
        .client
        .put(&path, json!({"accessToken": token}))
        .await;
    answer.assert_status(200);
    assert_eq!(answer.json()["status"], "connected");
    shop.message_once(&chat_id, &message_id, "read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_that_come_twice_and_backwards_end_where_they_should() {
    for behaviour in [
        Behaviour::DuplicateStatuses,
        Behaviour::ReverseStatuses,
        Behaviour::BatchStatuses,
        Behaviour::SkipDelivered,
        Behaviour::BareStatuses,
    ] {
        let shop = Shop::open().await;
        let chat_id = shop.chat_with(&sheena()).await;
        shop.simulator()
            .script(SHEENA, Script::from(behaviour.clone()));

        let message_id = shop.answers(&chat_id, "Hello").await;
        shop.message_once(&chat_id, &message_id, "read").await;
        shop.simulator().idle().await;

        let message = shop.message(&chat_id, &message_id).await;
        assert_eq!(message["status"], "read", "{behaviour:?}");
        assert!(message["deliveredAt"].is_string(), "{behaviour:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_reported_later_is_shown_with_its_hint() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    shop.simulator().script(SHEENA, Script::fail_later(131_053));
    let message_id = shop.answers(&chat_id, "Hello").await;
    let failed = shop.message_once(&chat_id, &message_id, "failed").await;
    assert_eq!(failed["error"]["code"], 131_053);
    assert!(failed["failedAt"].is_string());
}
