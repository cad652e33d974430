use domain::{
    chats::{ButtonParameter, TemplateButton, TemplateHeader, TemplateUse},
    whatsapp::TemplateParameters,
};
use serde_json::{Value, json};

use super::{header_file, location};

/// Source: cloud API 2.5. A part that needs nothing gets no component.
pub(super) fn object(template: &TemplateUse, header_meta_id: Option<&str>) -> Value {
    let mut components = Vec::new();
    if let Some(header) = &template.header {
        let parameters = [header_parameter(header, header_meta_id)];
        components.push(json!({ "type": "header", "parameters": parameters }));
    }
    let parameters: Vec<_> = match &template.parameters {
        TemplateParameters::Positional(texts) => {
            texts.iter().map(|value| text(None, value)).collect()
        }
        TemplateParameters::Named(texts) => texts
            .iter()
            .map(|(name, value)| text(Some(name), value))
            .collect(),
    };
    if !parameters.is_empty() {
        components.push(json!({ "type": "body", "parameters": parameters }));
    }
    components.extend(template.buttons.iter().map(button));
    let mut object = json!({
        "name": template.name,
        "language": { "code": template.language },
    });
    if !components.is_empty() {
        object["components"] = components.into();
    }
    object
}

fn header_parameter(header: &TemplateHeader, meta_id: Option<&str>) -> Value {
    match header {
        TemplateHeader::Text { name, text: value } => text(name.as_deref(), value),
        TemplateHeader::File { kind, filename, .. } => {
            header_file(*kind, meta_id, filename.as_deref())
        }
        TemplateHeader::Location(place) => {
            json!({ "type": "location", "location": location(place) })
        }
    }
}

fn text(name: Option<&str>, value: &str) -> Value {
    let mut parameter = json!({ "type": "text", "text": value });
    super::put(&mut parameter, "parameter_name", name);
    parameter
}

fn button(button: &TemplateButton) -> Value {
    let (sub_type, parameter) = match &button.parameter {
        ButtonParameter::UrlSuffix(suffix) => ("url", text(None, suffix)),
        ButtonParameter::QuickReplyPayload(payload) => (
            "quick_reply",
            json!({ "type": "payload", "payload": payload }),
        ),
        ButtonParameter::CouponCode(code) => (
            "copy_code",
            json!({ "type": "coupon_code", "coupon_code": code }),
        ),
    };
    json!({
        "type": "button",
        "sub_type": sub_type,
        "index": button.index.to_string(),
        "parameters": [parameter],
    })
}
