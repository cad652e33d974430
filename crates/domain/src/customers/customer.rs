use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{CustomerFieldId, FieldValue, MarketingConsent};
use crate::{
    auth::{EmailAddress, UserId},
    chats::Label,
    id::Id,
    text::{CountryCode, PhoneNumber},
};

pub type CustomerId = Id<Customer>;

// Events from before there was more than a name and a number are still read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: CustomerId,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Users with a username may keep theirs to themselves. No two customers have the same.
    pub phone_number: Option<PhoneNumber>,
    /// Under which the customer is known besides, as customers are who were merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_phone_numbers: Vec<PhoneNumber>,
    #[serde(default)]
    pub email: Option<EmailAddress>,
    #[serde(default)]
    pub company: Option<String>,
    #[serde(default)]
    pub address: Option<String>,
    #[serde(default)]
    pub city: Option<String>,
    #[serde(default)]
    pub state: Option<String>,
    #[serde(default)]
    pub zip_code: Option<String>,
    #[serde(default)]
    pub country: Option<CountryCode>,
    /// In alphabetical order.
    #[serde(default)]
    pub tags: Vec<Label>,
    #[serde(default)]
    pub stage: Stage,
    /// Whose customer it is in the team.
    #[serde(default)]
    pub owner_id: Option<UserId>,
    #[serde(default)]
    pub birthday: Option<NaiveDate>,
    #[serde(default)]
    pub notes: Option<String>,
    /// Those of fields that are no more mean nothing.
    #[serde(default)]
    pub custom_fields: BTreeMap<CustomerFieldId, FieldValue>,
    pub marketing_consent: MarketingConsent,
    /// When the customer last wrote.
    #[serde(default)]
    pub last_seen_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes of what people decide on, from 1.
    #[serde(default = "first_version")]
    pub version: i64,
}

fn first_version() -> i64 {
    1
}

/// How far somebody has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    #[default]
    Lead,
    Customer,
    Inactive,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::Lead, Self::Customer, Self::Inactive];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Customer => "customer",
            Self::Inactive => "inactive",
        }
    }
}

impl Customer {
    pub const MAX_TAGS: usize = 50;
    /// In characters.
    pub const MAX_NOTES: usize = 10_000;

    /// Somebody of whom nothing is known yet.
    pub fn unknown(now: DateTime<Utc>) -> Self {
        Self {
            id: Id::generate(),
            first_name: None,
            last_name: None,
            phone_number: None,
            other_phone_numbers: Vec::new(),
            email: None,
            company: None,
            address: None,
            city: None,
            state: None,
            zip_code: None,
            country: None,
            tags: Vec::new(),
            stage: Stage::default(),
            owner_id: None,
            birthday: None,
            notes: None,
            custom_fields: BTreeMap::new(),
            marketing_consent: MarketingConsent::Unknown,
            last_seen_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// The customer that a stranger becomes who writes under this profile name.
    pub fn from_profile(
        name: Option<&str>,
        phone_number: Option<PhoneNumber>,
        now: DateTime<Utc>,
    ) -> Self {
        let (first_name, last_name) = Self::names_in(name);
        Self {
            first_name,
            last_name,
            phone_number,
            ..Self::unknown(now)
        }
    }

    /// The first and the last name in a profile name.
    pub fn names_in(profile: Option<&str>) -> (Option<String>, Option<String>) {
        let name = profile.map(str::trim).filter(|name| !name.is_empty());
        let (first, last) = match name.and_then(|name| name.split_once(' ')) {
            Some((first, last)) => (Some(first), Some(last.trim())),
            None => (name, None),
        };
        (first.map(str::to_owned), last.map(str::to_owned))
    }

    /// Whether there is anything to know the customer by.
    pub fn is_recognizable(&self) -> bool {
        self.first_name.is_some()
            || self.last_name.is_some()
            || self.company.is_some()
            || self.phone_number.is_some()
            || self.email.is_some()
    }
}
