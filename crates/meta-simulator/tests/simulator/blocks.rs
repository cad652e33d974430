use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Answer, Business, NUMBER, TOKEN, answer, sheena};

fn users(ids: &[&str]) -> Value {
    let users: Vec<_> = ids.iter().map(|id| json!({"user": id})).collect();
    json!({"messaging_product": "whatsapp", "block_users": users})
}

async fn unblock(business: &Business, body: &Value) -> Answer {
    let url = business.url(&format!("/v23.0/{NUMBER}/block_users"));
    answer(business.http.delete(url).bearer_auth(TOKEN).json(body)).await
}

#[tokio::test]
async fn a_blocked_customer_is_neither_heard_nor_reached() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    let path = format!("/v23.0/{NUMBER}/block_users");
    let blocked = business.post(&path, TOKEN, &users(&["+16505551234"])).await;
    assert_eq!(blocked.status, 200, "{}", blocked.body);
    assert_eq!(
        blocked.body["block_users"]["added_users"],
        json!([{"input": "+16505551234", "wa_id": "16505551234"}])
    );
    let listed = business.get(&path, TOKEN).await.body;
    assert_eq!(listed["data"][0]["wa_id"], "16505551234");

    business.hears_from(&sheena()).await;
    assert_eq!(
        business.webhooks().await.len(),
        1,
        "only the first was heard"
    );
    let refused = business.send_text("+16505551234", "Hi").await;
    assert_eq!(refused.code(), 131_026);

    let unblocked = unblock(&business, &users(&["+16505551234"])).await.body;
    assert_eq!(
        unblocked["block_users"]["removed_users"][0]["wa_id"],
        "16505551234"
    );
    assert_eq!(business.get(&path, TOKEN).await.body["data"], json!([]));
    assert_eq!(business.send_text("+16505551234", "Hi").await.status, 200);
    business.stop().await;
}

#[tokio::test]
async fn only_who_wrote_within_a_day_can_be_blocked() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    let path = format!("/v23.0/{NUMBER}/block_users");
    let both = users(&["+16505551234", "+16505559999"]);
    let partly = business.post(&path, TOKEN, &both).await;
    assert_eq!((partly.status, partly.code()), (400, 139_100));
    let users_of = |key: &str| partly.body["block_users"][key].as_array().unwrap().len();
    assert_eq!((users_of("added_users"), users_of("failed_users")), (1, 1));

    unblock(&business, &users(&["+16505551234"])).await;
    business.clock.advance(TimeDelta::hours(24));
    let late = business.post(&path, TOKEN, &users(&["+16505551234"])).await;
    assert_eq!(late.code(), 139_100);
    let nobody = business.post(&path, TOKEN, &users(&[])).await;
    assert_eq!(nobody.code(), 131_009);
    business.stop().await;
}
