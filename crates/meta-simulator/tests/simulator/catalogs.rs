use meta_simulator::{Catalog, Product};
use serde_json::{Value, json};

use crate::{
    bodies::{interactive, message},
    support::{ACCOUNT, Business, sheena},
};

fn catalog() -> Catalog {
    Catalog {
        id: "1948".to_owned(),
        business_account_id: ACCOUNT.to_owned(),
        products: vec![Product {
            retailer_id: "SKU1".to_owned(),
            name: "Aloe".to_owned(),
            price: 12.5,
            currency: "USD".to_owned(),
            image_url: None,
            availability: "in stock".into(),
        }],
    }
}

fn product(catalog: &str, id: &str) -> Value {
    interactive(
        "product",
        &json!({"catalog_id": catalog, "product_retailer_id": id}),
    )
}

fn product_list(ids: &[&str]) -> Value {
    let items: Vec<_> = ids
        .iter()
        .map(|id| json!({"product_retailer_id": id}))
        .collect();
    message(
        "interactive",
        &json!({
            "type": "product_list", "header": {"type": "text", "text": "Offers"},
            "body": {"text": "Today"},
            "action": {"catalog_id": "1948", "sections": [{"title": "Plants", "product_items": items}]},
        }),
    )
}

#[tokio::test]
async fn products_need_a_connected_catalog() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    let refused = business.send(&product("1948", "SKU1")).await;
    assert_eq!(refused.code(), 131_009);
    assert_eq!(refused.details(), "catalog not connected");
    business.simulator().add_catalog(catalog());
    for body in [
        product("1948", "SKU1"),
        interactive("catalog_message", &json!({"name": "catalog_message"})),
    ] {
        assert_eq!(business.send(&body).await.status, 200, "{body}");
    }
    business.stop().await;
}

#[tokio::test]
async fn products_that_are_not_in_the_catalog_are_dropped_until_none_is_left() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    business.simulator().add_catalog(catalog());
    assert_eq!(
        business.send(&product_list(&["GONE", "SKU1"])).await.status,
        200
    );
    for body in [
        product_list(&["GONE"]),
        product("1948", "GONE"),
        product("1949", "SKU1"),
    ] {
        assert_eq!(business.send(&body).await.code(), 131_009, "{body}");
    }
    business.stop().await;
}
