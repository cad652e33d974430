use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Recipient, variant_of};
use crate::{auth::UserId, customers::CustomerId, id::Id, text::PhoneNumber};

pub type ContactId = Id<Contact>;

/// A person on WhatsApp, with whatever Meta tells of who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    /// None while the person is no customer.
    pub customer_id: Option<CustomerId>,
    /// The name of the WhatsApp profile.
    pub name: Option<String>,
    /// Digits with country code, as Meta writes it; absent for users who hide it.
    pub wa_id: Option<String>,
    /// The business-scoped user id (BSUID). Source: cloud API 5.4.
    pub user_id: Option<String>,
    /// May pass on to somebody else, so that nobody is known again by it.
    pub username: Option<String>,
    #[serde(default)]
    pub blocked: Option<Blocked>,
    #[serde(default)]
    pub undeliverable: Option<Undeliverable>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The organization wants to hear no more of somebody, and writes to them no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    pub at: DateTime<Utc>,
    pub by: UserId,
}

/// A message did not reach somebody, for a reason that holds for the next one, too. Ends with
/// the first sign that they are reached after all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undeliverable {
    pub at: DateTime<Utc>,
    /// In words for people.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ContactError {
    #[error("this person is blocked: end that before you write")]
    Blocked,
}

impl Contact {
    pub fn phone_number(&self) -> Option<PhoneNumber> {
        self.wa_id
            .as_deref()
            .and_then(|wa_id| PhoneNumber::from_wa_id(wa_id).ok())
    }

    /// By what Meta is told who is meant: the number, if it is known. None if all of its ids
    /// are another's by now.
    pub fn recipient(&self) -> Option<Recipient> {
        let phone = self.wa_id.clone().map(Recipient::Phone);
        phone.or_else(|| self.user_id.clone().map(Recipient::UserId))
    }

    pub fn check_may_be_written_to(&self) -> Result<(), ContactError> {
        match self.blocked {
            Some(_) => Err(ContactError::Blocked),
            None => Ok(()),
        }
    }

    /// What this contact and another are together, if the two ids that somebody has at the
    /// same time prove it: one is known by the one, one by the other. Who is known by yet
    /// another id may be somebody else: numbers find new owners.
    pub fn joined_with(&self, other: &Self, wa_id: &str, user_id: &str) -> Option<Self> {
        let only = |one: &Option<String>, another: &Option<String>| match (one, another) {
            (Some(_), Some(_)) => None,
            (one, another) => one.clone().or(another.clone()),
        };
        let (newer, older) = if other.updated_at > self.updated_at {
            (other, self)
        } else {
            (self, other)
        };
        let joined = Self {
            name: newer.name.clone().or(older.name.clone()),
            wa_id: only(&self.wa_id, &other.wa_id),
            user_id: only(&self.user_id, &other.user_id),
            username: newer.username.clone().or(older.username.clone()),
            blocked: self.blocked.or(other.blocked),
            customer_id: self.customer_id.or(other.customer_id),
            ..self.clone()
        };
        let known_as = joined.wa_id.as_deref()?;
        let is_number = known_as == wa_id || variant_of(wa_id).as_deref() == Some(known_as);
        (is_number && joined.user_id.as_deref() == Some(user_id)).then_some(joined)
    }
}

/// What the address book of the phone that a number also lives on calls somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressBookName {
    pub name: String,
    /// When it was written there.
    pub written_at: DateTime<Utc>,
}

/// One of the names under which Meta knows a person. Unique in the organization.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    pub kind: IdentityKind,
    pub value: String,
}

impl Identity {
    /// These, and after them the other ways in which their numbers are written.
    pub fn with_variants(identities: &[Self]) -> Vec<Self> {
        let variants = identities
            .iter()
            .filter(|identity| identity.kind == IdentityKind::WaId)
            .filter_map(|identity| variant_of(&identity.value))
            .map(|value| Self {
                kind: IdentityKind::WaId,
                value,
            });
        identities.iter().cloned().chain(variants).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    WaId,
    UserId,
    ParentUserId,
}

impl IdentityKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WaId => "wa_id",
            Self::UserId => "user_id",
            Self::ParentUserId => "parent_user_id",
        }
    }
}
