//! Interactive messages: a header, a body, a footer, and an action by type.

use std::collections::HashSet;

use serde_json::json;

use super::{Field, media};
use crate::graph::GraphError;

const TYPES: &[&str] = &[
    "address_message",
    "button",
    "call_permission_request",
    "carousel",
    "catalog_message",
    "cta_url",
    "flow",
    "list",
    "location_request_message",
    "product",
    "product_list",
    "request_contact_info",
    "voice_call",
];
const BODY: usize = 1024;
const FOOTER: usize = 60;
const HEADER_TEXT: usize = 60;
/// Rows of a list, over all its sections.
const LIST_ROWS: usize = 10;
/// Products of a list, over all its sections.
const LIST_PRODUCTS: usize = 30;

pub(super) fn check(interactive: &Field) -> Result<(), GraphError> {
    interactive.object(&["type", "header", "body", "footer", "action"])?;
    let kind = interactive.require("type")?.one_of(TYPES)?;
    if let Some(header) = interactive.get("header") {
        check_header(&header, kind)?;
    }
    for (key, max) in [("body", BODY), ("footer", FOOTER)] {
        if let Some(part) = interactive.get(key) {
            part.object(&["text"])?;
            part.require("text")?.text(1..=max)?;
        }
    }
    if kind != "product" {
        interactive.require("body")?;
    }
    if kind == "location_request_message"
        && let Some(footer) = interactive.get("footer")
    {
        return Err(footer.invalid("is not allowed with location_request_message"));
    }
    if kind == "product_list" {
        interactive.require("header")?;
    }
    let action = interactive.require("action")?;
    match kind {
        "button" => check_buttons(&action),
        "list" => check_list(&action),
        "cta_url" => check_cta_url(&action),
        "flow" => check_flow(&action),
        "product" => {
            action.object(&["catalog_id", "product_retailer_id"])?;
            action.require("catalog_id")?.text(1..=64)?;
            action
                .require("product_retailer_id")?
                .text(1..=256)
                .map(|_| ())
        }
        "product_list" => check_product_list(&action),
        "catalog_message" => {
            action.object(&["name", "parameters"])?;
            action.require("name")?.one_of(&["catalog_message"])?;
            let parameters = action.get("parameters");
            parameters.map_or(Ok(()), |parameters| {
                parameters.object(&["thumbnail_product_retailer_id"])?;
                parameters.optional_text("thumbnail_product_retailer_id", 256)
            })
        }
        "location_request_message" => {
            action.object(&["name"])?;
            action
                .require("name")?
                .one_of(&["send_location"])
                .map(|_| ())
        }
        "carousel" => check_carousel(&action),
        _ => action.require("name")?.one_of(&[kind]).map(|_| ()),
    }
}

fn check_header(header: &Field, kind: &str) -> Result<(), GraphError> {
    let types: &[&str] = match kind {
        "product" | "location_request_message" | "catalog_message" => {
            return Err(header.invalid(&format!("is not allowed with {kind}")));
        }
        "list" | "product_list" => &["text"],
        _ => &["text", "image", "video", "document"],
    };
    let header_type = header.require("type")?.one_of(types)?;
    header.object(&["type", "sub_text", header_type])?;
    let content = header.require(header_type)?;
    if header_type == "text" {
        content.text(1..=HEADER_TEXT).map(|_| ())
    } else {
        media(&content, &["filename"])
    }
}

fn check_buttons(action: &Field) -> Result<(), GraphError> {
    action.object(&["buttons"])?;
    let mut ids = HashSet::new();
    let mut titles = HashSet::new();
    for button in action.require("buttons")?.items(1..=3)? {
        button.object(&["type", "reply"])?;
        button.require("type")?.one_of(&["reply"])?;
        let reply = button.require("reply")?;
        reply.object(&["id", "title"])?;
        if !ids.insert(reply.require("id")?.text(1..=256)?) {
            return Err(reply.invalid("must have an id of its own"));
        }
        if !titles.insert(reply.require("title")?.text(1..=20)?) {
            return Err(reply.invalid("must have a title of its own"));
        }
    }
    Ok(())
}

fn check_list(action: &Field) -> Result<(), GraphError> {
    action.object(&["button", "sections"])?;
    action.require("button")?.text(1..=20)?;
    let mut ids = HashSet::new();
    let mut total = 0;
    for section in check_sections(action)? {
        section.object(&["title", "rows"])?;
        for row in section.require("rows")?.items(1..=LIST_ROWS)? {
            row.object(&["id", "title", "description"])?;
            row.require("title")?.text(1..=24)?;
            row.optional_text("description", 72)?;
            if !ids.insert(row.require("id")?.text(1..=200)?) {
                return Err(row.invalid("must have an id of its own"));
            }
            total += 1;
        }
    }
    if total > LIST_ROWS {
        return Err(action.invalid(&format!("must have at most {LIST_ROWS} rows in total")));
    }
    Ok(())
}

fn check_product_list(action: &Field) -> Result<(), GraphError> {
    action.object(&["catalog_id", "sections"])?;
    action.require("catalog_id")?.text(1..=64)?;
    let mut total = 0;
    for section in check_sections(action)? {
        section.object(&["title", "product_items"])?;
        for product in section.require("product_items")?.items(1..=LIST_PRODUCTS)? {
            product.object(&["product_retailer_id"])?;
            product.require("product_retailer_id")?.text(1..=256)?;
            total += 1;
        }
    }
    if total > LIST_PRODUCTS {
        return Err(action.invalid(&format!(
            "must have at most {LIST_PRODUCTS} products in total"
        )));
    }
    Ok(())
}

/// The sections, each of which has a title unless it is the only one.
fn check_sections<'a>(action: &Field<'a>) -> Result<Vec<Field<'a>>, GraphError> {
    let sections = action.require("sections")?.items(1..=10)?;
    for section in &sections {
        match section.get("title") {
            Some(title) => {
                title.text(1..=24)?;
            }
            None if sections.len() > 1 => {
                section.require("title")?;
            }
            None => {}
        }
    }
    Ok(sections)
}

fn check_cta_url(action: &Field) -> Result<(), GraphError> {
    action.object(&["name", "parameters"])?;
    action.require("name")?.one_of(&["cta_url"])?;
    let parameters = action.require("parameters")?;
    parameters.object(&["display_text", "url"])?;
    parameters.require("display_text")?.text(1..=20)?;
    let url = parameters.require("url")?;
    if url.text(1..=2000)?.contains("{{") {
        return Err(url.invalid("must not have variables"));
    }
    url.http_url()
}

fn check_carousel(action: &Field) -> Result<(), GraphError> {
    for card in action.require("cards")?.items(2..=10)? {
        if let Some(body) = card.get("body") {
            body.require("text")?.text(1..=160)?;
        }
    }
    Ok(())
}

fn check_flow(action: &Field) -> Result<(), GraphError> {
    action.object(&["name", "parameters"])?;
    action.require("name")?.one_of(&["flow"])?;
    let parameters = action.require("parameters")?;
    parameters.object(&[
        "flow_message_version",
        "flow_id",
        "flow_name",
        "flow_cta",
        "mode",
        "flow_token",
        "flow_action",
        "flow_action_payload",
    ])?;
    parameters.require("flow_message_version")?.one_of(&["3"])?;
    parameters.require("flow_cta")?.text(1..=20)?;
    if parameters.get("flow_id").is_some() == parameters.get("flow_name").is_some() {
        return Err(parameters.invalid("must have a flow_id or a flow_name, and not both"));
    }
    if let Some(mode) = parameters.get("mode") {
        mode.one_of(&["draft", "published"])?;
    }
    let action = parameters.get("flow_action");
    let action = action.map(|action| action.one_of(&["navigate", "data_exchange"]));
    let payload = parameters.get("flow_action_payload");
    match (action.transpose()?, payload) {
        (Some("data_exchange"), Some(payload)) => {
            Err(payload.invalid("is only allowed with navigate"))
        }
        (_, Some(payload)) => {
            payload.object(&["screen", "data"])?;
            payload.require("screen")?.text(1..=256)?;
            match payload.get("data") {
                Some(data) if data.value() == &json!({}) => Err(data.invalid("must not be empty")),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}
