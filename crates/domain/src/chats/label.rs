use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// A word by which chats are sorted, such as `VIP`. Two that differ in case alone are the
/// same label.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Label(String);

/// Why something cannot be a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LabelError {
    #[error("is required")]
    Missing,
    #[error("must have at most {} characters", Label::MAX_LENGTH)]
    TooLong,
    #[error("must be one line without commas")]
    InvalidCharacter,
    #[error("is there twice; case does not matter")]
    Repeated,
}

/// How many chats have a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelCount {
    pub label: Label,
    pub chats: u64,
}

impl Label {
    pub const MAX_LENGTH: usize = 50;
    pub const MAX_OF_A_CHAT: usize = 20;

    /// Reads a label, without the space around it. Commas part labels in filters.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        let name: String = text.trim().nfc().collect();
        match name.chars().count() {
            0 => Err(LabelError::Missing),
            count if count > Self::MAX_LENGTH => Err(LabelError::TooLong),
            _ if name.chars().any(|c| c.is_control() || c == ',') => {
                Err(LabelError::InvalidCharacter)
            }
            _ => Ok(Self(name)),
        }
    }

    /// The labels of one chat, or what is wrong with which of them.
    pub fn parse_all<T: AsRef<str>>(texts: &[T]) -> Result<Vec<Self>, Vec<(usize, LabelError)>> {
        let (mut labels, mut faults) = (Vec::<Self>::new(), Vec::new());
        for (index, text) in texts.iter().enumerate() {
            match Self::parse(text.as_ref()) {
                Ok(label) if labels.contains(&label) => faults.push((index, LabelError::Repeated)),
                Ok(label) => labels.push(label),
                Err(error) => faults.push((index, error)),
            }
        }
        if faults.is_empty() {
            Ok(labels)
        } else {
            Err(faults)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is the same for all ways to write the label.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl LabelError {
    /// Its name for clients. Stable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "required",
            Self::TooLong => "too_long",
            Self::InvalidCharacter => "invalid_label",
            Self::Repeated => "repeated",
        }
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Label {}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_short_line_without_commas() {
        assert_eq!(Label::parse("  Büro 1 ").unwrap().as_str(), "Büro 1");
        assert_eq!(Label::parse(" \t"), Err(LabelError::Missing));
        assert!(Label::parse(&"花".repeat(50)).is_ok());
        assert_eq!(Label::parse(&"花".repeat(51)), Err(LabelError::TooLong));
        for text in ["a,b", "a\nb", "a\u{0}b"] {
            assert_eq!(Label::parse(text), Err(LabelError::InvalidCharacter));
        }
    }

    #[test]
    fn labels_are_the_same_however_they_are_written() {
        assert_eq!(Label::parse("CAFÉ"), Label::parse("cafe\u{301}"));
        assert_ne!(Label::parse("cafe"), Label::parse("café"));
    }

    #[test]
    fn every_label_that_is_wrong_is_told() {
        let labels = Label::parse_all(&["VIP", "vip ", "", "a,b", "other"]);
        let expected = vec![
            (1, LabelError::Repeated),
            (2, LabelError::Missing),
            (3, LabelError::InvalidCharacter),
        ];
        assert_eq!(labels, Err(expected));
        assert_eq!(Label::parse_all(&["b", "a"]).unwrap().len(), 2);
    }
}
