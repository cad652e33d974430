use meta_simulator::InboundContent;
use serde_json::json;

use crate::support::{ACCOUNT, Business, NUMBER, TOKEN, answer, number, sheena, text_message};

#[tokio::test]
async fn a_token_is_required_and_checked() {
    let business = Business::start().await;
    business.simulator().add_number(number("777", "EAA-other"));
    let path = format!("/v23.0/{NUMBER}/messages");
    let message = text_message("+16505551234", "Hi");

    let missing = answer(business.http.post(business.url(&path)).json(&message)).await;
    assert_eq!((missing.status, missing.code()), (401, 104));
    let wrong = business.post(&path, "EAA-wrong", &message).await;
    assert_eq!((wrong.status, wrong.code()), (401, 190));
    for (path, token) in [
        (path.as_str(), "EAA-other"),
        ("/v23.0/777/messages", TOKEN),
        ("/v23.0/888/messages", TOKEN),
    ] {
        let foreign = business.post(path, token, &message).await;
        assert_eq!((foreign.status, foreign.code()), (400, 100));
        assert_eq!(foreign.body["error"]["error_subcode"], 33);
    }
    business.stop().await;
}

#[tokio::test]
async fn a_number_is_read_by_the_fields_asked_for() {
    let business = Business::start().await;
    let fields =
        "verified_name,quality_rating,throughput,whatsapp_business_manager_messaging_limit";
    let number = business
        .get(&format!("/v25.0/{NUMBER}?fields={fields}"), TOKEN)
        .await;
    assert_eq!(
        number.body,
        json!({
            "id": NUMBER,
            "verified_name": "Lucky Shrub",
            "quality_rating": "GREEN",
            "throughput": {"level": "STANDARD"},
            "whatsapp_business_manager_messaging_limit": "TIER_2K",
        })
    );
    let listed = business
        .get(&format!("/v23.0/{ACCOUNT}/phone_numbers"), TOKEN)
        .await;
    assert_eq!(
        listed.body["data"][0]["display_phone_number"],
        "+1 555-078-3881"
    );
    business.stop().await;
}

#[tokio::test]
async fn an_app_subscribes_and_unsubscribes() {
    let business = Business::start().await;
    let path = format!("/v23.0/{ACCOUNT}/subscribed_apps");
    let count = async || {
        let listed = business.get(&path, TOKEN).await;
        listed.body["data"].as_array().unwrap().len()
    };
    assert_eq!(count().await, 0);
    let subscribed = business.post(&path, TOKEN, &json!({})).await;
    assert_eq!(subscribed.body, json!({"success": true}));
    assert_eq!(count().await, 1);
    answer(business.http.delete(business.url(&path)).bearer_auth(TOKEN)).await;
    assert_eq!(count().await, 0);
    assert_eq!(
        business
            .post("/v23.0/1/subscribed_apps", TOKEN, &json!({}))
            .await
            .code(),
        100
    );
    business.stop().await;
}

#[tokio::test]
async fn every_answer_tells_how_much_of_the_limits_is_used() {
    let business = Business::start().await;
    let url = business.url(&format!("/v23.0/{NUMBER}"));
    let response = business
        .http
        .get(url)
        .bearer_auth(TOKEN)
        .send()
        .await
        .unwrap();
    let usage = response.headers()["x-business-use-case-usage"]
        .to_str()
        .unwrap();
    let usage: serde_json::Value = serde_json::from_str(usage).unwrap();
    assert_eq!(usage[ACCOUNT][0]["call_count"], 1);
    business.stop().await;
}

#[tokio::test]
async fn an_open_simulator_makes_up_the_numbers_it_is_asked_about() {
    let business = Business::start_open().await;
    let number = business
        .get("/v23.0/424242?fields=display_phone_number", "EAA-any")
        .await;
    assert_eq!(number.body["display_phone_number"], "+1 555-010-2424");
    business
        .post("/v23.0/900/subscribed_apps", "EAA-any", &json!({}))
        .await;
    let listed = business.get("/v23.0/900/phone_numbers", "EAA-any").await;
    assert_eq!(
        listed.body["data"][0]["id"], "424242",
        "the token tells whose it is"
    );

    let media = business.get("/v23.0/424243", "EAA-any").await;
    assert_eq!(media.code(), 100, "an id may be anything's");
    business.stop().await;
}

#[tokio::test]
async fn a_customer_can_write_to_a_number_nobody_knows() {
    let business = Business::start().await;
    let hello = InboundContent::text("Hello");
    business
        .simulator()
        .customer_sends("999", &sheena(), hello)
        .await;
    assert_eq!(
        business.webhooks().await[0]["metadata"]["phone_number_id"],
        "999"
    );
    business.stop().await;
}
