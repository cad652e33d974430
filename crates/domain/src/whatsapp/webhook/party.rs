use serde_json::Value;

use super::read;
use crate::whatsapp::{Identity, IdentityKind};

/// A person, with whatever a delivery tells of who it is. Has at least one identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// Digits with country code; absent for users who hide it.
    pub wa_id: Option<String>,
    /// The business-scoped user id (BSUID). Source: cloud API 5.4.
    pub user_id: Option<String>,
    pub parent_user_id: Option<String>,
    /// The name of the WhatsApp profile.
    pub name: Option<String>,
    pub username: Option<String>,
}

impl Party {
    /// The surest first: a phone number may pass on to another person, a user id does not.
    pub fn identities(&self) -> Vec<Identity> {
        identities(
            self.user_id.as_deref(),
            self.wa_id.as_deref(),
            self.parent_user_id.as_deref(),
        )
    }

    /// With what another source tells of the same person, where this one tells nothing.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            wa_id: self.wa_id.or_else(|| other.wa_id.clone()),
            user_id: self.user_id.or_else(|| other.user_id.clone()),
            parent_user_id: self.parent_user_id.or_else(|| other.parent_user_id.clone()),
            name: self.name.or_else(|| other.name.clone()),
            username: self.username.or_else(|| other.username.clone()),
        }
    }

    /// Reads the ids under these names: phone, user id, parent user id.
    pub(super) fn read(object: &Value, names: [&str; 3]) -> Self {
        let [wa_id, user_id, parent_user_id] = names.map(|name| read::text(object, name));
        Self {
            wa_id: wa_id.map(|wa_id| digits(&wa_id)),
            user_id,
            parent_user_id,
            ..Self::default()
        }
    }

    /// Adds what the delivery's `contacts` tell of the same person. They are not in the
    /// order of the items, and need not concern them at all. None if this leaves nobody.
    pub(super) fn complete(self, contacts: &[Value]) -> Option<Self> {
        let known = contacts.iter().map(Self::of_contact);
        let nobody = self.identities().is_empty();
        let mut same = known.filter(|contact| nobody || self.is_same(contact));
        let contact = match (same.next(), same.next()) {
            (Some(contact), None) => contact,
            (Some(contact), Some(_)) if !nobody => contact,
            _ => Self::default(),
        };
        let party = self.or(&contact);
        (!party.identities().is_empty()).then_some(party)
    }

    fn of_contact(contact: &Value) -> Self {
        let profile = contact.get("profile").unwrap_or(&Value::Null);
        Self {
            name: read::text(profile, "name"),
            username: read::text(profile, "username").or_else(|| read::text(contact, "username")),
            ..Self::read(contact, ["wa_id", "user_id", "parent_user_id"])
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        let equal =
            |ours: &Option<String>, theirs: &Option<String>| ours.is_some() && ours == theirs;
        equal(&self.wa_id, &other.wa_id) || equal(&self.user_id, &other.user_id)
    }
}

pub(super) fn identities(
    user_id: Option<&str>,
    wa_id: Option<&str>,
    parent_user_id: Option<&str>,
) -> Vec<Identity> {
    [
        (IdentityKind::UserId, user_id),
        (IdentityKind::WaId, wa_id),
        (IdentityKind::ParentUserId, parent_user_id),
    ]
    .into_iter()
    .filter_map(|(kind, value)| {
        value.map(|value| Identity {
            kind,
            value: value.to_owned(),
        })
    })
    .collect()
}

fn digits(wa_id: &str) -> String {
    wa_id.trim().trim_start_matches('+').to_owned()
}
