//! Template messages: a name, a language, and what fills the gaps.

use std::collections::HashSet;

use serde_json::Value;

use super::{Field, location, media};
use crate::{graph::GraphError, templates::UsedTemplate};

const COMPONENTS: &[&str] = &["header", "body", "button", "carousel", "limited_time_offer"];
const BUTTONS: &[&str] = &["quick_reply", "url", "copy_code", "catalog", "mpm", "flow"];
/// What a header may be filled with.
const HEADERS: &[&str] = &["text", "image", "video", "document", "location", "product"];
/// What a body may be filled with.
const TEXTS: &[&str] = &["text", "currency", "date_time"];
/// What the action of a catalog, product list or flow button may say.
const ACTION: &[&str] = &[
    "thumbnail_product_retailer_id",
    "sections",
    "flow_token",
    "flow_action_data",
];
const PARAMETERS: &[&str] = &[
    "action",
    "coupon_code",
    "currency",
    "date_time",
    "document",
    "image",
    "limited_time_offer",
    "location",
    "payload",
    "product",
    "text",
    "video",
];

pub(super) fn check(template: &Field) -> Result<UsedTemplate, GraphError> {
    template.object(&["name", "language", "components", "namespace"])?;
    let name = template.require("name")?.text(1..=512)?;
    let language = template.require("language")?;
    language.object(&["code", "policy"])?;
    let code = language.require("code")?.text(2..=8)?;
    if let Some(policy) = language.get("policy") {
        policy.one_of(&["deterministic"])?;
    }
    let components = template.optional_items("components")?;
    let mut body_parameters = 0;
    let mut seen = HashSet::new();
    for component in &components {
        let parameters = check_component(component)?;
        let kind = word(component, "type", COMPONENTS)?;
        if kind == "body" {
            body_parameters = parameters;
        }
        let index = component
            .get("index")
            .map(|index| index.text(1..=64))
            .transpose()?;
        if !seen.insert((kind, index)) {
            return Err(component.invalid("is there twice"));
        }
    }
    Ok(UsedTemplate {
        name: name.to_owned(),
        language: code.to_owned(),
        body_parameters,
        components: components
            .iter()
            .map(|one| one.value().clone())
            .collect::<Vec<Value>>(),
    })
}

/// Answers the number of parameters.
fn check_component(component: &Field) -> Result<usize, GraphError> {
    component.object(&["type", "sub_type", "index", "parameters", "cards"])?;
    match word(component, "type", COMPONENTS)? {
        "header" => {
            for parameter in component.require("parameters")?.items(1..=1)? {
                word(&parameter, "type", HEADERS)?;
            }
        }
        "body" => {
            let parameters = component.optional_items("parameters")?;
            let named = parameters
                .iter()
                .filter(|one| one.get("parameter_name").is_some());
            if ![0, parameters.len()].contains(&named.count()) {
                return Err(GraphError::new(132_012)
                    .with_details("body: either all parameters have a parameter_name, or none"));
            }
            for parameter in &parameters {
                word(parameter, "type", TEXTS)?;
            }
        }
        "button" => {
            let sub_type = word(component, "sub_type", BUTTONS)?;
            let index = component.require("index")?;
            if !matches!(index.text(1..=64)?.as_bytes(), [b'0'..=b'9']) {
                return Err(index.invalid("must be a string from \"0\" to \"9\""));
            }
            let expected: &[&str] = match sub_type {
                "quick_reply" => &["payload", "text"],
                "url" => &["text", "payload"],
                "copy_code" => &["coupon_code"],
                _ => &["action"],
            };
            for parameter in component.require("parameters")?.items(1..=1)? {
                word(&parameter, "type", expected)?;
            }
        }
        "carousel" => {
            for card in component.require("cards")?.items(2..=10)? {
                card.object(&["card_index", "components"])?;
                for component in card.optional_items("components")? {
                    check_component(&component)?;
                }
            }
        }
        _ => {}
    }
    let parameters = component.optional_items("parameters")?;
    for parameter in &parameters {
        check_parameter(parameter)?;
    }
    Ok(parameters.len())
}

fn check_parameter(parameter: &Field) -> Result<(), GraphError> {
    let kind = word(parameter, "type", PARAMETERS)?;
    parameter.object(&["type", "parameter_name", kind])?;
    let content = parameter.require(kind)?;
    match kind {
        "text" => check_text(content.text(0..=32_768)?),
        "image" | "video" => media(&content, &[]),
        "document" => media(&content, &["filename"]),
        "coupon_code" => content.text(1..=15).map(|_| ()),
        "payload" => content.text(1..=128).map(|_| ()),
        "currency" => {
            content.object(&["fallback_value", "code", "amount_1000"])?;
            content.require("code")?.text(3..=3)?;
            content.require("amount_1000")?.integer()?;
            content
                .require("fallback_value")?
                .text(1..=1024)
                .map(|_| ())
        }
        "date_time" => content
            .require("fallback_value")?
            .text(1..=1024)
            .map(|_| ()),
        "location" => location(&content),
        "product" => {
            content.object(&["product_retailer_id", "catalog_id"])?;
            content
                .require("product_retailer_id")?
                .text(1..=256)
                .map(|_| ())
        }
        "limited_time_offer" => {
            content.object(&["expiration_time_ms"])?;
            content.require("expiration_time_ms")?.integer()
        }
        _ => content.object(ACTION),
    }
}

fn check_text(text: &str) -> Result<(), GraphError> {
    if text.is_empty() || text.contains(['\n', '\t']) || text.contains("     ") {
        return Err(GraphError::new(132_018));
    }
    Ok(())
}

/// One of Meta's words, which may also be in upper case here.
fn word<'a>(field: &Field, key: &str, words: &[&'a str]) -> Result<&'a str, GraphError> {
    let value = field.require(key)?;
    let given = value.text(1..=64)?;
    words
        .iter()
        .find(|word| word.eq_ignore_ascii_case(given))
        .copied()
        .ok_or_else(|| value.invalid(&format!("must be one of {words:?}")))
}
