//! Two customers who turned out to be one person, and the way back.

#[cfg(test)]
mod tests;
mod undo;

use std::{cmp::max, collections::BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use super::{Attribute, Consent, Customer, CustomerId, MarketingConsent, Stage, phone_key};
use crate::{
    auth::UserId,
    chats::{ChatId, Label},
    id::Id,
    page::{Page, PageRequest},
    store::StoreError,
    text::PhoneNumber,
    whatsapp::{Contact, ContactId},
};

pub use undo::{Apart, MergeUndo};

pub type CustomerMergeId = Id<CustomerMerge>;

/// That one customer was made part of another.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerMerge {
    pub id: CustomerMergeId,
    /// Who stays.
    pub customer_id: CustomerId,
    /// Who is no more.
    pub other_id: CustomerId,
    pub merged_by: UserId,
    pub merged_at: DateTime<Utc>,
    pub undone_at: Option<DateTime<Utc>>,
    /// What leads back; none when it is undone or its time is over.
    pub undo: Option<MergeUndo>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MergeError {
    #[error("a customer cannot be merged with themselves")]
    SameCustomer,
    #[error(
        "together they have more than {} tags: take some away first",
        Customer::MAX_TAGS
    )]
    TooManyTags,
    #[error(
        "together their notes have more than {} characters: shorten them first",
        Customer::MAX_NOTES
    )]
    NotesTooLong,
    #[error("this merge was undone already")]
    Undone,
    #[error("a merge can be undone for {} days", CustomerMerge::UNDO_DAYS)]
    UndoExpired,
}

impl MergeError {
    pub fn code(self) -> &'static str {
        match self {
            Self::SameCustomer => "same_customer",
            Self::TooManyTags => "too_many_tags",
            Self::NotesTooLong => "notes_too_long",
            Self::Undone => "merge_undone",
            Self::UndoExpired => "undo_expired",
        }
    }
}

/// What two customers are as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    pub customer: Customer,
    pub conflicts: Vec<MergeConflict>,
}

/// Both had something else, of which a customer has one.
#[derive(Clone, Debug, PartialEq)]
pub struct MergeConflict {
    pub field: Attribute,
    /// What the customer who stays has; null for nothing.
    pub kept: Value,
    pub dropped: Value,
}

impl CustomerMerge {
    pub const UNDO_DAYS: i64 = 30;

    pub fn undo_until(&self) -> DateTime<Utc> {
        self.merged_at + Duration::days(Self::UNDO_DAYS)
    }

    /// What leads back, if it still does.
    pub fn way_back(&self, now: DateTime<Utc>) -> Result<&MergeUndo, MergeError> {
        if self.undone_at.is_some() {
            return Err(MergeError::Undone);
        }
        let undo = self.undo.as_ref().filter(|_| now < self.undo_until());
        undo.ok_or(MergeError::UndoExpired)
    }
}

impl Customer {
    /// What this customer is with all that another has: of what there is one of, this one's
    /// stays, and is taken from the other where there is none. `consents` is what both have
    /// said of marketing.
    pub fn merged_with(&self, other: &Self, consents: &[Consent]) -> Result<Merged, MergeError> {
        use Attribute::{
            Address, Birthday, City, Company, Country, Custom, Email, FirstName, LastName, OwnerId,
            State, ZipCode,
        };
        if self.id == other.id {
            return Err(MergeError::SameCustomer);
        }
        let mut customer = self.clone();
        let mut conflicts = Conflicts::default();
        // Half of one name or address with half of another is nobody's.
        let is_same = !differ(self.first_name.as_ref(), other.first_name.as_ref())
            && !differ(self.last_name.as_ref(), other.last_name.as_ref());
        let (mine, theirs) = (&mut customer, other);
        let mut name =
            |field, mine: &mut _, theirs| conflicts.fill_if(is_same, field, mine, theirs);
        name(FirstName, &mut mine.first_name, theirs.first_name.as_ref());
        name(LastName, &mut mine.last_name, theirs.last_name.as_ref());
        let is_same = !differ(self.address.as_ref(), other.address.as_ref())
            && !differ(self.city.as_ref(), other.city.as_ref())
            && !differ(self.state.as_ref(), other.state.as_ref())
            && !differ(self.zip_code.as_ref(), other.zip_code.as_ref())
            && !differ(self.country.as_ref(), other.country.as_ref());
        conflicts.fill_if(is_same, Country, &mut mine.country, theirs.country.as_ref());
        let mut part =
            |field, mine: &mut _, theirs| conflicts.fill_if(is_same, field, mine, theirs);
        part(Address, &mut mine.address, theirs.address.as_ref());
        part(City, &mut mine.city, theirs.city.as_ref());
        part(State, &mut mine.state, theirs.state.as_ref());
        part(ZipCode, &mut mine.zip_code, theirs.zip_code.as_ref());
        conflicts.fill(Email, &mut customer.email, other.email.as_ref());
        conflicts.fill(Company, &mut customer.company, other.company.as_ref());
        conflicts.fill(OwnerId, &mut customer.owner_id, other.owner_id.as_ref());
        conflicts.fill(Birthday, &mut customer.birthday, other.birthday.as_ref());
        for (id, value) in &other.custom_fields {
            let mut mine = customer.custom_fields.get(id).cloned();
            conflicts.fill(Custom(*id), &mut mine, Some(value));
            customer.custom_fields.extend(mine.map(|mine| (*id, mine)));
        }
        if other.stage == Stage::Customer {
            // Whoever has bought has bought.
            customer.stage = Stage::Customer;
        } else if other.stage == Stage::Inactive && self.stage == Stage::Lead {
            conflicts.add(Attribute::Stage, &self.stage, &other.stage);
        }
        customer.tags = united(&self.tags, &other.tags)?;
        customer.notes = joined(self.notes.as_deref(), other.notes.as_deref())?;
        let mut numbers = self.all_numbers();
        numbers.extend(other.all_numbers());
        customer.put_numbers(numbers);
        customer.marketing_consent = consent_of([self, other], consents);
        customer.last_seen_at = max(self.last_seen_at, other.last_seen_at);
        customer.created_at = self.created_at.min(other.created_at);
        Ok(Merged {
            customer,
            conflicts: conflicts.0,
        })
    }

    /// The number by which the customer is known first, and the others after it.
    pub fn all_numbers(&self) -> Vec<PhoneNumber> {
        let others = self.other_phone_numbers.iter();
        self.phone_number.iter().chain(others).cloned().collect()
    }

    /// These are the customer's numbers from now on, the first of them before the others.
    fn put_numbers(&mut self, numbers: Vec<PhoneNumber>) {
        let mut keys = BTreeSet::new();
        let mut numbers = numbers
            .into_iter()
            .filter(|number| keys.insert(phone_key(number)));
        self.phone_number = numbers.next();
        self.other_phone_numbers = numbers.collect();
    }
}

fn differ<T: PartialEq>(one: Option<&T>, another: Option<&T>) -> bool {
    one.is_some() && another.is_some() && one != another
}

#[derive(Default)]
struct Conflicts(Vec<MergeConflict>);

impl Conflicts {
    fn fill<T>(&mut self, field: Attribute, mine: &mut Option<T>, theirs: Option<&T>)
    where
        T: Clone + PartialEq + Serialize,
    {
        if mine.is_none() {
            *mine = theirs.cloned();
        } else if differ(mine.as_ref(), theirs) {
            self.add(field, mine, &theirs);
        }
    }

    /// As `fill`, but what is missing is taken from the other only if it may be.
    fn fill_if<T>(&mut self, may: bool, field: Attribute, mine: &mut Option<T>, theirs: Option<&T>)
    where
        T: Clone + PartialEq + Serialize,
    {
        if may {
            self.fill(field, mine, theirs);
        } else if theirs.is_some() && mine.as_ref() != theirs {
            self.add(field, mine, &theirs);
        }
    }

    fn add(&mut self, field: Attribute, kept: &impl Serialize, dropped: &impl Serialize) {
        // All of these are texts and numbers, which JSON can tell.
        let value = |it: serde_json::Result<Value>| it.unwrap_or_default();
        self.0.push(MergeConflict {
            field,
            kept: value(serde_json::to_value(kept)),
            dropped: value(serde_json::to_value(dropped)),
        });
    }
}

/// All of them in alphabetical order, those that differ in case alone once.
fn united(tags: &[Label], others: &[Label]) -> Result<Vec<Label>, MergeError> {
    let mut keys: BTreeSet<_> = tags.iter().map(Label::key).collect();
    let new = others.iter().filter(|tag| keys.insert(tag.key()));
    let mut all: Vec<_> = tags.iter().chain(new).cloned().collect();
    all.sort_by_key(Label::key);
    if all.len() > Customer::MAX_TAGS {
        return Err(MergeError::TooManyTags);
    }
    Ok(all)
}

fn joined(notes: Option<&str>, others: Option<&str>) -> Result<Option<String>, MergeError> {
    let (Some(notes), Some(others)) = (notes, others) else {
        return Ok(notes.or(others).map(str::to_owned));
    };
    if notes == others {
        return Ok(Some(notes.to_owned()));
    }
    let both = format!("{notes}\n\n{others}");
    if both.chars().count() > Customer::MAX_NOTES {
        return Err(MergeError::NotesTooLong);
    }
    Ok(Some(both))
}

/// The newest word counts and, of two at the same time, that which stops marketing. Who wanted
/// none before words were kept wants none.
fn consent_of(customers: [&Customer; 2], consents: &[Consent]) -> MarketingConsent {
    use MarketingConsent::{OptedOut, Unknown};
    let is_kept = |customer: &Customer| consents.iter().any(|one| one.customer_id == customer.id);
    let unkept = customers
        .iter()
        .filter(|customer| !is_kept(customer))
        .map(|customer| customer.marketing_consent);
    let newest = latest_consent(consents);
    let mut states = unkept.chain(newest);
    let first = states.next().unwrap_or(Unknown);
    states.fold(first, |one, another| match (one, another) {
        (OptedOut, _) | (_, OptedOut) => OptedOut,
        (Unknown, known) | (known, _) => known,
    })
}

/// What of these counts: the newest and, of several at the same time, that which stops
/// marketing.
pub(super) fn latest_consent(consents: &[Consent]) -> Option<MarketingConsent> {
    let strictness = |consent: &Consent| consent.state == MarketingConsent::OptedOut;
    let latest = consents
        .iter()
        .max_by_key(|consent| (consent.occurred_at, strictness(consent), consent.id));
    latest.map(|consent| consent.state)
}

/// What goes with a customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Belongings {
    /// First known first.
    pub contacts: Vec<Contact>,
    pub chats: Vec<ChatId>,
    /// Oldest first.
    pub consents: Vec<Consent>,
}

#[async_trait]
pub trait CustomerMergeRepository: Send + Sync {
    /// Those of these customers who are there, in no order. Until this unit of work ends,
    /// nobody else changes them, or adds to what they have.
    async fn lock(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError>;

    async fn belongings(&self, id: CustomerId) -> Result<Belongings, StoreError>;

    /// Stores the merge: the other is no more and all that was theirs is the customer's, who
    /// is now as `customer` says, as the version after `customer.version`.
    async fn insert(&self, merge: &CustomerMerge, customer: &Customer) -> Result<(), StoreError>;

    /// The merge into this customer, which nobody else changes before this unit of work ends.
    async fn lock_merge(
        &self,
        customer_id: CustomerId,
        id: CustomerMergeId,
    ) -> Result<Option<CustomerMerge>, StoreError>;

    /// The merges into this customer, newest first.
    async fn list(
        &self,
        customer_id: CustomerId,
        page: PageRequest,
    ) -> Result<Page<CustomerMerge>, StoreError>;

    async fn count(&self, customer_id: CustomerId) -> Result<u64, StoreError>;

    /// Stores that the merge is undone: the other is there again with these contacts and their
    /// chats, and the customer is as `apart` says, as the version after theirs. False if
    /// another customer has one of the other's numbers; then the unit of work must be given up.
    async fn take_back(
        &self,
        merge: &CustomerMerge,
        apart: &Apart,
        contacts: &[ContactId],
    ) -> Result<bool, StoreError>;

    /// Nothing leads back any more.
    async fn forget(&self, id: CustomerMergeId) -> Result<(), StoreError>;
}
