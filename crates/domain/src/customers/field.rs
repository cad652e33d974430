use std::collections::HashSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use thiserror::Error;

use crate::id::Id;

pub type CustomerFieldId = Id<CustomerField>;

/// What a business wants to know of its customers besides what all want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerField {
    pub id: CustomerFieldId,
    /// Unique in the organization; it stays.
    pub key: FieldKey,
    /// What people call it.
    pub label: String,
    /// Of the same type for ever; choices may change.
    pub kind: FieldKind,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    pub version: i64,
}

/// What a field is called in JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldKey(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be 1 to 40 letters a to z, digits and underscores, and begin with a small letter")]
pub struct FieldKeyError;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    Number,
    Date,
    Choice(Vec<String>),
    Boolean,
}

/// What a customer has in a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    Text(String),
    Number(Number),
    Date(NaiveDate),
    Choice(String),
    Boolean(bool),
}

/// Why something cannot stand in a field.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FieldValueError {
    #[error(
        "must be a text of 1 to {} characters, without control characters",
        FieldValue::MAX_LENGTH
    )]
    NotText,
    #[error("must be a number")]
    NotNumber,
    #[error("must be a date, as 2026-12-31, of the years 1 to 9999")]
    NotDate,
    #[error("must be one of {}", .0.join(", "))]
    NotChoice(Vec<String>),
    #[error("must be true or false")]
    NotBoolean,
}

impl CustomerField {
    pub const MAX_OF_AN_ORGANIZATION: usize = 50;
    pub const MAX_CHOICES: usize = 100;
    pub const MAX_CHOICE_LENGTH: usize = 100;
}

impl FieldKey {
    const MAX_LENGTH: usize = 40;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FieldKey {
    type Error = FieldKeyError;

    fn try_from(text: String) -> Result<Self, FieldKeyError> {
        let is_allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
        let is_key = text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.len() <= Self::MAX_LENGTH
            && text.bytes().all(is_allowed);
        is_key.then_some(Self(text)).ok_or(FieldKeyError)
    }
}

impl From<FieldKey> for String {
    fn from(key: FieldKey) -> Self {
        key.0
    }
}

impl FieldKind {
    /// Its name for clients and for the database. Stable.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Choice(_) => "choice",
            Self::Boolean => "boolean",
        }
    }

    pub fn choices(&self) -> &[String] {
        match self {
            Self::Choice(choices) => choices,
            _ => &[],
        }
    }

    /// Whether its values have an order, so that one can ask for those from one to another.
    pub fn is_ordered(&self) -> bool {
        matches!(self, Self::Number | Self::Date)
    }

    /// Reads what a client gives for a field of this kind.
    pub fn read(&self, value: &Value) -> Result<FieldValue, FieldValueError> {
        match self {
            Self::Text => {
                let text = value.as_str().map(str::trim);
                text.filter(|text| FieldValue::is_text(text))
                    .map(|text| FieldValue::Text(text.to_owned()))
                    .ok_or(FieldValueError::NotText)
            }
            Self::Number => match value {
                Value::Number(number) => Ok(FieldValue::Number(number.clone())),
                _ => Err(FieldValueError::NotNumber),
            },
            Self::Date => value
                .as_str()
                .and_then(|text| text.parse::<NaiveDate>().ok())
                .filter(|date| (1..=9999).contains(&date.year()))
                .map(FieldValue::Date)
                .ok_or(FieldValueError::NotDate),
            Self::Choice(choices) => value
                .as_str()
                .and_then(|text| choices.iter().find(|choice| *choice == text))
                .map(|choice| FieldValue::Choice(choice.clone()))
                .ok_or_else(|| FieldValueError::NotChoice(choices.clone())),
            Self::Boolean => value
                .as_bool()
                .map(FieldValue::Boolean)
                .ok_or(FieldValueError::NotBoolean),
        }
    }

    /// Whether each choice is a short line that is there once, and there are not too many.
    pub fn has_good_choices(&self) -> bool {
        let Self::Choice(choices) = self else {
            return true;
        };
        let is_line = |choice: &String| {
            (1..=CustomerField::MAX_CHOICE_LENGTH).contains(&choice.chars().count())
                && choice.trim() == choice
                && !choice.chars().any(char::is_control)
        };
        let different: HashSet<_> = choices.iter().collect();
        (1..=CustomerField::MAX_CHOICES).contains(&choices.len())
            && different.len() == choices.len()
            && choices.iter().all(is_line)
    }
}

impl FieldValue {
    pub const MAX_LENGTH: usize = 500;

    fn is_text(text: &str) -> bool {
        (1..=Self::MAX_LENGTH).contains(&text.chars().count())
            && !text.chars().any(char::is_control)
    }

    /// As a client sees it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(text) | Self::Choice(text) => text.clone().into(),
            Self::Number(number) => number.clone().into(),
            Self::Date(date) => date.to_string().into(),
            Self::Boolean(boolean) => (*boolean).into(),
        }
    }
}

impl FieldValueError {
    /// Its name for clients. Stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotText => "invalid_text",
            Self::NotNumber => "invalid_number",
            Self::NotDate => "invalid_date",
            Self::NotChoice(_) => "invalid_choice",
            Self::NotBoolean => "invalid_boolean",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_can_stand_in_a_program() {
        for good in ["a", "shoeSize", "shoe_size_2", &"x".repeat(40)] {
            assert!(FieldKey::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "Size",
            "2nd",
            "_x",
            "shoe-size",
            "größe",
            &"x".repeat(41),
        ] {
            let refused = FieldKey::try_from(bad.to_owned());
            assert_eq!(refused, Err(FieldKeyError), "{bad}");
        }
    }

    #[test]
    fn a_value_is_of_its_fields_kind_and_comes_back_as_it_went() {
        let choice = FieldKind::Choice(vec!["S".into(), "M".into()]);
        for (kind, good, bad) in [
            (FieldKind::Text, json!("Oat milk"), json!(7)),
            (FieldKind::Text, json!("x".repeat(500)), json!(" ")),
            (FieldKind::Text, json!("花"), json!("a\nb")),
            (FieldKind::Number, json!(41.5), json!("41.5")),
            (FieldKind::Number, json!(-3), json!(true)),
            (FieldKind::Date, json!("2024-02-29"), json!("2026-02-29")),
            (FieldKind::Date, json!("0001-01-01"), json!("+12026-01-01")),
            (choice, json!("M"), json!("m")),
            (FieldKind::Boolean, json!(false), json!("false")),
        ] {
            let value = kind.read(&good).unwrap();
            assert_eq!(value.to_json(), good);
            assert!(kind.read(&bad).is_err(), "{kind:?} took {bad}");
        }
    }

    #[test]
    fn choices_are_few_different_lines() {
        let kind = |choices: &[&str]| {
            FieldKind::Choice(choices.iter().map(|&choice| choice.to_owned()).collect())
        };
        assert!(kind(&["S", "M"]).has_good_choices());
        for bad in [
            vec![],
            vec!["S", "S"],
            vec![""],
            vec![" S"],
            vec!["a\nb"],
            vec!["x"; 101],
        ] {
            assert!(!kind(&bad).has_good_choices(), "{bad:?}");
        }
    }
}
