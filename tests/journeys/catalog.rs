//! A product goes to Meta, into a chat, and comes back in a cart.

use meta_simulator::{Catalog, InboundContent, OrderItem};
use reqwest::Method;
use serde_json::{Value, json};

use crate::given::{Shop, eventually, sheena};

const CATALOG: &str = "1948";

impl Shop {
    async fn sells(&self, product: &Value, image: &[u8]) -> Value {
        let head = "--edge\r\nContent-Disposition: form-data; name=";
        let product = format!("{head}\"product\"\r\n\r\n{product}\r\n");
        let file = format!("{head}\"images\"; filename=\"tea.png\"\r\n\r\n");
        let end = b"\r\n--edge--\r\n";
        let body = [product.as_bytes(), file.as_bytes(), image, end].concat();
        let request = self.owner.client.request(Method::POST, "/api/products");
        let request = request.header("content-type", "multipart/form-data; boundary=edge");
        let answer = request.body(body).send().await;
        answer.assert_status(201).json()
    }

    async fn product_once(&self, product: &Value, status: &str) -> Value {
        let path = format!("/api/products/{}", product["id"].as_str().unwrap());
        eventually(&format!("the product is {status}"), async || {
            let product = self.owner.client.get(&path).await.json();
            (product["meta"]["status"] == status).then_some(product)
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_shown_at_meta_sent_in_a_chat_and_wanted_in_a_cart() {
    let shop = Shop::open().await;
    shop.simulator().add_catalog(Catalog {
        id: CATALOG.into(),
        business_account_id: "102290129340398".into(),
        products: Vec::new(),
    });
    let connection = json!({
        "accountId": shop.account_id, "catalogId": CATALOG, "enabled": true,
    });
    let connected = shop.owner.client.put("/api/catalog/meta", connection).await;
    connected.assert_status(200);
    let chat_id = shop.chat_with(&sheena()).await;

    let tea = json!({
        "name": "Tea", "sku": "TEA-1", "status": "active", "stock": 2,
        "price": {"amount": 1_250, "currency": "USD"},
    });
    let tea = shop.sells(&tea, &crate::kinds_of_messages::PNG).await;
    let tea = shop.product_once(&tea, "synced").await;
    let variant = tea["variants"][0]["id"].as_str().unwrap();
    let shown = shop.simulator().catalog(CATALOG).unwrap().products;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].retailer_id, variant);
    assert_eq!((shown[0].name.as_str(), shown[0].price), ("Tea", 12.5));
    assert_eq!(shown[0].availability, "in stock");
    assert_eq!(
        shown[0].image_url.as_deref(),
        tea["images"][0]["url"].as_str()
    );

    let product = json!({"type": "product", "action": {"productId": tea["id"]}});
    let message = json!({"type": "interactive", "interactive": product});
    let path = format!("/api/chats/{chat_id}/messages");
    let queued = shop.owner.client.post(&path, message).await;
    let queued = queued.assert_status(202).json();
    let id = queued["id"].as_str().unwrap();
    let sent = shop.message_once(&chat_id, id, "read").await;
    assert_eq!(sent["interactive"]["products"][0]["name"], "Tea");

    let cart = InboundContent::Order {
        catalog_id: CATALOG.into(),
        text: None,
        items: vec![OrderItem {
            product_retailer_id: variant.into(),
            quantity: 2,
            item_price: 12.5,
            currency: "USD".into(),
        }],
    };
    shop.receives(&sheena(), cart).await;
    let order = eventually("the cart has come", async || {
        let messages = shop.owner.messages(&chat_id).await;
        messages.into_iter().find(|it| it["type"] == "order")
    })
    .await;
    let named = &order["order"]["products"][0];
    assert_eq!(named["productId"], tea["id"]);
    assert_eq!(named["price"], tea["price"]);
    assert_eq!(named["thumbnailUrl"], tea["images"][0]["thumbnailUrl"]);

    // Nothing is left of it, and then it is not sold any more.
    let stock = format!("/api/products/{}/stock", tea["id"].as_str().unwrap());
    let sold = shop.owner.client.post(&stock, json!({"change": -2})).await;
    sold.assert_status(201);
    eventually("Meta shows that there is none", async || {
        let shown = shop.simulator().catalog(CATALOG)?.products;
        (shown[0].availability == "out of stock").then_some(())
    })
    .await;
    let path = format!("/api/products/{}", tea["id"].as_str().unwrap());
    shop.owner.client.delete(&path).await.assert_status(204);
    eventually("Meta does not show it any more", async || {
        let shown = shop.simulator().catalog(CATALOG)?.products;
        shown.is_empty().then_some(())
    })
    .await;
}
