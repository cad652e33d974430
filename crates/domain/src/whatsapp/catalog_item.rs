use serde::Serialize;

use crate::money::Money;

/// A catalog that is connected to a business account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogName {
    pub id: String,
    pub name: Option<String>,
}

/// What Meta's catalog is told of an item. Telling the same twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemChange {
    /// As it is from now on, whether Meta knew it or not.
    Upsert(Box<CatalogItem>),
    Remove {
        retailer_id: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CatalogItem {
    pub retailer_id: String,
    /// The same for all variants of a product.
    pub group_id: Option<String>,
    pub title: String,
    pub description: String,
    pub price: Money,
    pub is_available: bool,
    pub image_url: Option<String>,
    pub link: String,
}

/// Meta took a batch: not yet done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchAccepted {
    /// None if there is nothing to wait for.
    pub handle: Option<String>,
    /// What of it Meta refuses at once.
    pub errors: Vec<ItemError>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchStatus {
    pub is_finished: bool,
    pub errors: Vec<ItemError>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemError {
    /// None if it is not about one item.
    pub retailer_id: Option<String>,
    pub message: String,
}

/// An item as Meta shows it. Words are kept as Meta writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownItem {
    /// Meta's.
    pub id: String,
    pub retailer_id: String,
    /// For people, in whatever locale: `$9.99`.
    pub price: Option<String>,
    pub currency: Option<String>,
    pub availability: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownItems {
    pub items: Vec<ShownItem>,
    /// Leads to the next page.
    pub next: Option<String>,
}

impl ItemChange {
    /// Of one batch. Source: cloud API 8.1.
    pub const MAX_OF_A_BATCH: u32 = 5_000;

    pub fn retailer_id(&self) -> &str {
        match self {
            Self::Upsert(item) => &item.retailer_id,
            Self::Remove { retailer_id } => retailer_id,
        }
    }
}

impl ShownItem {
    /// The price in minor units, if it can be told: digits with whatever stands for the point
    /// and between thousands.
    pub fn amount(&self, decimals: usize) -> Option<i64> {
        let price = self.price.as_deref()?;
        let is_digit = |c: char| c.is_ascii_digit();
        let price = price.trim_matches(|c: char| !is_digit(c));
        if price.is_empty() {
            return None;
        }
        let (whole, fraction) = match price.rfind(|c: char| !is_digit(c)) {
            Some(point) if price.len() - point - 1 == decimals && decimals > 0 => {
                (&price[..point], &price[point + 1..])
            }
            // Its last part is as long as thousands are, or there is no other.
            _ => (price, ""),
        };
        let digits: String = whole.chars().filter(|c| is_digit(*c)).collect();
        let digits = format!("{digits}{fraction:0<decimals$}");
        digits.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_as_any_locale_writes_it() {
        for (text, decimals, expected) in [
            ("$9.99", 2, Some(999)),
            ("9,99 €", 2, Some(999)),
            ("US$ 1,234.50", 2, Some(123_450)),
            ("1.234,50\u{a0}€", 2, Some(123_450)),
            ("$1,234", 2, Some(123_400)),
            ("¥1,200", 0, Some(1_200)),
            ("KWD 1.250", 3, Some(1_250)),
            ("free", 2, None),
        ] {
            let item = ShownItem {
                id: String::new(),
                retailer_id: String::new(),
                price: Some(text.into()),
                currency: None,
                availability: None,
            };
            assert_eq!(item.amount(decimals), expected, "{text}");
        }
    }
}
