use std::time::Duration;

use meta_simulator::{Automatic, Behaviour, Script};
use serde_json::Value;

use crate::support::{Business, NUMBER, TOKEN, text_message};

const ANA: &str = "+5215512345678";
const EVE: &str = "+16505551234";

/// To an open Meta that reports up to `read`, with this script for Ana.
async fn business_with(script: impl Into<Script>) -> Business {
    let business = Business::start_open().await;
    business
        .simulator()
        .set_automatic_statuses(Some(Automatic::Read));
    business.simulator().script(ANA, script);
    business
}

#[tokio::test]
async fn refused_so_many_times_and_then_accepted() {
    let business = business_with(Script::refuse(429, 130_429).times(2)).await;
    for _ in 0..2 {
        let refused = business.send_text(ANA, "Hi").await;
        assert_eq!((refused.status, refused.code()), (429, 130_429));
        assert_eq!(refused.body["error"]["message"], "(#130429) Rate limit hit");
    }
    assert_eq!(
        business.send_text(EVE, "Hi").await.status,
        200,
        "scripts are per recipient"
    );
    assert_eq!(business.send_text(ANA, "Hi").await.status, 200);
    assert_eq!(business.simulator().messages().len(), 2);
    business.stop().await;
}

#[tokio::test]
async fn scripts_of_a_recipient_follow_each_other() {
    let business = business_with(Script::refuse(500, 131_000).times(1)).await;
    business
        .simulator()
        .script(ANA, Script::fail_later(131_026));
    assert_eq!(business.send_text(ANA, "Hi").await.code(), 131_000);
    let wamid = business.send_text(ANA, "Hi").await.wamid();
    assert_eq!(business.status_words(&wamid).await, ["failed"]);
    business.simulator().clear_scripts(ANA);
    let wamid = business.send_text(ANA, "Hi").await.wamid();
    assert_eq!(
        business.status_words(&wamid).await,
        ["sent", "delivered", "read"]
    );
    business.stop().await;
}

#[tokio::test]
async fn a_script_for_everyone_is_for_those_without_their_own() {
    let business = business_with(Script::refuse(400, 131_026)).await;
    business
        .simulator()
        .script("*", Script::refuse(400, 131_049));
    assert_eq!(business.send_text(ANA, "Hi").await.code(), 131_026);
    assert_eq!(business.send_text(EVE, "Hi").await.code(), 131_049);
    business.stop().await;
}

#[tokio::test]
async fn an_html_page_from_a_proxy_and_nothing_accepted() {
    let business = business_with(Behaviour::BadGateway).await;
    let answer = business.send_text(ANA, "Hi").await;
    assert_eq!(answer.status, 502);
    assert!(matches!(&answer.body, Value::String(html) if html.starts_with("<html>")));
    assert!(business.simulator().messages().is_empty());
    business.stop().await;
}

#[tokio::test]
async fn accepted_but_answered_with_an_error() {
    let business = business_with(Behaviour::AcceptThenFail { status: 503 }).await;
    let answer = business.send_text(ANA, "Hi").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.body["error"]["is_transient"], true);
    let accepted = business.simulator().messages().remove(0);
    assert_eq!(
        business.status_words(&accepted.wamid).await,
        ["sent", "delivered", "read"]
    );
    business.stop().await;
}

#[tokio::test]
async fn accepted_but_never_answered() {
    let business = business_with(Behaviour::AcceptThenTimeOut).await;
    let request = business
        .http
        .post(business.url(&format!("/v23.0/{NUMBER}/messages")))
        .bearer_auth(TOKEN)
        .json(&text_message(ANA, "Hi"))
        .timeout(Duration::from_millis(200));
    assert!(request.send().await.unwrap_err().is_timeout());
    let accepted = business.simulator().messages().remove(0);
    assert_eq!(
        business.status_words(&accepted.wamid).await,
        ["sent", "delivered", "read"]
    );
    assert_eq!(business.simulator().requests()[0].status, None);
    business.stop().await;
}

#[tokio::test]
async fn statuses_come_in_other_ways_than_one_expects() {
    let cases: [(Behaviour, &[&str]); 6] = [
        (Behaviour::NoStatuses, &[]),
        (Behaviour::SkipDelivered, &["sent", "read"]),
        (
            Behaviour::DuplicateStatuses,
            &["sent", "sent", "delivered", "delivered", "read", "read"],
        ),
        (Behaviour::ReverseStatuses, &["read", "delivered", "sent"]),
        (Behaviour::BatchStatuses, &["sent", "delivered", "read"]),
        (Behaviour::StatusesFirst, &["sent", "delivered", "read"]),
    ];
    for (behaviour, expected) in cases {
        let business = business_with(behaviour.clone()).await;
        let wamid = business.send_text(ANA, "Hi").await.wamid();
        if behaviour == Behaviour::StatusesFirst {
            assert_eq!(
                business.received().len(),
                3,
                "they were there before the answer"
            );
        }
        assert_eq!(
            business.status_words(&wamid).await,
            expected,
            "{behaviour:?}"
        );
        if behaviour == Behaviour::BatchStatuses {
            assert_eq!(business.received().len(), 1);
        }
        business.stop().await;
    }
}

#[tokio::test]
async fn statuses_may_lack_what_one_can_do_without() {
    let business = business_with(Behaviour::BareStatuses).await;
    let wamid = business.send_text(ANA, "Hi").await.wamid();
    assert!(business.statuses(&wamid).await[0].get("pricing").is_none());
    assert!(business.webhooks().await[0].get("contacts").is_none());
    business.stop().await;
}
