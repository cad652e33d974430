use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::latest_consent;
use crate::{
    chats::Label,
    customers::{Consent, Customer, MarketingConsent, phone_key},
    id::Id,
    text::PhoneNumber,
    whatsapp::{Contact, ContactId},
};

/// What leads back from a merge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergeUndo {
    /// Who stayed, as they were before.
    pub customer: Customer,
    /// Who stayed, as the merge left them.
    pub merged: Customer,
    pub other: Customer,
    /// The other's.
    pub contacts: Vec<ContactId>,
    /// The other's.
    pub consents: Vec<Consent>,
}

/// Two customers as they are when their merge is undone.
#[derive(Clone, Debug, PartialEq)]
pub struct Apart {
    pub customer: Customer,
    pub other: Customer,
    /// All that the other has said of marketing.
    pub other_consents: Vec<Consent>,
}

impl MergeUndo {
    /// The two apart again. What was changed since of who stayed is left as it is; `consents`
    /// is what they have said of marketing until now.
    pub fn apart(&self, now: &Customer, consents: &[Consent]) -> Apart {
        let (mut customer, mut other) = (self.without_other(now), self.other.clone());
        let is_others = |consent: &Consent| self.consents.iter().any(|it| it.id == consent.id);
        let (_, left): (Vec<_>, Vec<_>) = consents.iter().cloned().partition(is_others);
        // What was said since is the customer's. But nobody knows any more which of the two
        // wanted no marketing: it holds for both.
        let since = left.iter().filter(|consent| {
            consent.state == MarketingConsent::OptedOut
                && consent.occurred_at >= self.merged.updated_at
        });
        let since = since.map(|consent| Consent {
            id: Id::generate(),
            customer_id: other.id,
            ..consent.clone()
        });
        let other_consents: Vec<_> = self.consents.iter().cloned().chain(since).collect();
        let before = self.customer.marketing_consent;
        customer.marketing_consent = latest_consent(&left).unwrap_or(before);
        let before = self.other.marketing_consent;
        other.marketing_consent = latest_consent(&other_consents).unwrap_or(before);
        Apart {
            customer,
            other,
            other_consents,
        }
    }

    fn without_other(&self, now: &Customer) -> Customer {
        let mut customer = now.clone();
        let (mut merged, mut before) = (self.merged.clone(), self.customer.clone());
        let three = &mut [&mut customer, &mut merged, &mut before];
        give_back(|it| &mut it.first_name, three);
        give_back(|it| &mut it.last_name, three);
        give_back(|it| &mut it.email, three);
        give_back(|it| &mut it.company, three);
        give_back(|it| &mut it.address, three);
        give_back(|it| &mut it.city, three);
        give_back(|it| &mut it.state, three);
        give_back(|it| &mut it.zip_code, three);
        give_back(|it| &mut it.country, three);
        give_back(|it| &mut it.stage, three);
        give_back(|it| &mut it.owner_id, three);
        give_back(|it| &mut it.birthday, three);
        give_back(|it| &mut it.notes, three);
        give_back(|it| &mut it.last_seen_at, three);
        give_back(|it| &mut it.created_at, three);
        let of = |tags: &[Label]| tags.iter().map(Label::key).collect::<BTreeSet<_>>();
        let (merged, before) = (&self.merged, &self.customer);
        let added = &of(&merged.tags) - &of(&before.tags);
        customer.tags.retain(|tag| !added.contains(&tag.key()));
        customer.custom_fields.retain(|id, value| {
            before.custom_fields.contains_key(id) || merged.custom_fields.get(id) != Some(value)
        });
        let keys = |of: &Customer| {
            of.all_numbers()
                .iter()
                .map(phone_key)
                .collect::<BTreeSet<_>>()
        };
        let theirs = &keys(&self.other) - &keys(before);
        let is_ours = |number: &PhoneNumber| !theirs.contains(&phone_key(number));
        let numbers = customer.all_numbers().into_iter();
        customer.put_numbers(numbers.filter(is_ours).collect());
        customer
    }

    /// Which of the contacts that the customer has now are the other's: those that were, and
    /// those that were made since for the other's numbers.
    pub fn contacts_of_other(&self, now: Vec<Contact>) -> Vec<Contact> {
        let numbers = self.other.all_numbers();
        let keys: BTreeSet<_> = numbers.iter().map(phone_key).collect();
        let is_new = |contact: &Contact| contact.created_at >= self.merged.updated_at;
        let has_number = |contact: &Contact| {
            let number = contact.phone_number();
            number.is_some_and(|number| keys.contains(&phone_key(&number)))
        };
        let is_theirs = |contact: &Contact| {
            self.contacts.contains(&contact.id) || is_new(contact) && has_number(contact)
        };
        now.into_iter().filter(is_theirs).collect()
    }
}

/// Gives a field back unless it was changed since the merge.
fn give_back<T: Clone + PartialEq>(
    field: impl Fn(&mut Customer) -> &mut T,
    [now, merged, before]: &mut [&mut Customer; 3],
) {
    if *field(now) == *field(merged) {
        field(now).clone_from(field(before));
    }
}
