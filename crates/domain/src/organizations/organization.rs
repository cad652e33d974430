use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use iso_currency::Currency;

use crate::{chats::Retention, id::Id, storage::FileKey, text::CountryCode};

pub type OrganizationId = Id<Organization>;

/// A business: the tenant to which everything else belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    /// Unique in the installation; kept when the name changes.
    pub slug: String,
    pub description: Option<String>,
    /// In public storage.
    pub logo: Option<FileKey>,
    pub address: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zip_code: Option<String>,
    /// Also where phone numbers without a country code belong.
    pub country: Option<CountryCode>,
    pub currency: Currency,
    /// Money is recorded: the currency cannot change any more.
    pub currency_locked: bool,
    pub timezone: Tz,
    /// For how long messages are kept; none for ever.
    pub message_retention: Option<Retention>,
    /// Whoever writes, or is written to, becomes a customer.
    pub contacts_become_customers: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    pub version: i64,
}

/// The part of a URL that stands for a name: `Café Luna & Co` becomes `cafe-luna-co`.
/// Names without any Latin letter or digit become `shop`.
pub fn slug_of(name: &str) -> String {
    const MAX_LENGTH: usize = 48;
    let folded = crate::text::fold_for_search(name);
    let words: Vec<_> = folded
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut slug = words.join("-");
    slug.truncate(MAX_LENGTH);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "shop" } else { slug }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_plain_short_and_never_empty() {
        assert_eq!(slug_of("Café Luna & Co."), "cafe-luna-co");
        assert_eq!(slug_of("花屋"), "shop");
        assert!(slug_of(&"long name ".repeat(20)).len() <= 48);
    }
}
