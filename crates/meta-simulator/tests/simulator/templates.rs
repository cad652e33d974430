//! What a message gives a template, held against what the template asks for.

use meta_simulator::{Customer, TemplateDefinition};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Business, NUMBER};

fn definition(name: &str, category: &str, components: &Value) -> TemplateDefinition {
    let template = json!({
        "business_account_id": ACCOUNT, "name": name, "language": "en_US",
        "category": category, "components": components,
    });
    serde_json::from_value(template).unwrap()
}

fn message(name: &str, components: &Value) -> Value {
    json!({
        "messaging_product": "whatsapp", "to": "+16505551234", "type": "template",
        "template": {"name": name, "language": {"code": "en_US"}, "components": components},
    })
}

fn texts(texts: &[&str]) -> Value {
    let parameters = texts
        .iter()
        .map(|text| json!({"type": "text", "text": text}));
    parameters.collect()
}

/// A template with something to fill in everywhere.
fn order_ready() -> TemplateDefinition {
    definition(
        "order_ready",
        "UTILITY",
        &json!([
            {"type": "HEADER", "format": "LOCATION"},
            {"type": "BODY", "text": "Hello {{1}}, order {{2}} is ready. Thank you, {{1}}!"},
            {"type": "FOOTER", "text": "Lucky Shrub"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Thanks"},
                {"type": "URL", "text": "Track", "url": "https://x.com/o/{{1}}"},
                {"type": "URL", "text": "Shop", "url": "https://x.com"},
                {"type": "COPY_CODE", "example": "25OFF"},
            ]},
        ]),
    )
}

fn place() -> Value {
    json!({"type": "header", "parameters": [{"type": "location", "location": {"latitude": 1, "longitude": 2, "name": "Shop"}}]})
}

fn button(sub_type: &str, index: &str, parameter: &Value) -> Value {
    json!({"type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter]})
}

fn whole() -> Vec<Value> {
    vec![
        place(),
        json!({"type": "body", "parameters": texts(&["Ana", "A-17"])}),
        button(
            "quick_reply",
            "0",
            &json!({"type": "payload", "payload": "THX"}),
        ),
        button("url", "1", &json!({"type": "text", "text": "A-17"})),
        button(
            "copy_code",
            "3",
            &json!({"type": "coupon_code", "coupon_code": "SAVE10"}),
        ),
    ]
}

#[tokio::test]
async fn every_part_of_a_template_is_filled_in() {
    let business = Business::start().await;
    business.simulator().define_template(order_ready());
    let answer = business
        .send(&message("order_ready", &json!(whole())))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let status = business.statuses(&answer.wamid()).await.remove(0);
    assert_eq!(status["pricing"]["category"], "utility");

    let without = |index: usize| {
        let mut parts = whole();
        parts.remove(index);
        message("order_ready", &json!(parts))
    };
    let with = |index: usize, part: Value| {
        let mut parts = whole();
        parts[index] = part;
        message("order_ready", &json!(parts))
    };
    let cases = [
        (132_012, "expected LOCATION, received UNKNOWN", without(0)),
        (
            132_012,
            "expected LOCATION, received TEXT",
            with(0, json!({"type": "header", "parameters": texts(&["Hi"])})),
        ),
        (132_000, "(0) does not match", without(1)),
        (
            132_000,
            "(3) does not match",
            with(
                1,
                json!({"type": "body", "parameters": texts(&["a", "b", "c"])}),
            ),
        ),
        (
            132_005,
            "may have 1024",
            with(
                1,
                json!({"type": "body", "parameters": texts(&[&"x".repeat(500), "A-17"])}),
            ),
        ),
        (131_008, "Button at index 1", without(3)),
        (131_008, "Button at index 3", without(4)),
        (
            132_012,
            "no such button at index 2",
            with(
                2,
                button(
                    "quick_reply",
                    "2",
                    &json!({"type": "payload", "payload": "x"}),
                ),
            ),
        ),
        (
            131_009,
            "1 to 15 characters",
            with(
                4,
                button(
                    "copy_code",
                    "3",
                    &json!({"type": "coupon_code", "coupon_code": "x".repeat(16)}),
                ),
            ),
        ),
        (
            131_009,
            "must be one of",
            with(
                4,
                button("copy_code", "3", &json!({"type": "text", "text": "x"})),
            ),
        ),
        (131_009, "is there twice", {
            let mut parts = whole();
            parts.push(place());
            message("order_ready", &json!(parts))
        }),
    ];
    for (code, why, body) in cases {
        let refused = business.send(&body).await;
        assert_eq!(refused.code(), code, "{body} gave {}", refused.body);
        assert!(
            refused.details().contains(why),
            "{} for {body}",
            refused.details()
        );
    }
    // Without a payload, a quick reply has its label for one.
    assert_eq!(business.send(&without(2)).await.status, 200);
    business.stop().await;
}

#[tokio::test]
async fn named_variables_are_filled_in_by_name() {
    let business = Business::start().await;
    let components = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Order {{order_id}}"},
        {"type": "BODY", "text": "Hello {{name}}, {{order_id}} is ready."},
    ]);
    let template = definition("named", "UTILITY", &components);
    business.simulator().define_template(template);
    let named = |name: &str| json!({"type": "text", "parameter_name": name, "text": "x"});
    let filled = |body: Value| {
        let header = json!({"type": "header", "parameters": [named("order_id")]});
        message(
            "named",
            &json!([header, {"type": "body", "parameters": body}]),
        )
    };
    let fine = filled(json!([named("order_id"), named("name")]));
    assert_eq!(business.send(&fine).await.status, 200);
    let unknown = business
        .send(&filled(json!([named("order_id"), named("nam")])))
        .await;
    assert_eq!(unknown.code(), 132_012, "{}", unknown.body);
    let mixed = filled(json!([named("order_id"), {"type": "text", "text": "x"}]));
    assert_eq!(business.send(&mixed).await.code(), 132_012);
    business.stop().await;
}

#[tokio::test]
async fn a_code_goes_in_body_and_button_and_only_to_a_phone() {
    let business = Business::start().await;
    let components = json!([
        {"type": "BODY", "add_security_recommendation": true},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]},
    ]);
    let template = definition("login_code", "AUTHENTICATION", &components);
    business.simulator().define_template(template);
    let mut body = message(
        "login_code",
        &json!([
            {"type": "body", "parameters": texts(&["123456"])},
            button("url", "0", &json!({"type": "text", "text": "123456"})),
        ]),
    );
    let answer = business.send(&body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let status = business.statuses(&answer.wamid()).await.remove(0);
    assert_eq!(status["pricing"]["category"], "authentication");

    let user = Customer::with_user_id("US.1349", "Pablo", "pablo");
    business.hears_from(&user).await;
    body.as_object_mut().unwrap().remove("to");
    body["recipient"] = json!("US.1349");
    assert_eq!(business.send(&body).await.code(), 131_062);
    business.stop().await;
}

#[tokio::test]
async fn only_an_approved_template_is_sent() {
    let business = Business::start().await;
    for (status, code) in [
        ("PAUSED", 132_015),
        ("DISABLED", 132_016),
        ("PENDING", 132_001),
    ] {
        let mut template = json!(definition(
            "plain",
            "UTILITY",
            &json!([{"type": "BODY", "text": "Hi"}])
        ));
        template["status"] = json!(status);
        let defined = business.post("/api/templates", "", &template).await;
        assert!(defined.body["id"].is_string(), "{}", defined.body);
        let refused = business.send(&message("plain", &json!([]))).await;
        assert_eq!(refused.code(), code, "{status}");
    }
    let path = format!("/api/state?number={NUMBER}");
    let shown = business.get(&path, "").await.body;
    assert_eq!(shown["templates"].as_array().unwrap().len(), 1);
    business.stop().await;
}
