use serde_json::{Value, json};

use crate::{
    bodies::{accepted, buttons, interactive, list, message},
    support::Business,
};

fn template_parameter(parameter: &Value) -> Value {
    let components = [json!({"type": "body", "parameters": [parameter]})];
    message(
        "template",
        &json!({"name": "t", "language": {"code": "en"}, "components": components}),
    )
}

/// A code, a part of the details that say what is wrong, and a body.
type Case = (u64, &'static str, Value);

async fn check_refused(cases: Vec<Case>) {
    let business = Business::start_open().await;
    for (code, why, body) in cases {
        let answer = business.send(&body).await;
        assert_eq!(answer.code(), code, "{body} gave {}", answer.body);
        assert!(
            answer.details().contains(why),
            "{} for {body}",
            answer.details()
        );
    }
    assert!(business.simulator().messages().is_empty());
    business.stop().await;
}

fn long(characters: usize) -> String {
    "x".repeat(characters)
}

fn flow(more: &[(&str, Value)]) -> Value {
    let mut parameters = json!({"flow_message_version": "3", "flow_cta": "Book"});
    for (key, value) in more {
        parameters[*key] = value.clone();
    }
    interactive("flow", &json!({"name": "flow", "parameters": parameters}))
}

#[tokio::test]
async fn an_envelope_or_text_is_refused_with_the_reason() {
    check_refused(vec![
        (
            100,
            "messaging_product is required",
            json!({"to": "+16505551234"}),
        ),
        (
            100,
            "The parameter to is required",
            json!({"messaging_product": "whatsapp", "type": "text", "text": {"body": "Hi"}}),
        ),
        (
            100,
            "Param type must be one of",
            message("poll", &json!({})),
        ),
        (100, "unexpected key \"txt\"", {
            let mut body = message("text", &json!({"body": "Hi"}));
            body["txt"] = json!(1);
            body
        }),
        (
            131_009,
            "is not a phone number",
            json!({"messaging_product": "whatsapp", "to": "Ana", "text": {"body": "Hi"}}),
        ),
        (
            131_021,
            "same phone number",
            json!({"messaging_product": "whatsapp", "to": "+15550783881", "text": {"body": "Hi"}}),
        ),
        (
            131_009,
            "is not a user id",
            json!({"messaging_product": "whatsapp", "recipient": "1349", "text": {"body": "Hi"}}),
        ),
        (
            131_008,
            "Parameter text is required",
            json!({"messaging_product": "whatsapp", "to": "+16505551234", "type": "text"}),
        ),
        (131_008, "text['body']", message("text", &json!({}))),
        (
            131_009,
            "1 to 4096 characters",
            message("text", &json!({"body": long(4097)})),
        ),
        (
            131_009,
            "1 to 4096 characters",
            message("text", &json!({"body": ""})),
        ),
        (
            100,
            "must be a string",
            message("text", &json!({"body": 1})),
        ),
        (
            100,
            "must be a boolean",
            message("text", &json!({"body": "Hi", "preview_url": "yes"})),
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_file_place_or_card_is_refused_with_the_reason() {
    check_refused(vec![
        (
            131_008,
            "id or link",
            message("image", &json!({"caption": "Menu"})),
        ),
        (
            131_009,
            "not both",
            message("image", &json!({"id": "1", "link": "https://x.com/a.png"})),
        ),
        (
            131_009,
            "http or https",
            message("image", &json!({"link": "ftp://x.com/a.png"})),
        ),
        (
            131_009,
            "0 to 1024",
            message("video", &json!({"id": "1", "caption": long(1025)})),
        ),
        (
            100,
            "unexpected key \"caption\"",
            message("audio", &json!({"id": "1", "caption": "no"})),
        ),
        (
            131_008,
            "location['longitude']",
            message("location", &json!({"latitude": 1})),
        ),
        (
            131_009,
            "from -90 to 90",
            message("location", &json!({"latitude": 91, "longitude": 0})),
        ),
        (
            131_008,
            "formatted_name",
            message("contacts", &json!([{"name": {"first_name": "Ana"}}])),
        ),
        (
            131_009,
            "one more part",
            message("contacts", &json!([{"name": {"formatted_name": "Ana"}}])),
        ),
        (
            131_008,
            "reaction['emoji']",
            message("reaction", &json!({"message_id": "wamid.X"})),
        ),
        (131_009, "not allowed with a reaction", {
            let mut body = message("reaction", &json!({"message_id": "wamid.X", "emoji": "👍"}));
            body["context"] = json!({"message_id": "wamid.Y"});
            body
        }),
    ])
    .await;
}

#[tokio::test]
async fn a_button_or_list_is_refused_with_the_reason() {
    check_refused(vec![
        (
            131_008,
            "interactive['body']",
            message(
                "interactive",
                &json!({"type": "button", "action": buttons(&["Yes"])}),
            ),
        ),
        (131_009, "must be one of", interactive("poll", &json!({}))),
        (
            131_009,
            "1 to 3 items",
            interactive("button", &buttons(&["a", "b", "c", "d"])),
        ),
        (
            131_009,
            "1 to 20 characters",
            interactive("button", &buttons(&[&long(21)])),
        ),
        (
            131_009,
            "a title of its own",
            interactive("button", &buttons(&["Yes", "Yes"])),
        ),
        (
            131_009,
            "at most 10 rows",
            interactive("list", &list(&[6, 5])),
        ),
        (131_009, "1 to 10 items", interactive("list", &list(&[11]))),
        (
            131_008,
            "['sections'][0]['title']",
            interactive(
                "list",
                &json!({"button": "Menu", "sections": [
            {"rows": [{"id": "1", "title": "a"}]}, {"title": "b", "rows": [{"id": "2", "title": "b"}]}]}),
            ),
        ),
        (
            131_009,
            "an id of its own",
            interactive(
                "list",
                &json!({"button": "Menu", "sections": [
            {"rows": [{"id": "1", "title": "a"}, {"id": "1", "title": "b"}]}]}),
            ),
        ),
        (
            131_009,
            "must be one of",
            message(
                "interactive",
                &json!({"type": "list", "header": {"type": "image", "image": {"id": "1"}},
            "body": {"text": "Choose"}, "action": list(&[1])}),
            ),
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_link_flow_or_product_is_refused_with_the_reason() {
    check_refused(vec![
        (
            131_009,
            "http or https",
            interactive(
                "cta_url",
                &json!({"name": "cta_url", "parameters": {"display_text": "Open", "url": "tel:1"}}),
            ),
        ),
        (131_009, "a flow_id or a flow_name", flow(&[])),
        (
            131_009,
            "only allowed with navigate",
            flow(&[
                ("flow_id", json!("1")),
                ("flow_action", json!("data_exchange")),
                ("flow_action_payload", json!({})),
            ]),
        ),
        (
            131_008,
            "interactive['header']",
            interactive("product_list", &json!({"catalog_id": "1", "sections": []})),
        ),
        (
            131_009,
            "is not allowed with product",
            message(
                "interactive",
                &json!({"type": "product", "header": {"type": "text", "text": "x"},
            "action": {"catalog_id": "1", "product_retailer_id": "1"}}),
            ),
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_template_or_receipt_is_refused_with_the_reason() {
    check_refused(vec![
        (
            131_008,
            "template['language']",
            message("template", &json!({"name": "t"})),
        ),
        (
            131_008,
            "['text']",
            template_parameter(&json!({"type": "text"})),
        ),
        (
            131_009,
            "from \"0\" to \"9\"",
            message(
                "template",
                &json!({"name": "t", "language": {"code": "en"}, "components": [
            {"type": "button", "sub_type": "url", "index": "10", "parameters": []}]}),
            ),
        ),
        (
            132_018,
            "newline",
            template_parameter(&json!({"type": "text", "text": "a\nb"})),
        ),
        (
            131_009,
            "must be one of",
            json!({"messaging_product": "whatsapp", "status": "delivered", "message_id": "wamid.X"}),
        ),
    ])
    .await;
}

#[tokio::test]
async fn the_documented_bodies_are_accepted() {
    let business = Business::start_open().await;
    for body in accepted() {
        let answer = business.send(&body).await;
        assert_eq!(answer.status, 200, "{body} gave {}", answer.body);
    }
    business.stop().await;
}

#[tokio::test]
async fn details_of_cards_forms_and_links_are_checked() {
    let named = |more: Value| {
        let mut card = json!({"name": {"formatted_name": "Ana Paz", "first_name": "Ana"}});
        card.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        message("contacts", &json!([card]))
    };
    check_refused(vec![
        (131_009, "a date such as", named(json!({"birthday": "31/01/1990"}))),
        (100, "must be a string", named(json!({"phones": [{"phone": 1}]}))),
        (100, "unexpected key \"planet\"", named(json!({"addresses": [{"planet": "Mars"}]}))),
        (100, "unexpected key \"boss\"", named(json!({"org": {"boss": "Eva"}}))),
        (
            131_009,
            "is not an emoji",
            message("reaction", &json!({"message_id": "wamid.X", "emoji": "ok"})),
        ),
        (
            131_009,
            "must not have variables",
            interactive(
                "cta_url",
                &json!({"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://x.com/{{1}}"}}),
            ),
        ),
        (
            131_008,
            "['flow_action_payload']['screen']",
            flow(&[("flow_id", json!("1")), ("flow_action_payload", json!({"data": {"a": 1}}))]),
        ),
        (
            131_009,
            "must not be empty",
            flow(&[
                ("flow_id", json!("1")),
                ("flow_action_payload", json!({"screen": "A", "data": {}})),
            ]),
        ),
        (
            131_009,
            "is not allowed with location_request_message",
            message(
                "interactive",
                &json!({"type": "location_request_message", "body": {"text": "Where?"},
            "footer": {"text": "x"}, "action": {"name": "send_location"}}),
            ),
        ),
        (
            100,
            "must be an integer",
            template_parameter(
                &json!({"type": "currency", "currency": {"fallback_value": "$1", "code": "USD", "amount_1000": "x"}}),
            ),
        ),
        (
            131_009,
            "must be one of",
            template_parameter(&json!({"type": "image", "image": {"id": "1"}})),
        ),
    ])
    .await;
}
