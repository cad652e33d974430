use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{id::Id, text::PhoneNumber};

pub type CustomerId = Id<Customer>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: CustomerId,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Users with a username may keep theirs to themselves.
    pub phone_number: Option<PhoneNumber>,
    pub marketing_consent: MarketingConsent,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Customer {
    /// The customer that a stranger becomes who writes under this profile name.
    pub fn from_profile(
        name: Option<&str>,
        phone_number: Option<PhoneNumber>,
        now: DateTime<Utc>,
    ) -> Self {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        let (first, last) = match name.and_then(|name| name.split_once(' ')) {
            Some((first, last)) => (Some(first), Some(last.trim())),
            None => (name, None),
        };
        Self {
            id: Id::generate(),
            first_name: first.map(str::to_owned),
            last_name: last.map(str::to_owned),
            phone_number,
            marketing_consent: MarketingConsent::Unknown,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Whether marketing may be sent to a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketingConsent {
    Unknown,
    OptedIn,
    OptedOut,
}

impl MarketingConsent {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::OptedIn => "opted_in",
            Self::OptedOut => "opted_out",
        }
    }
}

pub type ConsentId = Id<Consent>;

/// One entry of a customer's consent history, which only grows.
#[derive(Clone, Debug, PartialEq)]
pub struct Consent {
    pub id: ConsentId,
    pub customer_id: CustomerId,
    pub state: MarketingConsent,
    pub source: ConsentSource,
    /// What shows that it happened, such as Meta's own words.
    pub proof: Value,
    pub occurred_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentSource {
    /// Meta's `user_preferences` webhook, or its refusal 131050.
    Meta,
}

impl ConsentSource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
        }
    }
}
