//! What is wrong with input, told in JSON pointers and stable codes.

use std::{borrow::Cow, fmt::Display};

use domain::text::parse_name;
use garde::{
    Validate,
    i18n::{I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind},
};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::problem::{Fault, Problem};

/// Faults beyond this number are not looked for: each costs another reading.
const MAX_FAULTS: usize = 50;

/// Longer lists of what would have been right help nobody.
const MAX_DETAIL_LENGTH: usize = 300;

/// Reads a `T` and validates it. A part that does not fit is taken out and reading goes on,
/// so that all faults come at once.
pub(super) fn read<S, T>(
    mut source: S,
    parse: impl Fn(&S) -> Result<T, Fault>,
    remove: impl Fn(&mut S, &str) -> bool,
) -> Result<T, Problem>
where
    T: Validate<Context = ()>,
{
    let mut faults: Vec<Fault> = Vec::new();
    let parsed = loop {
        match parse(&source) {
            Ok(parsed) => break parsed,
            Err(fault) => {
                let removed = remove(&mut source, &fault.pointer);
                add(&mut faults, fault);
                if !removed || faults.len() >= MAX_FAULTS {
                    return Err(Problem::invalid(faults));
                }
            }
        }
    };
    if let Err(report) = garde::i18n::with_i18n(Codes, || parsed.validate()) {
        for (path, error) in report.iter() {
            add(&mut faults, of_rule(path, error));
        }
    }
    if faults.is_empty() {
        Ok(parsed)
    } else {
        Err(Problem::invalid(faults))
    }
}

/// A NUL character means nothing in a text, and PostgreSQL cannot keep it.
pub(super) fn null_character(name: &str) -> Fault {
    Fault::new(
        format!("/{name}"),
        "null_character",
        "must not contain a NUL character",
    )
}

pub(super) fn refuse_null_characters(json: &Value) -> Result<(), Problem> {
    fn find(value: &Value, pointer: &str, faults: &mut Vec<Fault>) {
        match value {
            Value::String(text) if text.contains('\0') => {
                faults.push(null_character(pointer.trim_start_matches('/')));
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    find(item, &format!("{pointer}/{index}"), faults);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    find(member, &format!("{pointer}/{name}"), faults);
                }
            }
            _ => {}
        }
    }
    let mut faults = Vec::new();
    find(json, "", &mut faults);
    if faults.is_empty() {
        Ok(())
    } else {
        faults.truncate(MAX_FAULTS);
        Err(Problem::invalid(faults))
    }
}

/// The first fault of a place is the one that matters: others may only follow from it.
fn add(faults: &mut Vec<Fault>, fault: Fault) {
    if faults.iter().all(|known| known.pointer != fault.pointer) {
        faults.push(fault);
    }
}

/// What a custom validation answers: a stable code and words for people.
pub(crate) fn fault(code: &str, detail: impl Display) -> garde::Error {
    garde::Error::new(format!("{code}: {detail}"))
}

/// For `#[garde(custom)]`: the name of a person or a thing, not counting the space around it.
pub(crate) fn is_name(name: &str, (): &()) -> garde::Result {
    parse_name(name).map_err(|error| fault(error.code(), error))?;
    Ok(())
}

/// For `#[serde(deserialize_with)]` on an `Option<Option<T>>` of a `PUT`: tells `null`, which
/// clears, from a field that is absent, which stays.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// What serde stumbled on. Its messages are all that it tells.
pub(super) fn of_shape<E: Display>(error: serde_path_to_error::Error<E>) -> Fault {
    let path = pointer_of(error.path());
    let message = error.into_inner().to_string();
    if let Some(name) = quoted_after(&message, "unknown field ") {
        let own = member(name);
        let pointer = if path.ends_with(&own) {
            path
        } else {
            path + &own
        };
        return Fault::new(pointer, "unknown_field", "is not known here");
    }
    if let Some(name) = quoted_after(&message, "missing field ") {
        return Fault::new(path + &member(name), "required", "is required");
    }
    if message.starts_with("unknown variant") && message.len() > MAX_DETAIL_LENGTH {
        return Fault::new(
            path,
            "unknown_value",
            "is not one of the values that are possible",
        );
    }
    let code = if message.starts_with("invalid type") {
        "invalid_type"
    } else if message.starts_with("unknown variant") {
        "unknown_value"
    } else {
        "invalid_value"
    };
    Fault::new(path, code, message)
}

fn quoted_after<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    let quoted = message.strip_prefix(prefix)?.strip_prefix('`')?;
    quoted.split_once('`').map(|(name, _)| name)
}

/// The part of a JSON pointer that leads to a member.
pub(super) fn member(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn pointer_of(path: &Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => member(key),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

fn of_rule(path: &garde::Path, error: &garde::Error) -> Fault {
    let pointer: String = path
        .to_string()
        .split(['.', '[', ']'])
        .filter(|part| !part.is_empty())
        .flat_map(|part| ["/".to_owned(), camel_case(part.trim_start_matches("r#"))])
        .collect();
    let is_code = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    match error.message().split_once(": ") {
        Some((code, detail)) if is_code(code) => Fault::new(pointer, code.to_owned(), detail),
        _ => Fault::new(pointer, "invalid", error.message()),
    }
}

/// Fields have Rust names for garde; clients know them in camelCase.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |joined, word| {
        let mut letters = word.chars();
        let capital = letters.next().into_iter().flat_map(char::to_uppercase);
        joined + &capital.chain(letters).collect::<String>()
    })
}

/// Has garde's own rules speak as [`fault`] does.
struct Codes;

impl I18n for Codes {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        match min {
            1 => "required: is required".into(),
            min => format!("too_short: must have at least {min} characters").into(),
        }
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        format!("too_long: must have at most {max} characters").into()
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        format!("too_small: must be at least {min}").into()
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        format!("too_large: must be at most {max}").into()
    }

    fn credit_card_invalid(&self, _: InvalidCreditCard) -> Cow<'static, str> {
        "invalid_credit_card: is not a credit card number".into()
    }

    fn pattern_no_match(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("invalid_format: must match {pattern}").into()
    }

    fn contains_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("invalid_format: must contain {pattern}").into()
    }

    fn url_invalid(&self, reason: InvalidUrl) -> Cow<'static, str> {
        format!("invalid_url: is not a URL ({reason})").into()
    }

    fn prefix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("invalid_format: must begin with {pattern}").into()
    }

    fn suffix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        format!("invalid_format: must end with {pattern}").into()
    }

    fn phone_number_invalid(&self, _: InvalidPhoneNumber) -> Cow<'static, str> {
        "invalid_phone_number: is not a phone number".into()
    }

    fn ip_invalid(&self, _: IpKind) -> Cow<'static, str> {
        "invalid_address: is not an IP address".into()
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        format!("mismatch: must be the same as {field}").into()
    }

    fn email_invalid(&self, _: InvalidEmail) -> Cow<'static, str> {
        "invalid_email: is not an e-mail address".into()
    }

    fn ascii_invalid(&self) -> Cow<'static, str> {
        "invalid_format: must be ASCII".into()
    }

    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        "invalid_format: must be letters and digits".into()
    }

    fn required_not_set(&self) -> Cow<'static, str> {
        "required: is required".into()
    }
}
