//! What Meta would refuse never leaves, and all that is wrong is told at once.

use serde_json::{Value, json};

use super::{super::Shop, interactive};

/// The pointers of the faults, with their codes, in order.
async fn faults(shop: &Shop, message: Value) -> Vec<(String, String)> {
    let answer = shop.sends(message.clone()).await;
    assert_eq!(answer.status, 422, "{message}: {}", answer.text());
    let problem = answer.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut faults: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (text(&error["pointer"]), text(&error["code"])))
        .collect();
    faults.sort();
    faults
}

#[tokio::test]
async fn every_fault_has_its_place() {
    let shop = Shop::open().await;
    let long = "x".repeat(2000);
    let nowhere = uuid::Uuid::nil();
    for (message, expected) in [
        (
            json!({ "type": "image", "image": { "mediaId": nowhere, "caption": long, "filename": "a", "voice": true } }),
            [
                ("/image/caption", "too_long"),
                ("/image/filename", "unexpected"),
                ("/image/mediaId", "not_found"),
                ("/image/voice", "unexpected"),
            ]
            .as_slice(),
        ),
        (
            json!({ "type": "image", "image": { "caption": "a" } }),
            &[("/image/mediaId", "required")],
        ),
        (
            json!({ "type": "location", "location": {} }),
            &[
                ("/location/latitude", "required"),
                ("/location/longitude", "required"),
            ],
        ),
        (
            json!({ "type": "location", "location": { "latitude": 91, "longitude": "0", "zoom": 1 } }),
            &[
                ("/location/longitude", "invalid_type"),
                ("/location/zoom", "unknown_field"),
            ],
        ),
        (
            json!({ "type": "location", "location": { "latitude": 91, "longitude": -181, "name": "" } }),
            &[
                ("/location/latitude", "out_of_range"),
                ("/location/longitude", "out_of_range"),
                ("/location/name", "required"),
            ],
        ),
        (
            json!({ "type": "contacts", "contacts": [] }),
            &[("/contacts", "too_few")],
        ),
        (
            json!({ "type": "contacts", "contacts": [{}, { "name": { "formattedName": "A", "lastName": "A" }, "phones": [{}] }] }),
            &[
                ("/contacts/0/name/firstName", "required"),
                ("/contacts/0/name/formattedName", "required"),
                ("/contacts/1/phones/0/phone", "required"),
            ],
        ),
        (
            json!({ "type": "contacts", "contacts": [{ "name": { "formatted_name": "A" } }] }),
            &[("/contacts/0/name/formatted_name", "unknown_field")],
        ),
        (
            json!({ "type": "text", "text": { "body": "Hi" }, "image": { "mediaId": nowhere } }),
            &[("/image", "unexpected")],
        ),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
            .collect();
        assert_eq!(faults(&shop, message.clone()).await, expected, "{message}");
    }
    assert_eq!(shop.owner.messages(&shop.chat_id).await.len(), 1);
}

#[tokio::test]
async fn every_fault_of_an_interactive_message_has_its_place() {
    let shop = Shop::open().await;
    let nowhere = uuid::Uuid::nil();
    let at = |rest: &str| format!("/interactive{rest}");
    for (message, expected) in [
        (json!({}), [("/type", "required")].as_slice()),
        (json!({ "type": "carousel" }), &[("/type", "unknown_value")]),
        (
            json!({ "type": "button" }),
            &[("/action/buttons", "too_few"), ("/body/text", "required")],
        ),
        (
            json!({
                "type": "button", "header": { "type": "video", "video": { "mediaId": nowhere } },
                "body": { "text": "x".repeat(1025) }, "footer": { "text": "x".repeat(61) },
                "action": { "buttons": [
                    { "reply": { "id": "1", "title": "x".repeat(21) } }, { "reply": { "id": "1" } },
                ]},
            }),
            &[
                ("/action/buttons/0/reply/title", "too_long"),
                ("/action/buttons/1/reply/id", "duplicate"),
                ("/action/buttons/1/reply/title", "required"),
                ("/body/text", "too_long"),
                ("/footer/text", "too_long"),
                ("/header/video/mediaId", "not_found"),
            ],
        ),
        (
            json!({ "type": "list", "body": { "text": "Hi" }, "action": { "button": "x".repeat(21), "sections": [{ "rows": [{}] }] } }),
            &[
                ("/action/button", "too_long"),
                ("/action/sections/0/rows/0/id", "required"),
                ("/action/sections/0/rows/0/title", "required"),
            ],
        ),
        (
            json!({ "type": "ctaUrl", "body": { "text": "Hi" }, "action": { "parameters": { "url": "javascript:x" } } }),
            &[
                ("/action/parameters/displayText", "required"),
                ("/action/parameters/url", "invalid_url"),
            ],
        ),
        (
            json!({ "type": "productList", "body": { "text": "Hi" }, "action": { "sections": [{}] } }),
            &[
                ("/action/sections/0/productItems", "too_few"),
                ("/header", "required"),
            ],
        ),
        (
            json!({ "type": "locationRequest", "body": { "text": "Hi" }, "header": { "type": "text", "text": "No" }, "footer": { "text": "No" } }),
            &[("/footer", "unexpected"), ("/header", "unexpected")],
        ),
        (
            json!({ "type": "product", "header": { "type": "image" }, "action": { "buttons": [] } }),
            &[
                ("/action/buttons", "unexpected"),
                ("/action/productId", "required"),
                ("/header/image", "required"),
            ],
        ),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|(pointer, code)| (at(pointer), (*code).to_owned()))
            .collect();
        let sent = interactive(&message);
        assert_eq!(faults(&shop, sent).await, expected, "{message}");
    }
}

#[tokio::test]
async fn every_fault_of_a_template_has_its_place() {
    let shop = Shop::open().await;
    let at = |rest: &str| format!("/template{rest}");
    let place = json!({ "latitude": 1, "longitude": 2 });
    for (template, expected) in [
        (
            json!({ "name": "Order", "language": "!", "variables": { "1": "a\nb" }, "headerVariables": { "2": "x" },
                "buttons": [
                    { "type": "url", "index": 0 }, { "type": "copyCode", "index": 0, "couponCode": "x".repeat(16) },
                    { "type": "quickReply", "index": 10, "payload": "x".repeat(129) },
                ] }),
            [
                ("/buttons/0/text", "required"),
                ("/buttons/1/couponCode", "too_long"),
                ("/buttons/1/index", "duplicate"),
                ("/buttons/2/index", "too_large"),
                ("/buttons/2/payload", "too_long"),
                ("/headerVariables", "invalid_variables"),
                ("/language", "invalid_language"),
                ("/name", "invalid_template_name"),
                ("/variables/1", "invalid_variable"),
            ]
            .as_slice(),
        ),
        (
            json!({ "name": "a", "headerVariables": { "1": "x" }, "headerMediaId": uuid::Uuid::nil(), "headerLocation": place }),
            &[
                ("/headerLocation", "conflicting"),
                ("/headerMediaId", "conflicting"),
            ],
        ),
        (
            json!({ "name": "a", "buttons": [{ "type": "url", "index": 0, "payload": "x" }, { "type": "flow", "index": 1 }] }),
            &[("/buttons/1/type", "unknown_value")],
        ),
        (
            json!({ "name": "a", "buttons": [{ "type": "url", "index": 0, "payload": "x" }] }),
            &[("/buttons/0/payload", "unexpected")],
        ),
        (
            json!({ "name": "a", "headerLocation": { "latitude": 1 } }),
            &[("/headerLocation/longitude", "required")],
        ),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|(pointer, code)| (at(pointer), (*code).to_owned()))
            .collect();
        let sent = json!({ "type": "template", "template": template });
        assert_eq!(faults(&shop, sent).await, expected, "{template}");
    }
}
