use serde_json::{Value, json};

use super::{NUMBER, Shop, id_of};

async fn labels(shop: &Shop, labels: Value) -> Value {
    let answer = shop.changes(json!({"labels": labels})).await;
    answer.assert_status(200).json()["labels"].clone()
}

#[tokio::test]
async fn a_chat_has_the_labels_that_it_was_given_last() {
    let shop = Shop::open().await;
    let given = labels(&shop, json!([" returns ", "VIP", "año nuevo"])).await;
    assert_eq!(given, json!(["año nuevo", "returns", "VIP"]));
    let chat = shop.chat().await;
    assert_eq!((&chat["labels"], &chat["version"]), (&given, &json!(2)));
    // In another order they are the same; written otherwise they are not.
    assert_eq!(
        labels(&shop, json!(["VIP", "returns", "año nuevo"])).await,
        given
    );
    assert_eq!(shop.chat().await["version"], 2);
    assert_eq!(labels(&shop, json!(["vip"])).await, json!(["vip"]));
    assert_eq!(labels(&shop, json!([])).await, json!([]));
    assert_eq!(shop.chat().await["version"], 4);
}

#[tokio::test]
async fn labels_that_are_none_are_refused_each_by_its_place() {
    let shop = Shop::open().await;
    let wrong = json!(["ok", "", "OK", "a,b", "x".repeat(51)]);
    let refused = shop.changes(json!({"labels": wrong})).await;
    refused.assert_status(422);
    let errors = refused.json()["errors"].clone();
    let told: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].clone(), error["code"].clone()))
        .collect();
    let expected = [
        ("/labels/1", "required"),
        ("/labels/2", "repeated"),
        ("/labels/3", "invalid_label"),
        ("/labels/4", "too_long"),
    ];
    let expected = expected.map(|(pointer, code)| (json!(pointer), json!(code)));
    assert_eq!(told, expected);
    let many: Vec<_> = (0..21).map(|n| n.to_string()).collect();
    let refused = shop.changes(json!({"labels": many})).await;
    refused.assert_invalid("/labels");
    for nonsense in [json!(null), json!("vip"), json!([1])] {
        let refused = shop.changes(json!({"labels": nonsense})).await;
        refused.assert_status(422);
    }
    assert_eq!(shop.chat().await["labels"], json!([]));
}

#[tokio::test]
async fn chats_are_found_by_all_labels_that_are_named() {
    let shop = Shop::open().await;
    labels(&shop, json!(["VIP", "returns"])).await;
    shop.app.customer_writes(NUMBER, "16505550000", "Hi").await;
    let other = id_of(&shop.owner.chats().await[0]);
    let path = format!("/api/chats/{other}");
    shop.owner
        .client
        .put(&path, json!({"labels": ["vip"]}))
        .await;
    for (query, found) in [
        ("vip", 2),
        ("Vip,%20RETURNS", 1),
        ("vip,lost", 0),
        ("%25", 0),
    ] {
        let path = format!("/api/chats?include=total&label={query}");
        let list = shop.owner.client.get(&path).await;
        assert_eq!(list.assert_status(200).json()["total"], found, "{query}");
    }
    for query in ["", ",", "vip,"] {
        let refused = shop
            .owner
            .client
            .get(&format!("/api/chats?label={query}"))
            .await;
        refused.assert_invalid("/label");
    }
    let counts = shop.owner.client.get("/api/labels").await;
    let expected = json!([
        {"label": "VIP", "chatCount": 2}, {"label": "returns", "chatCount": 1},
    ]);
    assert_eq!(counts.assert_status(200).json()["data"], expected);
    let stranger = shop.app.register("Sol").await;
    let counts = stranger.client.get("/api/labels").await;
    assert_eq!(counts.json()["data"], json!([]));
}
