use domain::chats::{Action, Interactive, InteractiveHeader};
use serde_json::{Value, json};

use super::{header_file, put};

/// Source: cloud API 2.4.
pub(super) fn object(interactive: &Interactive, header_meta_id: Option<&str>) -> Value {
    let (kind, action) = action(&interactive.action);
    let mut object = json!({ "type": kind, "action": action });
    match &interactive.header {
        Some(InteractiveHeader::Text(text)) => {
            object["header"] = json!({ "type": "text", "text": text });
        }
        Some(InteractiveHeader::File { kind, filename, .. }) => {
            object["header"] = header_file(*kind, header_meta_id, filename.as_deref());
        }
        None => {}
    }
    if let Some(body) = &interactive.body {
        object["body"] = json!({ "text": body });
    }
    if let Some(footer) = &interactive.footer {
        object["footer"] = json!({ "text": footer });
    }
    object
}

/// Meta's word for the kind, and what can be tapped.
fn action(action: &Action) -> (&'static str, Value) {
    match action {
        Action::Buttons(buttons) => {
            let buttons = buttons.iter().map(|button| {
                json!({ "type": "reply", "reply": { "id": button.id, "title": button.title } })
            });
            ("button", json!({ "buttons": buttons.collect::<Value>() }))
        }
        Action::List { button, sections } => {
            let sections = sections.iter().map(|section| {
                let rows = section.rows.iter().map(|row| {
                    let mut object = json!({ "id": row.id, "title": row.title });
                    put(&mut object, "description", row.description.as_deref());
                    object
                });
                let mut object = json!({ "rows": rows.collect::<Value>() });
                put(&mut object, "title", section.title.as_deref());
                object
            });
            let sections: Value = sections.collect();
            ("list", json!({ "button": button, "sections": sections }))
        }
        Action::CtaUrl { display_text, url } => {
            let parameters = json!({ "display_text": display_text, "url": url });
            let action = json!({ "name": "cta_url", "parameters": parameters });
            ("cta_url", action)
        }
        Action::Product {
            catalog_id,
            product_retailer_id,
        } => (
            "product",
            json!({ "catalog_id": catalog_id, "product_retailer_id": product_retailer_id }),
        ),
        Action::ProductList {
            catalog_id,
            sections,
        } => {
            let sections = sections.iter().map(|section| {
                let products = section.product_retailer_ids.iter();
                let products = products.map(|id| json!({ "product_retailer_id": id }));
                let mut object = json!({ "product_items": products.collect::<Value>() });
                put(&mut object, "title", section.title.as_deref());
                object
            });
            let sections: Value = sections.collect();
            let action = json!({ "catalog_id": catalog_id, "sections": sections });
            ("product_list", action)
        }
        Action::Catalog {
            thumbnail_product_retailer_id,
        } => {
            let mut action = json!({ "name": "catalog_message" });
            if let Some(id) = thumbnail_product_retailer_id {
                action["parameters"] = json!({ "thumbnail_product_retailer_id": id });
            }
            ("catalog_message", action)
        }
        Action::LocationRequest => (
            "location_request_message",
            json!({ "name": "send_location" }),
        ),
    }
}
