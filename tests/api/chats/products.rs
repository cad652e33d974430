//! Products in chats: sent by their ids, and named in carts and questions.

use std::time::Duration;

use domain::{chats::Action, whatsapp::OutgoingContent};
use in_memory::CATALOG;
use serde_json::{Value, json};
use tests::app::messages_body;

use super::{CUSTOMER, NUMBER, Shop, id_of};
use crate::catalog::meta::connects;

const PATH: &str = "/api/products";

fn usd(amount: i64) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

impl Shop {
    /// Whose products are at Meta.
    async fn with_catalog() -> Self {
        let shop = Self::open().await;
        connects(&shop.owner, &shop.account_id).await;
        shop
    }

    async fn sells(&self, name: &str, status: &str) -> Value {
        let product = json!({
            "name": name, "sku": name, "price": usd(500), "status": status, "stock": 3,
        });
        let answer = self.owner.client.post(PATH, product).await;
        answer.assert_status(201).json()
    }

    async fn sells_shirts(&self) -> Value {
        let product = json!({
            "name": "Shirt", "status": "active", "options": [{"name": "Size", "values": ["S", "L"]}],
            "variants": [
                {"sku": "S", "optionValues": ["S"], "price": usd(2_000)},
                {"sku": "L", "optionValues": ["L"], "price": usd(2_200)},
            ],
        });
        let answer = self.owner.client.post(PATH, product).await;
        answer.assert_status(201).json()
    }

    async fn tells_meta(&self) {
        self.app.after(Duration::from_secs(1)).await;
    }

    async fn shows(&self, interactive: Value) -> (Value, Action) {
        let message = json!({"type": "interactive", "interactive": interactive});
        let queued = self.sends(message).await.assert_status(202).json();
        self.app.run_jobs().await;
        let sent = self.message(&id_of(&queued)).await;
        assert_eq!(sent["interactive"], queued["interactive"]);
        assert_eq!(sent["status"], "sent");
        let last = self.app.cloud_api.sent().pop().unwrap();
        match last.content {
            OutgoingContent::Interactive { interactive, .. } => {
                (sent["interactive"].clone(), interactive.action)
            }
            other => panic!("not interactive: {other:?}"),
        }
    }
}

fn variant(product: &Value, index: usize) -> String {
    id_of(&product["variants"][index])
}

fn list_of(items: &[Value]) -> Value {
    json!({
        "type": "productList", "header": {"type": "text", "text": "Offers"},
        "body": {"text": "Today"},
        "action": {"sections": [{"title": "Drinks", "productItems": items}]},
    })
}

#[tokio::test]
async fn products_are_sent_by_their_ids_and_shown_as_they_were_that_day() {
    let shop = Shop::with_catalog().await;
    let (tea, shirt) = (shop.sells("Tea", "active").await, shop.sells_shirts().await);
    shop.tells_meta().await;
    let named = |product: &Value, index, name: &str, amount| {
        json!({
            "productId": product["id"], "variantId": variant(product, index), "name": name,
            "price": usd(amount), "thumbnailUrl": null,
        })
    };

    let product = json!({"type": "product", "action": {"productId": tea["id"]}});
    let (shown, action) = shop.shows(product).await;
    assert_eq!(shown["action"], json!({"variantId": variant(&tea, 0)}));
    let expected = json!([named(&tea, 0, "Tea", 500)]);
    assert_eq!(shown["products"], expected);
    let expected = Action::Product {
        catalog_id: CATALOG.into(),
        product_retailer_id: variant(&tea, 0),
    };
    assert_eq!(action, expected);

    let items = [
        json!({"productId": tea["id"]}),
        json!({"variantId": variant(&shirt, 1)}),
    ];
    let (shown, action) = shop.shows(list_of(&items)).await;
    let expected = json!([
        named(&tea, 0, "Tea", 500),
        named(&shirt, 1, "Shirt (L)", 2_200),
    ]);
    assert_eq!(shown["products"], expected);
    let Action::ProductList {
        catalog_id,
        sections,
    } = action
    else {
        panic!("no list");
    };
    assert_eq!(catalog_id, CATALOG);
    let ids = vec![variant(&tea, 0), variant(&shirt, 1)];
    assert_eq!(sections[0].product_retailer_ids, ids);

    let catalog = json!({
        "type": "catalog", "body": {"text": "All"},
        "action": {"parameters": {"thumbnailVariantId": variant(&shirt, 0)}},
    });
    let (shown, _) = shop.shows(catalog).await;
    let expected = json!([named(&shirt, 0, "Shirt (S)", 2_000)]);
    assert_eq!(shown["products"], expected);
    let catalog =
        json!({"type": "catalog", "body": {"text": "All"}, "action": {"name": "catalog_message"}});
    let (shown, _) = shop.shows(catalog).await;
    assert_eq!(shown.get("products"), None);

    // What it is since changes nothing of what was said.
    let path = format!("{PATH}/{}", id_of(&tea));
    let dearer = json!({"price": usd(900), "name": "Fine tea"});
    shop.owner
        .client
        .put(&path, dearer)
        .await
        .assert_status(200);
    let messages = shop.owner.messages(&shop.chat_id).await;
    let first = messages
        .iter()
        .rfind(|message| message["type"] == "interactive");
    assert_eq!(
        first.unwrap()["interactive"]["products"][0]["price"],
        usd(500)
    );
}

#[tokio::test]
async fn what_meta_would_not_show_is_refused_with_a_pointer_to_it() {
    let shop = Shop::with_catalog().await;
    let (tea, shirt) = (shop.sells("Tea", "active").await, shop.sells_shirts().await);
    shop.tells_meta().await;
    let draft = shop.sells("Draft", "draft").await;
    let new = shop.sells("New", "active").await;
    let other = shop.app.register("Sol").await;
    let foreign = json!({"name": "Hers", "sku": "1", "price": usd(1), "status": "active"});
    let foreign = other.client.post(PATH, foreign).await.json();
    let items = [
        json!({"productId": tea["id"]}),
        json!({"productId": shirt["id"]}),
        json!({"productId": draft["id"]}),
        json!({"productId": new["id"]}),
        json!({"productId": foreign["id"]}),
    ];
    let refused = json!({"type": "interactive", "interactive": list_of(&items)});
    let refused = shop.sends(refused).await.assert_problem(422, "invalid");
    let faults = refused["errors"].as_array().unwrap().iter();
    let told: Vec<_> = faults
        .map(|fault| [&fault["pointer"], &fault["code"]])
        .collect();
    let at = |index| {
        json!(format!(
            "/interactive/action/sections/0/productItems/{index}/productId"
        ))
    };
    let expected = [
        [&at(1), &json!("variant_required")],
        [&at(2), &json!("not_active")],
        [&at(3), &json!("not_synced")],
        [&at(4), &json!("not_found")],
    ];
    assert_eq!(told, expected);
    for (action, pointer) in [
        (json!({}), "/interactive/action/productId"),
        (
            json!({"productId": tea["id"], "variantId": variant(&tea, 0)}),
            "/interactive/action/productId",
        ),
        (
            json!({"productId": tea["id"], "catalogId": "1948"}),
            "/interactive/action/catalogId",
        ),
    ] {
        let product = json!({"type": "product", "action": action});
        let message = json!({"type": "interactive", "interactive": product});
        shop.sends(message).await.assert_invalid(pointer);
    }
}

#[tokio::test]
async fn products_need_a_catalog_of_the_same_business() {
    let shop = Shop::open().await;
    let tea = shop.sells("Tea", "active").await;
    let product = json!({"type": "product", "action": {"productId": tea["id"]}});
    let message = || json!({"type": "interactive", "interactive": product});
    let refused = shop.sends(message()).await;
    refused.assert_problem(409, "catalog_not_connected");
    connects(&shop.owner, &shop.account_id).await;
    shop.tells_meta().await;
    shop.sends(message()).await.assert_status(202);

    let elsewhere = json!({
        "phoneNumberId": "206540352242922", "businessAccountId": "99999", "accessToken": "token",
        "displayName": "Elsewhere",
    });
    let elsewhere = shop
        .owner
        .client
        .post("/api/whatsapp/accounts", elsewhere)
        .await;
    let elsewhere = elsewhere.assert_status(201).json();
    let mut to = message();
    to["accountId"] = elsewhere["id"].clone();
    to["to"] = json!(format!("+{CUSTOMER}"));
    shop.app
        .customer_writes("206540352242922", CUSTOMER, "Hola")
        .await;
    let refused = shop.owner.client.post("/api/whatsapp/messages", to).await;
    refused.assert_problem(409, "catalog_not_connected");
    let off = json!({"accountId": shop.account_id, "catalogId": CATALOG, "enabled": false});
    let off = shop.owner.client.put("/api/catalog/meta", off).await;
    off.assert_status(200);
    let refused = shop.sends(message()).await;
    refused.assert_problem(409, "catalog_not_connected");
}

#[tokio::test]
async fn carts_and_questions_name_the_products_that_are_known() {
    let shop = Shop::open().await;
    let shirt = shop.sells_shirts().await;
    let item = |id: &str| json!({"product_retailer_id": id, "quantity": 2, "item_price": 20.0, "currency": "USD"});
    let large = variant(&shirt, 1);
    let cart = json!({
        "from": CUSTOMER, "id": "wamid.cart", "timestamp": shop.app.now().to_string(),
        "type": "order", "order": {
            "catalog_id": CATALOG, "product_items": [item(&large), item("SKU1"), item(&large)],
        },
    });
    let question = json!({
        "from": CUSTOMER, "id": "wamid.question", "timestamp": shop.app.now().to_string(),
        "type": "text", "text": {"body": "In red?"},
        "context": {"from": "15550783881", "id": "wamid.x", "referred_product": {
            "catalog_id": CATALOG, "product_retailer_id": large,
        }},
    });
    shop.app
        .receive(&messages_body(NUMBER, CUSTOMER, &[cart, question]))
        .await;
    let messages = shop.owner.messages(&shop.chat_id).await;
    let by_wamid = |wamid: &str| messages.iter().find(|it| it["wamid"] == wamid).unwrap();
    let order = &by_wamid("wamid.cart")["order"];
    assert_eq!(order["productItems"].as_array().unwrap().len(), 3);
    let expected = json!([{
        "productId": shirt["id"], "variantId": large, "name": "Shirt (L)",
        "price": usd(2_200), "thumbnailUrl": null,
    }]);
    assert_eq!(order["products"], expected);
    let about = &by_wamid("wamid.question")["context"]["referredProduct"];
    assert_eq!(about["productId"], shirt["id"]);
    assert_eq!(about["variantId"], large.as_str());
    assert_eq!(about["name"], "Shirt (L)");
    assert_eq!(about["productRetailerId"], large.as_str());
}
