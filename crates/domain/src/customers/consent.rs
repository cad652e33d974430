use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::CustomerId;
use crate::{auth::UserId, id::Id};

/// Whether marketing may be sent to a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketingConsent {
    Unknown,
    OptedIn,
    OptedOut,
}

impl MarketingConsent {
    /// Whether marketing may be sent: to be asked before any leaves.
    pub fn allows_marketing(self) -> bool {
        self != Self::OptedOut
    }

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Consent {
    pub id: ConsentId,
    pub customer_id: CustomerId,
    pub state: MarketingConsent,
    pub source: ConsentSource,
    /// What shows that it happened, such as Meta's own words.
    pub proof: Value,
    pub occurred_at: DateTime<Utc>,
}

impl Consent {
    /// What shows that a member was told so.
    pub fn proof_of(noted_by: UserId) -> Value {
        json!({ "notedBy": noted_by })
    }

    pub fn noted_by(&self) -> Option<UserId> {
        self.proof.get("notedBy")?.as_str()?.parse().ok()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentSource {
    /// Meta's `user_preferences` webhook, or its refusal 131050.
    Meta,
    /// A message that is nothing but a word for it.
    Keyword,
    /// A table that was imported; the proof names where the customer has said it.
    Import,
    /// What members were told, and noted.
    InPerson,
    Phone,
    Chat,
    Email,
    Website,
    Paper,
    Other,
}

impl ConsentSource {
    pub const ALL: [Self; 10] = [
        Self::Meta,
        Self::Keyword,
        Self::Import,
        Self::InPerson,
        Self::Phone,
        Self::Chat,
        Self::Email,
        Self::Website,
        Self::Paper,
        Self::Other,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Keyword => "keyword",
            Self::Import => "import",
            Self::InPerson => "in_person",
            Self::Phone => "phone",
            Self::Chat => "chat",
            Self::Email => "email",
            Self::Website => "website",
            Self::Paper => "paper",
            Self::Other => "other",
        }
    }
}
