//! What customers send besides text.

use domain::storage::Folder;
mod addressed;
mod sent;

use meta_simulator::{InboundContent, OrderItem};
use serde_json::json;

use crate::given::{Shop, eventually, sheena};

/// The smallest PNG that there is.
pub(crate) const PNG: [u8; 67] = [
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, 0x49, 0x45, 0x4e,
    0x44, 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_is_fetched_at_once_and_kept() {
    let shop = Shop::open().await;
    shop.receives(&sheena(), InboundContent::image(PNG.to_vec(), "image/png"))
        .await;
    let chat_id = shop.only_chat().await;

    let stored = eventually("the photo is stored", async || {
        let files = shop.outside().storage.files();
        (files.len() == 1).then_some(files)
    })
    .await;

    let (key, file) = stored.iter().next().unwrap();
    assert!(key.is_in(Folder::Media), "{key}");
    assert_eq!(file.content.as_ref(), PNG);
    let message = &shop.owner.messages(&chat_id).await[0];
    assert_eq!(message["type"], "image");
    assert_eq!(message["image"]["mimeType"], "image/png");
    let path = format!(
        "/api/media/{}",
        message["image"]["mediaId"].as_str().unwrap()
    );
    let answer = eventually("the photo can be seen", async || {
        let answer = shop.owner.client.get(&path).await;
        (answer.status == 302).then_some(answer)
    })
    .await;
    assert!(answer.header("location").unwrap().contains(key.as_str()));
    let other = shop.owner.client.register("Elsewhere").await;
    other
        .client
        .get(&path)
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_and_a_cart_arrive_whole() {
    let shop = Shop::open().await;
    let place = InboundContent::Location {
        latitude: -34.603_7,
        longitude: -58.381_6,
        name: Some("Obelisco".into()),
        address: None,
    };
    shop.receives(&sheena(), place).await;
    let chat_id = shop.only_chat().await;
    let cart = InboundContent::Order {
        catalog_id: "1948".into(),
        text: Some("For Saturday, please".into()),
        items: vec![OrderItem {
            product_retailer_id: "SKU1".into(),
            quantity: 2,
            item_price: 9.99,
            currency: "USD".into(),
        }],
    };
    shop.receives(&sheena(), cart).await;

    let messages = eventually("both are there", async || {
        let messages = shop.owner.messages(&chat_id).await;
        (messages.len() == 2).then_some(messages)
    })
    .await;

    assert_eq!(messages[1]["location"]["latitude"], -34.603_7);
    assert_eq!(messages[1]["location"]["name"], "Obelisco");
    assert_eq!(messages[0]["type"], "order");
    assert_eq!(messages[0]["order"]["catalogId"], "1948");
    assert_eq!(messages[0]["text"]["body"], "For Saturday, please");
    assert_eq!(
        messages[0]["order"]["productItems"],
        json!([{"productRetailerId": "SKU1", "quantity": 2, "itemPrice": 9.99, "currency": "USD"}])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_sits_on_the_message_that_it_is_for() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    let message_id = shop.answers(&chat_id, "We close at six").await;
    let wamid = shop.message_once(&chat_id, &message_id, "read").await["wamid"].clone();
    let reaction = |emoji: Option<&str>| InboundContent::Reaction {
        message_id: wamid.as_str().unwrap().into(),
        emoji: emoji.map(str::to_owned),
    };

    shop.receives(&sheena(), reaction(Some("👍"))).await;
    eventually("the reaction is there", async || {
        let message = shop.message(&chat_id, &message_id).await;
        (message["reactions"][0]["emoji"] == "👍").then_some(())
    })
    .await;
    assert_eq!(
        shop.owner.chats().await[0]["unreadCount"],
        1,
        "a reaction wants no answer"
    );

    shop.receives(&sheena(), reaction(None)).await;
    eventually("the reaction is gone", async || {
        let message = shop.message(&chat_id, &message_id).await;
        (message["reactions"] == json!([])).then_some(())
    })
    .await;
}
