//! Webhooks that Meta really sends, to hold the simulator's against.

use std::fs;

use serde_json::{Map, Value};

/// The webhook in the fixture of this name.
pub(crate) fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Checks that the webhook has the keys of the fixture, with values of the same types.
pub(crate) fn assert_like(webhook: &Value, name: &str) {
    assert_eq!(shape(webhook), shape(&fixture(name)), "{name}: {webhook}");
}

/// The same of a part of it, such as its `messages` or `contacts`.
pub(crate) fn assert_part_like(webhook: &Value, part: &str, name: &str) {
    let fixture = fixture(name);
    assert_eq!(
        shape(&value_of(webhook)[part]),
        shape(&value_of(&fixture)[part]),
        "{name}: {webhook}"
    );
}

/// The `value` of the only change.
pub(crate) fn value_of(webhook: &Value) -> &Value {
    &webhook["entry"][0]["changes"][0]["value"]
}

/// The value with a word for each type in the place of what it says.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let fields = object.iter().map(|(key, value)| {
                let shape = match (key.as_str(), value) {
                    // These words decide about what is beside them.
                    ("type" | "field" | "event" | "object", Value::String(_)) => value.clone(),
                    _ => shape(value),
                };
                (key.clone(), shape)
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Null => Value::Null,
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "string".into(),
    }
}
