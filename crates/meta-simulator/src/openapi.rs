//! Checks requests against Meta's published OpenAPI, as a second opinion on what is sent.
//!
//! The document contradicts Meta's own documentation and examples in places. There it is amended,
//! visibly: see `AMENDMENTS`. Carousels, order details and order statuses are beyond it.

use std::{collections::HashMap, fs, io, path::Path};

use jsonschema::{Draft, Validator, error::ValidationErrorKind as ErrorKind};
use serde_json::{Value, json};
use thiserror::Error;

/// Judges the bodies of `POST /{phone-number-id}/messages`.
pub struct Checker {
    /// By the message's `type`.
    messages: HashMap<String, Validator>,
    read_receipt: Validator,
}

#[derive(Debug, Error)]
pub enum LoadError {
    #[error("cannot read the OpenAPI document: {0}")]
    Read(#[from] io::Error),
    #[error("the OpenAPI document is not YAML: {0}")]
    Parse(#[from] serde_yaml_ng::Error),
    #[error("an amendment is not JSON: {0}")]
    Amendment(#[from] serde_json::Error),
    #[error("the OpenAPI document has nothing at {pointer}, which is needed because {because}")]
    Missing {
        pointer: String,
        because: &'static str,
    },
    #[error("the OpenAPI document has a schema that is none: {0}")]
    Schema(String),
}

/// A change of the published document.
struct Amendment {
    /// Which schemas, as JSON pointers from `/components/schemas`; `*` is every type of message.
    at: &'static str,
    /// A JSON merge patch: null removes.
    patch: &'static str,
    because: &'static str,
}

const AMENDMENTS: &[Amendment] = &[
    Amendment {
        at: "/*/allOf/1",
        patch: r#"{"additionalProperties": null}"#,
        because: "it forbids the keys that the other half of allOf demands, so that nothing could pass",
    },
    Amendment {
        at: "/*",
        patch: r#"{"unevaluatedProperties": false}"#,
        because: "it is what the one before must have meant",
    },
    Amendment {
        at: "/BaseMessageProperties",
        patch: r#"{
            "required": ["messaging_product"],
            "anyOf": [{"required": ["to"]}, {"required": ["recipient"]}],
            "properties": {
                "messaging_product": {"const": "whatsapp"},
                "recipient": {"type": "string"},
                "biz_opaque_callback_data": {"type": "string", "maxLength": 512},
                "recipient_identity_key_hash": {"type": "string"}
            }
        }"#,
        because: "recipient_type and type have defaults, recipient stands for to since user ids exist, and the documentation has the other two",
    },
    Amendment {
        at: "/LocationMessage/allOf/1/properties/location/properties",
        patch: r#"{"latitude": {"type": ["number", "string"]}, "longitude": {"type": ["number", "string"]}}"#,
        because: "its own examples have numbers",
    },
    Amendment {
        at: "/PhoneObject/properties/type",
        patch: r#"{"enum": null}"#,
        because: "the documentation also has CELL, MOBILE and others",
    },
    Amendment {
        at: "/LanguageObject",
        patch: r#"{"required": ["code"]}"#,
        because: "its own examples have no policy",
    },
    Amendment {
        at: "/TemplateComponent/properties",
        patch: r#"{
            "type": {"enum": ["header", "body", "button", "carousel", "limited_time_offer"]},
            "sub_type": {"enum": ["quick_reply", "url", "catalog", "copy_code", "mpm", "flow"]},
            "index": {"pattern": "^[0-9]$"}
        }"#,
        because: "the documentation and its own examples have these; the pattern is broken",
    },
    Amendment {
        at: "/InteractiveObject/properties/type",
        patch: r#"{"enum": [
            "address_message", "button", "call_permission_request", "catalog_message", "cta_url",
            "flow", "list", "location_request_message", "product", "product_list",
            "request_contact_info", "voice_call"
        ]}"#,
        because: "the documentation has more types",
    },
    Amendment {
        at: "/ActionObject/oneOf/3",
        patch: r#"{"required": ["name"], "properties": {"parameters": {"required": []}}}"#,
        because: "a catalog message shows its first product if no thumbnail is named",
    },
    Amendment {
        at: "/ActionObject/oneOf/5/properties/name",
        patch: r#"{"enum": [
            "address_message", "call_permission_request", "cta_url", "request_contact_info",
            "send_location", "voice_call"
        ]}"#,
        because: "these are the actions of the added types",
    },
];

impl Checker {
    /// Loads Meta's document, in YAML.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let mut document: Value = serde_yaml_ng::from_str(&fs::read_to_string(path)?)?;
        let mapping = at(
            &mut document,
            "/components/schemas/Message/discriminator/mapping",
            "it leads from a type to its schema",
        )?;
        let types: HashMap<String, String> = serde_json::from_value(mapping.take())?;
        let schemas = at(
            &mut document,
            "/components/schemas",
            "it is what bodies are checked against",
        )?
        .take();
        let schemas = amend(schemas, &types)?;
        let messages = types.into_iter().map(|(kind, reference)| {
            let schema = json!({"$ref": reference, "components": {"schemas": schemas}});
            Ok((kind, validator(&schema)?))
        });
        Ok(Self {
            messages: messages.collect::<Result<_, LoadError>>()?,
            read_receipt: validator(&read_receipt())?,
        })
    }

    /// Says what is wrong with the body, each with the place where.
    pub fn check_message(&self, body: &Value) -> Result<(), Vec<String>> {
        let kind = body.get("type").and_then(Value::as_str).unwrap_or("text");
        let validator = if body.get("status").is_some() {
            &self.read_receipt
        } else if let Some(validator) = self.messages.get(kind) {
            validator
        } else {
            return Err(vec![format!("/type: there is no type of message {kind:?}")]);
        };
        // A message with any other error also counts as having no known properties at all.
        let (follow_ups, causes): (Vec<_>, Vec<_>) = validator
            .iter_errors(body)
            .partition(|error| matches!(error.kind, ErrorKind::UnevaluatedProperties { .. }));
        let errors = if causes.is_empty() {
            follow_ups
        } else {
            causes
        };
        let errors: Vec<String> = errors
            .iter()
            .map(|error| format!("{}: {error}", error.instance_path))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

/// The document has an example of it, but no schema.
fn read_receipt() -> Value {
    json!({
        "type": "object",
        "required": ["messaging_product", "status", "message_id"],
        "additionalProperties": false,
        "properties": {
            "messaging_product": {"const": "whatsapp"},
            "status": {"const": "read"},
            "message_id": {"type": "string"},
            "typing_indicator": {
                "type": "object",
                "required": ["type"],
                "additionalProperties": false,
                "properties": {"type": {"const": "text"}},
            },
        },
    })
}

/// `types` leads from a message's type to the reference of its schema.
fn amend(mut schemas: Value, types: &HashMap<String, String>) -> Result<Value, LoadError> {
    for amendment in AMENDMENTS {
        let patch: Value = serde_json::from_str(amendment.patch)?;
        let pointers: Vec<String> = match amendment.at.strip_prefix("/*") {
            Some(rest) => types
                .values()
                .map(|reference| reference.trim_start_matches("#/components/schemas"))
                .map(|schema| format!("{schema}{rest}"))
                .collect(),
            None => vec![amendment.at.to_owned()],
        };
        for pointer in pointers {
            merge(at(&mut schemas, &pointer, amendment.because)?, &patch);
        }
    }
    Ok(schemas)
}

fn at<'a>(
    value: &'a mut Value,
    pointer: &str,
    because: &'static str,
) -> Result<&'a mut Value, LoadError> {
    let found = value.pointer_mut(pointer);
    found.ok_or_else(|| LoadError::Missing {
        pointer: pointer.to_owned(),
        because,
    })
}

/// Applies a JSON merge patch (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, change) in patch {
        if change.is_null() {
            if let Some(object) = target.as_object_mut() {
                object.remove(key);
            }
        } else {
            merge(&mut target[key], change);
        }
    }
}

fn validator(schema: &Value) -> Result<Validator, LoadError> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(schema)
        .map_err(|error| LoadError::Schema(error.to_string()))
}
