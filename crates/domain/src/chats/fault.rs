use std::{collections::HashSet, fmt::Display, ops::RangeInclusive};

use thiserror::Error;

/// What is wrong with a part of a message that somebody composes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{pointer} {detail}")]
pub struct ContentFault {
    /// A JSON pointer into the content, as clients write it.
    pub pointer: String,
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

/// All that is wrong, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentFaults(pub Vec<ContentFault>);

impl ContentFaults {
    pub fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Display) {
        self.0.push(ContentFault {
            pointer: pointer.into(),
            code,
            detail: detail.to_string(),
        });
    }

    /// Demands a text that is not blank, of at most `max` characters.
    pub fn text(&mut self, pointer: impl Into<String>, text: &str, max: usize) {
        if text.trim().is_empty() {
            self.add(pointer, "required", "must not be empty");
        } else if text.chars().count() > max {
            let detail = format!("must have at most {max} characters");
            self.add(pointer, "too_long", detail);
        }
    }

    /// Demands the same of a text that may be left out.
    pub fn optional_text(&mut self, pointer: impl Into<String>, text: Option<&str>, max: usize) {
        if let Some(text) = text {
            self.text(pointer, text, max);
        }
    }

    pub fn count(
        &mut self,
        pointer: impl Into<String>,
        count: usize,
        allowed: &RangeInclusive<usize>,
    ) {
        let (min, max) = (allowed.start(), allowed.end());
        if count < *min {
            self.add(pointer, "too_few", format!("must have at least {min}"));
        } else if count > *max {
            self.add(pointer, "too_many", format!("must have at most {max}"));
        }
    }

    /// Demands of a value that `seen` does not have it yet.
    pub(super) fn unique<'a>(
        &mut self,
        pointer: impl Into<String>,
        value: &'a str,
        seen: &mut HashSet<&'a str>,
    ) {
        if !value.is_empty() && !seen.insert(value) {
            self.add(pointer, "duplicate", "must differ from all others");
        }
    }

    /// A thing that cannot be where it is.
    pub fn unexpected(&mut self, pointer: impl Into<String>, detail: impl Display) {
        self.add(pointer, "unexpected", detail);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
