//! Bodies of messages: how they are made, and the documented ones.

use serde_json::{Value, json};

/// A message of this type to somebody.
pub(crate) fn message(kind: &str, content: &Value) -> Value {
    json!({"messaging_product": "whatsapp", "to": "+16505551234", "type": kind, kind: content})
}

/// An interactive message with a body.
pub(crate) fn interactive(kind: &str, action: &Value) -> Value {
    message(
        "interactive",
        &json!({"type": kind, "body": {"text": "Choose"}, "action": action}),
    )
}

pub(crate) fn buttons(titles: &[&str]) -> Value {
    let buttons = titles.iter().enumerate().map(
        |(id, title)| json!({"type": "reply", "reply": {"id": id.to_string(), "title": title}}),
    );
    json!({"buttons": buttons.collect::<Vec<_>>()})
}

/// Sections of so many rows each, all with ids of their own.
pub(crate) fn list(sections: &[usize]) -> Value {
    let mut ids = 0..;
    let sections = sections.iter().map(|count| {
        let rows = ids
            .by_ref()
            .take(*count)
            .map(|id| json!({"id": id.to_string(), "title": "Row"}));
        json!({"title": "Section", "rows": rows.collect::<Vec<_>>()})
    });
    json!({"button": "Menu", "sections": sections.collect::<Vec<_>>()})
}

/// The documentation's own examples.
pub(crate) fn accepted() -> Vec<Value> {
    [
        accepted_plain(),
        accepted_interactive(),
        accepted_templates_and_receipts(),
    ]
    .concat()
}

fn accepted_plain() -> Vec<Value> {
    vec![
        json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+16505551234", "type": "text",
            "context": {"message_id": "wamid.X"}, "biz_opaque_callback_data": "x", "text": {"preview_url": true, "body": "Hi"}}),
        json!({"messaging_product": "whatsapp", "to": "+16505551234", "text": {"body": "Hi"}}),
        json!({"messaging_product": "whatsapp", "recipient": "US.1349", "type": "text", "text": {"body": "é".repeat(4096)}}),
        message(
            "image",
            &json!({"id": "1013859600285441", "caption": "Menu"}),
        ),
        message(
            "video",
            &json!({"link": "https://cdn.example.com/v.mp4", "caption": "Demo"}),
        ),
        message(
            "document",
            &json!({"id": "1376223850470843", "filename": "invoice-17.pdf", "caption": "Invoice 17"}),
        ),
        message("audio", &json!({"id": "1013859600285441", "voice": true})),
        message("sticker", &json!({"id": "798882015472548"})),
        message(
            "location",
            &json!({"latitude": 37.44216, "longitude": -122.16153, "name": "Philz Coffee", "address": "101 Forest Ave"}),
        ),
        message(
            "location",
            &json!({"latitude": "37.44216", "longitude": "-122.16153"}),
        ),
        message(
            "contacts",
            &json!([{
                "name": {"formatted_name": "Ana Paz", "first_name": "Ana", "last_name": "Paz"},
                "phones": [{"phone": "+5215512345678", "wa_id": "5215512345678", "type": "CELL"}],
                "emails": [{"email": "a@x.com", "type": "WORK"}],
                "org": {"company": "X"},
                "birthday": "1990-01-31",
            }]),
        ),
        message(
            "reaction",
            &json!({"message_id": "wamid.IN", "emoji": "👍"}),
        ),
        message("reaction", &json!({"message_id": "wamid.IN", "emoji": ""})),
    ]
}

fn accepted_interactive() -> Vec<Value> {
    vec![
        message(
            "interactive",
            &json!({
                "type": "button",
                "header": {"type": "image", "image": {"id": "276"}},
                "body": {"text": "Confirm?"},
                "footer": {"text": "Lucky Shrub"},
                "action": buttons(&["Yes", "No"]),
            }),
        ),
        interactive("list", &list(&[5, 5])),
        interactive(
            "cta_url",
            &json!({"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://example.com/d"}}),
        ),
        interactive(
            "flow",
            &json!({"name": "flow", "parameters": {"flow_message_version": "3", "flow_id": "1", "flow_token": "t-1",
            "flow_cta": "Book", "mode": "published", "flow_action": "navigate",
            "flow_action_payload": {"screen": "FIRST", "data": {"k": "v"}}}}),
        ),
        interactive(
            "product",
            &json!({"catalog_id": "1948", "product_retailer_id": "SKU1"}),
        ),
        interactive(
            "catalog_message",
            &json!({"name": "catalog_message", "parameters": {"thumbnail_product_retailer_id": "SKU1"}}),
        ),
        interactive("catalog_message", &json!({"name": "catalog_message"})),
        interactive(
            "location_request_message",
            &json!({"name": "send_location"}),
        ),
        message(
            "interactive",
            &json!({
                "type": "product_list",
                "header": {"type": "text", "text": "Offers"},
                "body": {"text": "Today"},
                "action": {"catalog_id": "1948", "sections": [{"title": "Drinks", "product_items": [{"product_retailer_id": "SKU1"}]}]},
            }),
        ),
    ]
}

fn accepted_templates_and_receipts() -> Vec<Value> {
    vec![
        message(
            "template",
            &json!({"name": "order_ready", "language": {"code": "en_US"}, "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"id": "2762"}}]},
            {"type": "body", "parameters": [
                {"type": "text", "text": "Ana"},
                {"type": "currency", "currency": {"fallback_value": "$10.99", "code": "USD", "amount_1000": 10_990}},
                {"type": "date_time", "date_time": {"fallback_value": "February 25, 1977"}}]},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "abc123"}]},
            {"type": "button", "sub_type": "quick_reply", "index": "1", "parameters": [{"type": "payload", "payload": "STOP"}]}]}),
        ),
        message(
            "template",
            &json!({"name": "order_ready", "language": {"code": "en_US", "policy": "deterministic"}, "components": [
            {"type": "body", "parameters": [{"type": "text", "parameter_name": "name", "text": "Ana"}]}]}),
        ),
        json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN", "typing_indicator": {"type": "text"}}),
    ]
}
