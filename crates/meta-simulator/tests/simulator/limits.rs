use chrono::TimeDelta;
use meta_simulator::{Customer, InboundContent, Limits};
use serde_json::json;

use crate::support::{Business, NUMBER, sheena};

const SHEENA: &str = "+16505551234";

#[tokio::test]
async fn free_form_is_refused_a_day_after_the_customer_last_wrote() {
    let business = Business::start().await;
    assert_eq!(
        business.send_text(SHEENA, "Hi").await.code(),
        131_047,
        "she never wrote"
    );

    business.hears_from(&sheena()).await;
    assert_eq!(business.send_text(SHEENA, "Hi").await.status, 200);
    business
        .clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(business.send_text(SHEENA, "Hi").await.status, 200);
    business.clock.advance(TimeDelta::seconds(1));
    assert_eq!(business.send_text(SHEENA, "Hi").await.code(), 131_047);

    business.hears_from(&sheena()).await;
    assert_eq!(
        business.send_text(SHEENA, "Hi").await.status,
        200,
        "the window is open again"
    );
    business.stop().await;
}

#[tokio::test]
async fn a_reaction_does_not_open_the_window() {
    let business = Business::start().await;
    let reaction = InboundContent::Reaction {
        message_id: "wamid.OUT".to_owned(),
        emoji: Some("👍".to_owned()),
    };
    business
        .simulator()
        .customer_sends(NUMBER, &sheena(), reaction)
        .await;
    assert_eq!(business.send_text(SHEENA, "Hi").await.code(), 131_047);
    business.stop().await;
}

#[tokio::test]
async fn a_window_is_the_same_by_phone_and_by_user_id() {
    let business = Business::start().await;
    let both = Customer {
        user_id: Some("US.1349".to_owned()),
        ..sheena()
    };
    business.hears_from(&both).await;
    let by_user_id = json!({
        "messaging_product": "whatsapp", "recipient": "US.1349", "type": "text", "text": {"body": "Hi"},
    });
    let answer = business.send(&by_user_id).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        answer.body["contacts"][0],
        json!({"input": "US.1349", "user_id": "US.1349"})
    );
    business.stop().await;
}

#[tokio::test]
async fn an_open_simulator_trusts_the_sender_about_customers_it_never_heard_of() {
    let business = Business::start_open().await;
    assert_eq!(business.send_text(SHEENA, "Hi").await.status, 200);
    business.hears_from(&sheena()).await;
    business.clock.advance(TimeDelta::hours(24));
    assert_eq!(
        business.send_text(SHEENA, "Hi").await.code(),
        131_047,
        "of her it knows"
    );
    business.stop().await;
}

#[tokio::test]
async fn a_pair_may_burst_to_45_messages_and_then_has_one_in_6_seconds() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    for sent in 0..45 {
        assert_eq!(
            business.send_text(SHEENA, "Hi").await.status,
            200,
            "after {sent}"
        );
    }
    assert_eq!(business.send_text(SHEENA, "Hi").await.code(), 131_056);
    business.clock.advance(TimeDelta::seconds(6));
    assert_eq!(business.send_text(SHEENA, "Hi").await.status, 200);
    assert_eq!(business.send_text(SHEENA, "Hi").await.code(), 131_056);
    business.stop().await;
}

#[tokio::test]
async fn a_number_has_80_messages_a_second_in_and_out_together() {
    let business = Business::start().await;
    let customers: Vec<Customer> = (0..80)
        .map(|index| Customer::with_phone(format!("16505550{index:03}"), "Somebody"))
        .collect();
    for customer in &customers[..40] {
        business.hears_from(customer).await;
    }
    let to = |index: usize| format!("+16505550{index:03}");
    for index in 0..40 {
        assert_eq!(business.send_text(&to(index), "Hi").await.status, 200);
    }
    let refused = business.send_text(&to(0), "Hi").await;
    assert_eq!((refused.status, refused.code()), (400, 130_429));
    business.clock.advance(TimeDelta::seconds(1));
    assert_eq!(business.send_text(&to(0), "Hi").await.status, 200);
    business.stop().await;
}

#[tokio::test]
async fn without_limits_anything_goes() {
    let business = Business::start().await;
    business.simulator().set_limits(Limits::NONE);
    for _ in 0..100 {
        assert_eq!(business.send_text(SHEENA, "Hi").await.status, 200);
    }
    business.stop().await;
}
