use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::variant_of;
use crate::{customers::CustomerId, id::Id, text::PhoneNumber};

pub type ContactId = Id<Contact>;

/// A person on WhatsApp, with whatever Meta tells of who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub customer_id: CustomerId,
    /// The name of the WhatsApp profile.
    pub name: Option<String>,
    /// Digits with country code, as Meta writes it; absent for users who hide it.
    pub wa_id: Option<String>,
    /// The business-scoped user id (BSUID). Source: cloud API 5.4.
    pub user_id: Option<String>,
    pub username: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Contact {
    pub fn phone_number(&self) -> Option<PhoneNumber> {
        self.wa_id
            .as_deref()
            .and_then(|wa_id| PhoneNumber::from_wa_id(wa_id).ok())
    }
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
