//! Whom the rows of a chunk are about.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    auth::EmailAddress,
    customers::{
        ChangeOrigin, Consent, ConsentSource, Customer, CustomerChange, MarketingConsent, phone_key,
    },
    id::Id,
    imports::{Change, ChangeKind, Import},
    store::{StoreError, UnitOfWork},
};
use serde_json::{Value, json};

use super::customer_row::CustomerRow;
use crate::Error;

/// Somebody whom rows of this chunk are about.
pub(super) struct Person {
    pub(super) customer: Customer,
    /// As the database has it; none if it does not.
    pub(super) before: Option<Customer>,
    /// The first row that did something.
    row: u64,
    pub(super) is_touched: bool,
    /// What this import did in earlier chunks.
    earlier: Option<Change>,
    pub(super) consents: Vec<Consent>,
}

/// All of them, with the ways to find them.
#[derive(Default)]
pub(super) struct People {
    all: Vec<Person>,
    by_phone: HashMap<String, usize>,
    by_email: HashMap<EmailAddress, BTreeSet<usize>>,
}

/// Whom a row is about.
pub(super) enum Found {
    Nobody,
    One(usize),
    /// All that the row has is an e-mail address which several have.
    Several,
}

impl People {
    /// Those who are there already, by their numbers and e-mail addresses.
    pub(super) async fn load(
        uow: &dyn UnitOfWork,
        import: &Import,
        rows: &[CustomerRow],
    ) -> Result<Self, Error> {
        let numbers: BTreeSet<_> = rows
            .iter()
            .filter_map(|row| row.customer.phone_number.clone())
            .collect();
        let emails: HashMap<_, _> = rows
            .iter()
            .filter_map(|row| row.customer.email.clone())
            .map(|email| (email.as_str().to_owned(), email))
            .collect();
        let keys = numbers.iter().map(phone_key).chain(emails.keys().cloned());
        let keys: Vec<_> = keys.collect();
        let numbers: Vec<_> = numbers.into_iter().collect();
        let emails: Vec<_> = emails.into_values().collect();
        let customers = uow.imported_customers();
        let mut known = customers.lock_by_phone_numbers(&numbers).await?;
        known.extend(customers.lock_by_emails(&emails).await?);
        let ids: Vec<_> = known.iter().map(|customer| customer.id.uuid()).collect();
        let mut earlier = uow.imports().changes_of(import.id, &ids).await?;
        let is_dry = import.details.options.dry_run;
        if is_dry {
            // Those whom earlier chunks would have made, or made known by other keys.
            let kept = uow.imports().find_keys(import.id, &keys).await?;
            let ids: Vec<_> = kept.into_iter().map(|(_, id)| id).collect();
            earlier.extend(uow.imports().changes_of(import.id, &ids).await?);
        }
        let mut earlier: HashMap<_, _> = earlier
            .into_iter()
            .map(|change| (change.subject_id, change))
            .collect();
        let mut people = Self::default();
        let mut seen = BTreeSet::new();
        for customer in known {
            if seen.insert(customer.id) {
                let earlier = earlier.remove(&customer.id.uuid());
                people.add(Person::known(customer, earlier, is_dry)?);
            }
        }
        if is_dry {
            for change in earlier.into_values() {
                people.add(Person::imagined(change)?);
            }
        }
        Ok(people)
    }

    /// By the number; else by the e-mail address, if no more than one has it. Two who have
    /// different numbers are two.
    pub(super) fn find(&self, row: &CustomerRow) -> Found {
        let said = &row.customer;
        let key = said.phone_number.as_ref().map(phone_key);
        if let Some(place) = key.and_then(|key| self.by_phone.get(&key)) {
            return Found::One(*place);
        }
        let Some(email) = &said.email else {
            return Found::Nobody;
        };
        let places = self.by_email.get(email).into_iter().flatten();
        let mut places = places.filter(|place| self.all[**place].has_email(email));
        match (places.next(), places.next()) {
            (Some(_), Some(_)) if said.phone_number.is_none() => Found::Several,
            (Some(place), None) => {
                let is_other =
                    said.phone_number.is_some() && self.all[*place].customer.phone_number.is_some();
                if is_other {
                    Found::Nobody
                } else {
                    Found::One(*place)
                }
            }
            _ => Found::Nobody,
        }
    }

    pub(super) fn add(&mut self, person: Person) {
        self.all.push(person);
        self.index(self.all.len() - 1);
    }

    pub(super) fn get_mut(&mut self, place: usize) -> &mut Person {
        &mut self.all[place]
    }

    /// Lets the person be found by what is known now.
    pub(super) fn index(&mut self, place: usize) {
        let customer = &self.all[place].customer;
        for number in &customer.all_numbers() {
            // If several have the number, the oldest is meant.
            self.by_phone.entry(phone_key(number)).or_insert(place);
        }
        if let Some(email) = &customer.email {
            self.by_email
                .entry(email.clone())
                .or_default()
                .insert(place);
        }
    }

    /// Those to whom something happened, in the order of their rows, so that lists show them
    /// so.
    pub(super) fn into_touched(self) -> Vec<Person> {
        let people = self.all.into_iter();
        let mut touched: Vec<_> = people.filter(|person| person.is_touched).collect();
        touched.sort_by_key(|person| person.customer.id);
        touched
    }
}

impl Person {
    pub(super) fn create(row: &CustomerRow, import: &Import, now: DateTime<Utc>) -> Self {
        let mut customer = Customer {
            created_at: now,
            updated_at: now,
            ..row.customer.clone()
        };
        customer.marketing_consent = row.consent.unwrap_or(MarketingConsent::Unknown);
        let mut person = Self {
            customer,
            before: None,
            row: row.row,
            is_touched: false,
            earlier: None,
            consents: Vec::new(),
        };
        person.touch(row, MarketingConsent::Unknown, import, now);
        person
    }

    /// One whom the database has. In a dry run, as the rows before would have left it.
    fn known(customer: Customer, earlier: Option<Change>, is_dry: bool) -> Result<Self, Error> {
        let would_be = match &earlier {
            Some(change) if is_dry => customer_of(&change.after)?,
            _ => customer.clone(),
        };
        Ok(Self {
            customer: would_be,
            before: Some(customer),
            row: 0,
            is_touched: false,
            earlier,
            consents: Vec::new(),
        })
    }

    fn imagined(change: Change) -> Result<Self, Error> {
        Ok(Self {
            customer: customer_of(&change.after)?,
            before: change.before.as_ref().map(customer_of).transpose()?,
            row: change.row,
            is_touched: false,
            earlier: Some(change),
            consents: Vec::new(),
        })
    }

    /// Changes the customer as the row says. False if the row says nothing new.
    pub(super) fn update(
        &mut self,
        row: &CustomerRow,
        import: &Import,
        now: DateTime<Utc>,
    ) -> bool {
        let as_it_was = self.customer.clone();
        row.apply_to(&mut self.customer);
        if self.customer == as_it_was {
            return false;
        }
        self.customer.updated_at = now;
        if !self.is_touched {
            self.customer.version += 1;
        }
        self.touch(row, as_it_was.marketing_consent, import, now);
        true
    }

    fn touch(
        &mut self,
        row: &CustomerRow,
        consent_before: MarketingConsent,
        import: &Import,
        now: DateTime<Utc>,
    ) {
        if !self.is_touched {
            self.row = row.row;
        }
        self.is_touched = true;
        if self.customer.marketing_consent != consent_before {
            // One entry for what the rows of a chunk say together.
            self.consents = vec![Consent {
                id: Id::generate(),
                customer_id: self.customer.id,
                state: self.customer.marketing_consent,
                source: ConsentSource::Import,
                proof: json!({
                    "importId": import.id,
                    "row": row.row,
                    "source": import.details.options.consent_source,
                }),
                occurred_at: now,
            }];
        }
    }

    fn has_email(&self, email: &EmailAddress) -> bool {
        self.customer.email.as_ref() == Some(email)
    }

    /// Whether somebody else has changed it since this import did: then what it did cannot be
    /// undone any more, and must not look as if it could.
    pub(super) fn is_anothers(&self) -> Result<bool, Error> {
        let (Some(earlier), Some(before)) = (&self.earlier, &self.before) else {
            return Ok(false);
        };
        Ok(earlier.after != value_of(before)?)
    }

    pub(super) fn change(&self) -> Result<Change, Error> {
        Ok(Change {
            subject_id: self.customer.id.uuid(),
            row: self.row,
            kind: match self.before {
                Some(_) => ChangeKind::Updated,
                None => ChangeKind::Created,
            },
            before: self.before.as_ref().map(value_of).transpose()?,
            after: value_of(&self.customer)?,
        })
    }

    /// What its history tells of it. What rows say of marketing has its own.
    pub(super) fn history(&self, import: &Import) -> Option<CustomerChange> {
        let (before, by) = (self.before.as_ref(), Some(import.created_by));
        let change = CustomerChange::between(before, &self.customer, ChangeOrigin::Import, by);
        (!change.values.is_empty()).then_some(change)
    }

    /// By what rows know it.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> {
        let number = self.customer.phone_number.as_ref().map(phone_key);
        let email = self.customer.email.as_ref();
        let email = email.map(|email| email.as_str().to_owned());
        number.into_iter().chain(email)
    }
}

/// A customer but for when it was seen, which no import changes.
pub(super) fn value_of(customer: &Customer) -> Result<Value, Error> {
    let unseen = Customer {
        last_seen_at: None,
        ..customer.clone()
    };
    serde_json::to_value(unseen).map_err(Error::internal)
}

pub(super) fn customer_of(value: &Value) -> Result<Customer, Error> {
    serde_json::from_value(value.clone())
        .map_err(|error| StoreError::Broken(Box::new(error)).into())
}
