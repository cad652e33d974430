//! A chunk of rows, worked out in memory between a fixed number of statements.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    customers::{Consent, ConsentSource, Customer, MarketingConsent, phone_key},
    id::Id,
    imports::{Change, ChangeKind, Import, ImportCounts, OnDuplicate, RowError},
    store::{StoreError, UnitOfWork},
    text::CountryCode,
};
use serde_json::{Value, json};

use super::{customer_row::CustomerRow, sheet::Record};
use crate::Error;

/// What the rows of a chunk say.
pub(super) struct Chunk {
    rows: Vec<CustomerRow>,
    errors: Vec<RowError>,
    counts: ImportCounts,
}

/// Somebody whom rows of this chunk are about.
struct Person {
    customer: Customer,
    /// As the database has it; none if it does not.
    before: Option<Customer>,
    /// The first row that did something.
    row: u64,
    is_touched: bool,
    /// What this import did in earlier chunks.
    earlier: Option<Change>,
    consents: Vec<Consent>,
}

impl Chunk {
    /// Reads records, of which the first stands in this row of the table.
    pub(super) fn read(
        import: &Import,
        records: &[Record],
        first_row: u64,
        country: Option<&CountryCode>,
    ) -> Self {
        let mut chunk = Self {
            rows: Vec::with_capacity(records.len()),
            errors: Vec::new(),
            counts: ImportCounts {
                rows: records.len() as u64,
                ..ImportCounts::default()
            },
        };
        for (row, record) in (first_row..).zip(records) {
            match CustomerRow::read(row, record, &import.details.columns, country) {
                None => {}
                Some(Ok(row)) => chunk.rows.push(row),
                Some(Err(errors)) => {
                    chunk.counts.failed += 1;
                    chunk.errors.extend(errors);
                }
            }
        }
        chunk
    }

    /// Does the rows and stores their errors. Answers what became of them.
    pub(super) async fn apply(
        mut self,
        uow: &dyn UnitOfWork,
        import: &Import,
        now: DateTime<Utc>,
    ) -> Result<ImportCounts, Error> {
        let mut people = self.find_people(uow, import).await?;
        for row in &self.rows {
            if let Some(person) = people.get_mut(&phone_key(&row.phone_number)) {
                meet(&mut self.counts, person, row, import, now);
            } else {
                let person = Person::create(row, import, now);
                people.insert(phone_key(&row.phone_number), person);
                self.counts.created += 1;
            }
        }
        store(uow, import, people).await?;
        uow.imports().insert_errors(import.id, &self.errors).await?;
        Ok(self.counts)
    }

    /// Those who are there already, by their numbers.
    async fn find_people(
        &self,
        uow: &dyn UnitOfWork,
        import: &Import,
    ) -> Result<HashMap<String, Person>, Error> {
        let mut numbers: Vec<_> = self.rows.iter().map(|row| &row.phone_number).collect();
        numbers.sort();
        numbers.dedup();
        let keys: Vec<_> = numbers.iter().map(|number| phone_key(number)).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let changes = uow.imports().changes_of(import.id, &keys).await?;
        let mut changes: HashMap<_, _> = changes
            .into_iter()
            .map(|change| (change.subject_id, change))
            .collect();
        let numbers: Vec<_> = numbers.into_iter().cloned().collect();
        let known = uow
            .imported_customers()
            .lock_by_phone_numbers(&numbers)
            .await?;
        let mut people = HashMap::new();
        for customer in known {
            let earlier = changes.remove(&customer.id.uuid());
            let person = Person::known(customer, earlier, import)?;
            if let Some(key) = person.customer.phone_number.as_ref().map(phone_key) {
                // If several have the number, the oldest is meant.
                people.entry(key).or_insert(person);
            }
        }
        if import.details.options.dry_run {
            // Those whom earlier chunks would have made.
            for change in changes.into_values() {
                let person = Person::imagined(change)?;
                if let Some(key) = person.customer.phone_number.as_ref().map(phone_key) {
                    people.entry(key).or_insert(person);
                }
            }
        }
        Ok(people)
    }
}

/// A row about somebody who is there already.
fn meet(
    counts: &mut ImportCounts,
    person: &mut Person,
    row: &CustomerRow,
    import: &Import,
    now: DateTime<Utc>,
) {
    let as_it_was = person.customer.clone();
    if import.details.options.on_duplicate == OnDuplicate::Update {
        row.apply_to(&mut person.customer);
    }
    if person.customer == as_it_was {
        counts.skipped += 1;
        return;
    }
    counts.updated += 1;
    person.customer.updated_at = now;
    if !person.is_touched {
        person.customer.version += 1;
    }
    person.touch(row, as_it_was.marketing_consent, import, now);
}

impl Person {
    fn create(row: &CustomerRow, import: &Import, now: DateTime<Utc>) -> Self {
        let number = Some(row.phone_number.clone());
        let mut customer = Customer::from_profile(None, number, now);
        row.apply_to(&mut customer);
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
    fn known(customer: Customer, earlier: Option<Change>, import: &Import) -> Result<Self, Error> {
        let would_be = match &earlier {
            Some(change) if import.details.options.dry_run => customer_of(&change.after)?,
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
            before: None,
            row: change.row,
            is_touched: false,
            earlier: Some(change),
            consents: Vec::new(),
        })
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

    /// Whether somebody else has changed it since this import did: then what it did cannot be
    /// undone any more, and must not look as if it could.
    fn is_anothers(&self) -> Result<bool, Error> {
        let (Some(earlier), Some(before)) = (&self.earlier, &self.before) else {
            return Ok(false);
        };
        Ok(earlier.after != value_of(before)?)
    }

    fn change(&self) -> Result<Change, Error> {
        let number = self.customer.phone_number.as_ref();
        Ok(Change {
            subject_id: self.customer.id.uuid(),
            key: number.map(phone_key).unwrap_or_default(),
            row: self.row,
            kind: match self.before {
                Some(_) => ChangeKind::Updated,
                None => ChangeKind::Created,
            },
            before: self.before.as_ref().map(value_of).transpose()?,
            after: value_of(&self.customer)?,
        })
    }
}

async fn store(
    uow: &dyn UnitOfWork,
    import: &Import,
    people: HashMap<String, Person>,
) -> Result<(), Error> {
    let is_dry = import.details.options.dry_run;
    let mut touched: Vec<_> = people.into_values().filter(|one| one.is_touched).collect();
    // In the order of the rows, so that lists show them so.
    touched.sort_by_key(|person| person.customer.id);
    let mut changes = Vec::with_capacity(touched.len());
    for person in &touched {
        // A dry run only remembers what would be.
        if is_dry || !person.is_anothers()? {
            changes.push(person.change()?);
        }
    }
    uow.imports().keep_changes(import.id, &changes).await?;
    if is_dry {
        return Ok(());
    }
    let (mut created, mut updated, mut consents) = (Vec::new(), Vec::new(), Vec::new());
    for person in touched {
        match person.before {
            None => created.push(person.customer),
            Some(_) => updated.push(person.customer),
        }
        consents.extend(person.consents);
    }
    let customers = uow.imported_customers();
    customers.insert_all(&created).await?;
    customers.update_all(&updated).await?;
    customers.insert_consents(&consents).await?;
    Ok(())
}

pub(super) fn value_of(customer: &Customer) -> Result<Value, Error> {
    serde_json::to_value(customer).map_err(Error::internal)
}

pub(super) fn customer_of(value: &Value) -> Result<Customer, Error> {
    serde_json::from_value(value.clone())
        .map_err(|error| StoreError::Broken(Box::new(error)).into())
}
