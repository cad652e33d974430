use std::time::Duration;

use chrono::TimeDelta;
use meta_simulator::{Automatic, Customer, Template};
use serde_json::json;

use crate::{
    fixtures::assert_like,
    support::{ACCOUNT, Business, NUMBER, TOKEN, number, sheena, text_message},
};

#[tokio::test]
async fn an_accepted_message_is_answered_with_a_wamid_and_reported_with_our_data() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    let mut message = text_message("+1 (650) 555-1234", "Hi");
    message["biz_opaque_callback_data"] = json!("our-id");

    let answer = business.send(&message).await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body["contacts"][0],
        json!({"input": "+1 (650) 555-1234", "wa_id": "16505551234"})
    );
    assert!(answer.wamid().starts_with("wamid."));
    let statuses = business.statuses(&answer.wamid()).await;
    assert_eq!(statuses.len(), 2);
    for (status, word) in statuses.iter().zip(["sent", "delivered"]) {
        assert_eq!(status["status"], word);
        assert_eq!(status["biz_opaque_callback_data"], "our-id");
        assert_eq!(status["recipient_id"], "16505551234");
        assert_eq!(status["pricing"]["category"], "service");
    }

    let accepted = business.simulator().messages().remove(0);
    assert_eq!(accepted.wamid, answer.wamid());
    assert_eq!(accepted.to, "16505551234");
    assert_eq!(accepted.body, message);
    assert_eq!(accepted.biz_opaque_callback_data.as_deref(), Some("our-id"));
    business.stop().await;
}

#[tokio::test]
async fn without_a_plus_sign_the_senders_country_code_comes_first() {
    let business = Business::start_open().await;
    let answer = business.send_text("16505551234", "Hi").await;
    assert_eq!(answer.body["contacts"][0]["wa_id"], "116505551234");
    business.stop().await;
}

#[tokio::test]
async fn a_user_without_a_phone_is_reached_by_user_id() {
    let business = Business::start().await;
    let user = Customer::with_user_id("US.1349", "Pablo", "pablo");
    business.hears_from(&user).await;
    let message = json!({
        "messaging_product": "whatsapp", "recipient": "US.1349", "type": "text", "text": {"body": "Hi"},
    });
    let answer = business.send(&message).await;
    let status = business.statuses(&answer.wamid()).await.remove(0);
    assert_eq!(status["recipient_user_id"], "US.1349");
    assert!(status.get("recipient_id").is_none());
    business.stop().await;
}

#[tokio::test]
async fn statuses_go_as_far_as_they_are_told() {
    let business = Business::start_open().await;
    let cases = [
        (None, vec![]),
        (Some(Automatic::Sent), vec!["sent"]),
        (Some(Automatic::Read), vec!["sent", "delivered", "read"]),
    ];
    for (automatic, expected) in cases {
        business.simulator().set_automatic_statuses(automatic);
        let wamid = business.send_text("+16505551234", "Hi").await.wamid();
        assert_eq!(business.status_words(&wamid).await, expected);
    }
    business.stop().await;
}

#[tokio::test]
async fn statuses_are_set_by_hand() {
    let business = Business::start_open().await;
    business.simulator().set_automatic_statuses(None);
    let wamid = business.send_text("+16505551234", "Hi").await.wamid();
    let simulator = business.simulator();
    simulator.set_status(&wamid, "read", None).await.unwrap();
    simulator
        .set_status(&wamid, "failed", Some(131_026))
        .await
        .unwrap();

    let statuses = business.statuses(&wamid).await;
    assert_eq!(statuses[0]["status"], "read");
    let error = &statuses[1]["errors"][0];
    assert_eq!(error["code"], 131_026);
    assert_eq!(error["title"], "Message undeliverable");
    assert!(error["error_data"]["details"].is_string());
    assert!(statuses[1].get("pricing").is_none());
    assert!(
        simulator
            .set_status("wamid.NONE", "read", None)
            .await
            .is_err()
    );
    business.stop().await;
}

#[tokio::test]
async fn a_reaction_is_only_reported_as_sent() {
    let business = Business::start().await;
    let theirs = business.hears_from(&sheena()).await;
    let reaction = |target: &str| {
        json!({
            "messaging_product": "whatsapp", "to": "+16505551234", "type": "reaction",
            "reaction": {"message_id": target, "emoji": "👍"},
        })
    };
    let ours = business.send(&reaction(&theirs)).await.wamid();
    assert_eq!(business.status_words(&ours).await, ["sent"]);
    assert_eq!(
        business.send(&reaction(&ours)).await.code(),
        131_009,
        "it is a reaction"
    );
    assert_eq!(business.send(&reaction("wamid.NONE")).await.code(), 131_009);
    business.stop().await;
}

#[tokio::test]
async fn read_receipts_are_taken_for_messages_to_the_number() {
    let business = Business::start().await;
    let theirs = business.hears_from(&sheena()).await;
    let receipt = |message_id: &str| {
        json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": message_id,
            "typing_indicator": {"type": "text"},
        })
    };
    let answer = business.send(&receipt(&theirs)).await;
    assert_eq!(answer.body, json!({"success": true}));
    assert_eq!(business.send(&receipt("wamid.NONE")).await.code(), 131_009);
    assert!(business.simulator().messages().is_empty());
    assert_eq!(business.simulator().requests()[0].body, receipt(&theirs));
    business.stop().await;
}

#[tokio::test]
async fn templates_go_outside_the_window_and_are_known_by_name_and_exact_language() {
    let business = Business::start().await;
    business.simulator().add_template(Template {
        business_account_id: ACCOUNT.to_owned(),
        name: "order_ready".to_owned(),
        language: "es_MX".to_owned(),
        body_parameters: Some(1),
    });
    let template = |name: &str, language: &str, texts: &[&str]| {
        let parameters: Vec<_> = texts
            .iter()
            .map(|text| json!({"type": "text", "text": text}))
            .collect();
        json!({
            "messaging_product": "whatsapp", "to": "+16505551234", "type": "template",
            "template": {
                "name": name,
                "language": {"code": language},
                "components": [{"type": "body", "parameters": parameters}],
            },
        })
    };
    let accepted = business
        .send(&template("order_ready", "es_MX", &["Ana"]))
        .await;
    assert_eq!(accepted.body["messages"][0]["message_status"], "accepted");
    let status = business.statuses(&accepted.wamid()).await.remove(0);
    assert_eq!(status["pricing"]["billable"], true);

    let refused = business
        .send(&template("order_ready", "es", &["Ana"]))
        .await;
    assert_eq!((refused.status, refused.code()), (404, 132_001));
    let refused = business
        .send(&template("order_ready", "es_MX", &["Ana", "A-17"]))
        .await;
    assert_eq!(refused.code(), 132_000);
    for text in ["", "two\nlines", "a\ttab", "far     apart"] {
        let refused = business
            .send(&template("order_ready", "es_MX", &[text]))
            .await;
        assert_eq!(refused.code(), 132_018, "{text:?}");
    }
    business.stop().await;
}

#[tokio::test]
async fn requests_are_recorded_whatever_becomes_of_them() {
    let business = Business::start().await;
    business.get(&format!("/v23.0/{NUMBER}"), TOKEN).await;
    business.send_text("+16505551234", "Hi").await;
    let requests = business.simulator().requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|request| {
            (
                request.method.as_str(),
                request.path.as_str(),
                request.status,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("GET", "/v23.0/106540352242922", Some(200)),
            ("POST", "/v23.0/106540352242922/messages", Some(400)),
        ]
    );
    assert_eq!(requests[1].body["text"]["body"], "Hi");
    business.stop().await;
}

#[tokio::test]
async fn answers_wait_while_they_are_paused_though_the_work_is_done() {
    let business = Business::start_open().await;
    business.simulator().pause_answers();
    let mut request = Box::pin(business.send_text("+16505551234", "Hi"));
    let early = tokio::time::timeout(Duration::from_millis(100), &mut request).await;
    assert!(early.is_err());
    assert_eq!(business.simulator().messages().len(), 1);

    business.simulator().resume_answers();
    assert_eq!(request.await.status, 200);
    business.stop().await;
}

#[tokio::test]
async fn simulators_in_one_process_know_nothing_of_each_other() {
    let (here, there) = (Business::start().await, Business::start().await);
    there.simulator().add_number(number("777", "EAA-other"));
    here.hears_from(&sheena()).await;
    assert_eq!(there.send_text("+16505551234", "Hi").await.code(), 131_047);
    assert_eq!(here.get("/v23.0/777", TOKEN).await.code(), 100);
    assert!(there.received().is_empty());
    here.stop().await;
    there.stop().await;
}

#[tokio::test]
async fn messages_are_forgotten_after_thirty_days() {
    let business = Business::start().await;
    let old = business.hears_from(&sheena()).await;
    business.clock.advance(TimeDelta::days(30));
    business.hears_from(&sheena()).await;
    let reaction = json!({
        "messaging_product": "whatsapp", "to": "+16505551234", "type": "reaction",
        "reaction": {"message_id": old, "emoji": "👍"},
    });
    assert_eq!(business.send(&reaction).await.code(), 131_009);
    let receipt = json!({"messaging_product": "whatsapp", "status": "read", "message_id": old});
    assert_eq!(business.send(&receipt).await.code(), 131_009);
    business.stop().await;
}

#[tokio::test]
async fn statuses_name_the_customer_by_all_ids_there_are() {
    let business = Business::start().await;
    let pablo = Customer {
        phone: Some("16505551234".to_owned()),
        parent_user_id: Some("US.ENT.1181".to_owned()),
        ..Customer::with_user_id("US.1349", "Pablo M.", "pablomorales")
    };
    business.hears_from(&pablo).await;
    let by_both = json!({
        "messaging_product": "whatsapp", "to": "+16505551234", "recipient": "US.1349",
        "type": "text", "text": {"body": "Hi"},
    });
    let answer = business.send(&by_both).await;
    assert_eq!(
        answer.body["contacts"][0],
        json!({"input": "+16505551234", "wa_id": "16505551234"}),
        "the phone number wins"
    );
    let mut webhook = business.latest_webhook().await;
    let status = &mut webhook["entry"][0]["changes"][0]["value"]["statuses"][0];
    // The documented example is of an unpriced one.
    status.as_object_mut().unwrap().remove("pricing");
    assert_like(&webhook, "status_delivered_with_parent_bsuid");
    business.stop().await;
}
