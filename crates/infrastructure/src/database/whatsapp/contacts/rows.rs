use domain::{
    store::StoreError,
    whatsapp::{Blocked, Contact, ContactId, Identity, Undeliverable},
};
use sea_orm::ActiveValue::{NotSet, Set};

use crate::database::{
    entities::{contact, contact_identity},
    text::{folded_name, parse},
};

/// Each identity once, in an order that is the same for everyone: who waits for another's
/// row never waits in a circle.
pub(super) fn identity_rows(
    id: ContactId,
    identities: &[Identity],
) -> Vec<contact_identity::ActiveModel> {
    let identities = Identity::with_variants(identities);
    let mut keys: Vec<_> = identities
        .iter()
        .map(|identity| (identity.kind.as_str(), &identity.value))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .map(|(kind, value)| contact_identity::ActiveModel {
            organization_id: NotSet,
            kind: Set(kind.to_owned()),
            value: Set(value.clone()),
            contact_id: Set(id.uuid()),
        })
        .collect()
}

impl TryFrom<contact_identity::Model> for Identity {
    type Error = StoreError;

    fn try_from(row: contact_identity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            kind: parse(&row.kind)?,
            value: row.value,
        })
    }
}

/// All of a contact but what the phone's address book calls it, and what is changed by itself.
pub(super) fn row(contact: &Contact) -> contact::ActiveModel {
    contact::ActiveModel {
        organization_id: NotSet,
        id: Set(contact.id.uuid()),
        // Changed by itself.
        customer_id: NotSet,
        name: Set(contact.name.clone()),
        folded_name: Set(folded_name(&[contact.name.as_deref()])),
        wa_id: Set(contact.wa_id.clone()),
        user_id: Set(contact.user_id.clone()),
        username: Set(contact.username.clone()),
        address_book_name: NotSet,
        address_book_at: NotSet,
        // Changed by themselves.
        blocked_at: NotSet,
        blocked_by: NotSet,
        undeliverable_at: NotSet,
        undeliverable_reason: NotSet,
        created_at: Set(contact.created_at),
        updated_at: Set(contact.updated_at),
        erased_at: NotSet,
    }
}

impl TryFrom<contact::Model> for Contact {
    type Error = StoreError;

    fn try_from(row: contact::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            customer_id: row.customer_id.map(Into::into),
            name: row.name,
            wa_id: row.wa_id,
            user_id: row.user_id,
            username: row.username,
            blocked: row
                .blocked_at
                .zip(row.blocked_by)
                .map(|(at, by)| Blocked { at, by: by.into() }),
            undeliverable: row
                .undeliverable_at
                .zip(row.undeliverable_reason)
                .map(|(at, reason)| Undeliverable { at, reason }),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
