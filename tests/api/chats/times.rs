//! How long customers wait for an answer and a resolution.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CUSTOMER, NUMBER, Shop};

const MINUTE: Duration = Duration::from_mins(1);

async fn times(shop: &Shop) -> [Value; 2] {
    let chat = shop.chat().await;
    ["firstResponseSeconds", "resolutionSeconds"].map(|name| chat[name].clone())
}

#[tokio::test]
async fn a_chat_tells_how_long_the_customer_waited() {
    let mut shop = Shop::open().await;
    assert_eq!(times(&shop).await, [Value::Null, Value::Null]);
    shop.after(2 * MINUTE).await;
    shop.queues("Hello").await;
    assert_eq!(times(&shop).await, [json!(120), Value::Null]);
    shop.after(MINUTE).await;
    shop.queues("Anything else?").await;
    shop.changes(json!({"status": "resolved"})).await;
    assert_eq!(times(&shop).await, [json!(120), json!(180)]);
    // It was not, after all.
    shop.changes(json!({"status": "open"})).await;
    assert_eq!(times(&shop).await, [json!(120), Value::Null]);
    shop.after(MINUTE).await;
    shop.changes(json!({"status": "resolved"})).await;
    assert_eq!(times(&shop).await, [json!(120), json!(240)]);
    // Another matter.
    shop.app.customer_writes(NUMBER, CUSTOMER, "Hi again").await;
    assert_eq!(times(&shop).await, [Value::Null, Value::Null]);
    assert_eq!(shop.owner.chats().await[0], shop.chat().await);
}
