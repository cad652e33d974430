use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use super::Stock;
use crate::{id::Id, money::Money};

pub type VariantId = Id<Variant>;

/// The one thing that is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub id: VariantId,
    /// Unique in the organization.
    pub sku: Sku,
    /// One of each of the product's options, in their order.
    pub option_values: Vec<String>,
    pub price: Money,
    /// What it cost before, or elsewhere.
    pub compare_at_price: Option<Money>,
    /// What the business pays for it.
    pub cost: Option<Money>,
    pub stock: Stock,
}

/// The business's own name for a variant. Two that differ in case alone are the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sku(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SkuError {
    #[error("is required")]
    Missing,
    #[error("must have at most {} characters", Sku::MAX_LENGTH)]
    TooLong,
    #[error("must be one line")]
    ControlCharacter,
}

impl Sku {
    pub const MAX_LENGTH: usize = 64;

    pub fn parse(text: &str) -> Result<Self, SkuError> {
        let sku: String = text.trim().nfc().collect();
        match sku.chars().count() {
            0 => Err(SkuError::Missing),
            count if count > Self::MAX_LENGTH => Err(SkuError::TooLong),
            _ if sku.chars().any(char::is_control) => Err(SkuError::ControlCharacter),
            _ => Ok(Self(sku)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is the same for all ways to write it.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl SkuError {
    /// Its name for clients. Stable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "required",
            Self::TooLong => "too_long",
            Self::ControlCharacter => "control_character",
        }
    }
}

impl PartialEq for Sku {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Sku {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_is_a_short_line_the_same_in_any_case() {
        assert_eq!(Sku::parse(" ab-1 ").unwrap().as_str(), "ab-1");
        assert_eq!(Sku::parse("AB-1"), Sku::parse("ab-1"));
        assert_eq!(Sku::parse(" "), Err(SkuError::Missing));
        assert_eq!(Sku::parse(&"x".repeat(65)), Err(SkuError::TooLong));
        assert_eq!(Sku::parse("a\nb"), Err(SkuError::ControlCharacter));
    }
}
