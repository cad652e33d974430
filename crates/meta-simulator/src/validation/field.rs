use std::ops::RangeInclusive;

use serde_json::Value;
use url::Url;

use crate::graph::GraphError;

/// A value in a request, with the path by which Meta names it: `text['body']`.
pub(super) struct Field<'a> {
    path: String,
    value: &'a Value,
}

impl<'a> Field<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self {
            path: String::new(),
            value,
        }
    }

    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn invalid(&self, why: &str) -> GraphError {
        GraphError::invalid(&self.path, why)
    }

    /// The value under `key`; null is as good as none.
    pub(super) fn get(&self, key: &str) -> Option<Field<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Field {
            path: self.path_of(key),
            value,
        })
    }

    pub(super) fn require(&self, key: &str) -> Result<Field<'a>, GraphError> {
        self.get(key)
            .ok_or_else(|| GraphError::missing(&self.path_of(key)))
    }

    /// It is an object, and has no other keys than these.
    pub(super) fn object(&self, keys: &[&str]) -> Result<(), GraphError> {
        let Value::Object(object) = self.value else {
            return Err(self.malformed("must be a JSON object"));
        };
        match object.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => Err(self.malformed(&format!("has an unexpected key \"{key}\""))),
            None => Ok(()),
        }
    }

    /// It is a string of so many characters.
    pub(super) fn text(&self, length: RangeInclusive<usize>) -> Result<&'a str, GraphError> {
        let text = self.value.as_str();
        let text = text.ok_or_else(|| self.malformed("must be a string"))?;
        if length.contains(&text.chars().count()) {
            return Ok(text);
        }
        let (min, max) = length.into_inner();
        Err(self.invalid(&format!("must have {min} to {max} characters")))
    }

    pub(super) fn optional_text(&self, key: &str, max: usize) -> Result<(), GraphError> {
        self.get(key)
            .map_or(Ok(()), |text| text.text(0..=max).map(|_| ()))
    }

    pub(super) fn optional_bool(&self, key: &str) -> Result<(), GraphError> {
        match self.get(key) {
            Some(field) if !field.value.is_boolean() => Err(field.malformed("must be a boolean")),
            _ => Ok(()),
        }
    }

    /// It is one of these words: else its value is wrong.
    pub(super) fn one_of(&self, words: &[&'a str]) -> Result<&'a str, GraphError> {
        let word = self.text(0..=64)?;
        words
            .iter()
            .find(|known| **known == word)
            .copied()
            .ok_or_else(|| self.invalid(&format!("must be one of {words:?}")))
    }

    /// It is one of these words: else the request as a whole makes no sense.
    pub(super) fn parameter_one_of(&self, words: &[&'a str]) -> Result<&'a str, GraphError> {
        self.one_of(words)
            .map_err(|_| self.malformed(&format!("must be one of {words:?}")))
    }

    /// It is a list of so many items.
    pub(super) fn items(&self, count: RangeInclusive<usize>) -> Result<Vec<Field<'a>>, GraphError> {
        let items = self.value.as_array();
        let items = items.ok_or_else(|| self.malformed("must be a JSON array"))?;
        if !count.contains(&items.len()) {
            let (min, max) = count.into_inner();
            return Err(self.invalid(&format!("must have {min} to {max} items")));
        }
        let fields = items.iter().enumerate().map(|(index, value)| Field {
            path: format!("{}[{index}]", self.path),
            value,
        });
        Ok(fields.collect())
    }

    pub(super) fn optional_items(&self, key: &str) -> Result<Vec<Field<'a>>, GraphError> {
        self.get(key)
            .map_or(Ok(Vec::new()), |items| items.items(0..=usize::MAX))
    }

    /// It is a number, or a string of one, from `-limit` to `limit`.
    pub(super) fn number_within(&self, limit: f64) -> Result<(), GraphError> {
        let number = match self.value {
            Value::String(text) => text.parse().ok(),
            value => value.as_f64(),
        };
        match number {
            Some(number) if (-limit..=limit).contains(&number) => Ok(()),
            _ => Err(self.invalid(&format!("must be a number from -{limit} to {limit}"))),
        }
    }

    pub(super) fn integer(&self) -> Result<(), GraphError> {
        if self.value.is_i64() {
            return Ok(());
        }
        Err(self.malformed("must be an integer"))
    }

    pub(super) fn http_url(&self) -> Result<(), GraphError> {
        match Url::parse(self.text(1..=2000)?) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
            _ => Err(self.invalid("must be an http or https URL")),
        }
    }

    /// The request is not of the documented shape.
    fn malformed(&self, why: &str) -> GraphError {
        let path = if self.path.is_empty() {
            "body"
        } else {
            &self.path
        };
        GraphError::new(100).with_details(format!("Param {path} {why}"))
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}['{key}']", self.path)
        }
    }
}
