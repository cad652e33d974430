//! Reading JSON without being strict about types.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, value::RawValue};

/// An object whose members are not read yet, so that a bad one spoils only itself.
pub(super) type RawObject<'a> = BTreeMap<String, &'a RawValue>;

pub(super) fn object(json: &str) -> Option<RawObject<'_>> {
    serde_json::from_str(json).ok()
}

/// Whether there is nothing to read, as of what was taken out of a delivery.
pub(super) fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

pub(super) fn list(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

/// A value without NUL characters, which PostgreSQL cannot store.
pub(super) fn value(json: &str) -> Option<Value> {
    let mut value = serde_json::from_str(json).ok()?;
    if json.contains("\\u0000") {
        replace_nul(&mut value);
    }
    Some(value)
}

fn replace_nul(value: &mut Value) {
    let clean = |text: &str| text.replace('\0', "\u{fffd}");
    match value {
        Value::String(text) => *text = clean(text),
        Value::Array(items) => items.iter_mut().for_each(replace_nul),
        Value::Object(members) => {
            *members = std::mem::take(members)
                .into_iter()
                .map(|(name, mut member)| {
                    replace_nul(&mut member);
                    (clean(&name), member)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A string or number, as text. Empty text counts as absent.
pub(super) fn text(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) => (!text.trim().is_empty()).then(|| text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// As `text`, of something that names things. One that is too long to be true counts as
/// absent: databases look things up by it, and cannot do so by any length.
pub(super) fn name(object: &Value, name: &str) -> Option<String> {
    const MAX_LENGTH: usize = 250;
    text(object, name).filter(|text| text.len() <= MAX_LENGTH)
}

pub(super) fn integer(object: &Value, name: &str) -> Option<i64> {
    match object.get(name)? {
        // A float without a fraction is written without one.
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64()?.to_string().parse().ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn decimal(object: &Value, name: &str) -> Option<f64> {
    let number = match object.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

pub(super) fn boolean(object: &Value, name: &str) -> Option<bool> {
    match object.get(name)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The Unix time, in seconds, of a `timestamp`. One that is absent, or too far ahead to be
/// true, is the time at which it was received.
pub(super) fn timestamp(object: &Value, received_at: DateTime<Utc>) -> DateTime<Utc> {
    integer(object, "timestamp")
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .filter(|at| *at < received_at + Duration::days(1))
        .unwrap_or(received_at)
}

pub(super) fn items<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
