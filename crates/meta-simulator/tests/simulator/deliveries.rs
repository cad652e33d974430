use std::time::Duration;

use chrono::TimeDelta;
use meta_simulator::{Customer, InboundContent, OrderItem, VerificationFailed};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Business, NUMBER, sheena};

#[tokio::test]
async fn a_webhook_is_repeated_with_the_same_bytes_until_it_is_taken() {
    let business = Business::start().await;
    business.answers_webhooks_with(&[500, 503, 201, 404]);

    let wamid = business.hears_from(&sheena()).await;

    let webhooks = business.webhooks().await;
    assert_eq!(webhooks.len(), 5, "200 is the only answer that ends it");
    assert_eq!(webhooks[4]["messages"][0]["id"], wamid);
    let received = business.received();
    for repeated in &received[1..] {
        assert_eq!(repeated.bytes, received[0].bytes);
        assert_eq!(repeated.signature, received[0].signature);
    }
    business.stop().await;
}

#[tokio::test]
async fn a_body_of_ones_own_is_delivered_as_it_is() {
    let business = Business::start().await;
    business.answers_webhooks_with(&[500]);
    let report = business.simulator().deliver(b"not json".to_vec()).await;
    assert_eq!(report.statuses, [Some(500), Some(200)]);
    assert!(report.delivered);
    assert_eq!(business.received()[1].bytes.as_ref(), b"not json");
    business.stop().await;
}

#[tokio::test]
async fn a_webhook_is_given_up_after_seven_days() {
    let business = Business::start().await;
    let nowhere = "http://127.0.0.1:9/webhook".parse().unwrap();
    business.simulator().set_callback_url(nowhere);
    business.hears_from(&sheena()).await;
    let idle = tokio::time::timeout(Duration::from_millis(50), business.simulator().idle());
    assert!(idle.await.is_err(), "it is still being repeated");

    business.clock.advance(TimeDelta::days(7));

    assert!(business.webhooks().await.is_empty());
    business.stop().await;
}

#[tokio::test]
async fn a_waiting_webhook_follows_the_callback_to_its_new_address() {
    let business = Business::start().await;
    let there = business.simulator().clone();
    let nowhere = "http://127.0.0.1:9/webhook".parse().unwrap();
    there.set_callback_url(nowhere);
    business.hears_from(&sheena()).await;
    assert!(business.received().is_empty());

    let elsewhere = Business::start().await;
    let url = elsewhere.callback_url();
    there.set_callback_url(url);

    there.idle().await;
    assert_eq!(elsewhere.received().len(), 1);
    business.stop().await;
    elsewhere.stop().await;
}

#[tokio::test]
async fn the_callback_is_verified_by_its_challenge() {
    let business = Business::start().await;
    business.simulator().verify_callback().await.unwrap();

    let graph = business.url("/v23.0/nothing");
    business.simulator().set_callback_url(graph);
    let refused = business.simulator().verify_callback().await.unwrap_err();
    assert!(
        matches!(refused, VerificationFailed::Refused { status: 401, .. }),
        "{refused}"
    );
    business.stop().await;
}

#[tokio::test]
async fn every_kind_of_customer_message_has_metas_shape() {
    let business = Business::start().await;
    let cart = InboundContent::Order {
        catalog_id: "194836987003835".to_owned(),
        text: None,
        items: vec![OrderItem {
            product_retailer_id: "SKU1".to_owned(),
            quantity: 2,
            item_price: 12.5,
            currency: "USD".to_owned(),
        }],
    };
    let place = InboundContent::Location {
        latitude: 37.5,
        longitude: -122.25,
        name: Some("Philz Coffee".to_owned()),
        address: None,
    };
    let choice = InboundContent::ListReply {
        id: "s".to_owned(),
        title: "Small".to_owned(),
        description: None,
    };
    let removed = InboundContent::Reaction {
        message_id: "wamid.OUT".to_owned(),
        emoji: None,
    };
    let cases = [
        (
            cart,
            json!({"type": "order", "order": {"catalog_id": "194836987003835", "product_items": [
            {"product_retailer_id": "SKU1", "quantity": 2, "item_price": 12.5, "currency": "USD"}]}}),
        ),
        (
            place,
            json!({"type": "location", "location": {"latitude": 37.5, "longitude": -122.25, "name": "Philz Coffee"}}),
        ),
        (
            choice.in_reply_to("wamid.OUT"),
            json!({
                "type": "interactive",
                "interactive": {"type": "list_reply", "list_reply": {"id": "s", "title": "Small"}},
                "context": {"from": "15550783881", "id": "wamid.OUT"},
            }),
        ),
        (
            removed,
            json!({"type": "reaction", "reaction": {"message_id": "wamid.OUT"}}),
        ),
        (
            InboundContent::raw(json!({"type": "request_welcome", "timestamp": "1"})),
            json!({"type": "request_welcome", "timestamp": "1"}),
        ),
    ];
    for (content, expected) in cases {
        business
            .simulator()
            .customer_sends(NUMBER, &sheena(), content)
            .await;
        let value = business.webhooks().await.pop().unwrap();
        let message = &value["messages"][0];
        for (key, expected) in expected.as_object().unwrap() {
            assert_eq!(&message[key], expected);
        }
        assert_eq!(message["from"], "16505551234");
        assert_eq!(value["contacts"][0]["profile"]["name"], "Sheena Nelson");
        assert_eq!(value["metadata"]["phone_number_id"], NUMBER);
        assert_eq!(value["metadata"]["display_phone_number"], "15550783881");
    }
    let body: Value = serde_json::from_slice(&business.received()[0].bytes).unwrap();
    assert_eq!(body["object"], "whatsapp_business_account");
    assert_eq!(body["entry"][0]["id"], ACCOUNT);
    business.stop().await;
}

#[tokio::test]
async fn a_user_without_a_phone_has_no_number_anywhere() {
    let business = Business::start().await;
    let user = Customer::with_user_id("US.13491208655302741918", "Pablo", "pablomorales");
    business.hears_from(&user).await;
    let value = business.webhooks().await.remove(0);
    let message = &value["messages"][0];
    assert!(message.get("from").is_none());
    assert_eq!(message["from_user_id"], "US.13491208655302741918");
    assert_eq!(
        value["contacts"][0],
        json!({"profile": {"name": "Pablo", "username": "pablomorales"}, "user_id": "US.13491208655302741918"})
    );
    business.stop().await;
}

#[tokio::test]
async fn many_messages_fit_into_one_delivery() {
    let business = Business::start().await;
    let customers: Vec<Customer> = (0..1000)
        .map(|index| Customer::with_phone(format!("1650555{index:04}"), "Somebody"))
        .collect();
    let messages: Vec<_> = customers
        .iter()
        .map(|customer| (customer, InboundContent::text("Hello")))
        .collect();
    let composed = business.simulator().compose(NUMBER, &messages);
    let report = business.simulator().deliver(composed.body).await;
    assert!(report.delivered);
    let value = business.webhooks().await.remove(0);
    assert_eq!(value["messages"].as_array().unwrap().len(), 1000);
    assert_eq!(value["messages"][999]["id"], composed.wamids[999]);
    business.stop().await;
}
