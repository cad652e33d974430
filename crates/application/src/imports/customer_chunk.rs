//! A chunk of rows about customers, worked out in memory between a fixed number of statements.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    auth::{EmailAddress, UserId},
    imports::{CustomerField, Import, OnDuplicate},
    store::UnitOfWork,
};

use super::{
    cells::Fault,
    chunk::Tally,
    columns::Columns,
    customer_row::CustomerRow,
    people::{Found, People, Person},
    sheet::Record,
};
use crate::{
    Error,
    customers::{CustomerRules, may_own},
};

/// What the rows of a chunk say of customers.
pub(super) struct CustomerChunk {
    columns: Columns<CustomerField>,
    rows: Vec<CustomerRow>,
    tally: Tally,
}

impl CustomerChunk {
    /// Reads records, of which the first stands in this row of the table.
    pub(super) fn read(
        import: &Import,
        records: &[Record],
        first_row: u64,
        rules: &CustomerRules,
        now: DateTime<Utc>,
    ) -> Self {
        let columns = Columns::of(&import.details.columns);
        let (mut rows, mut tally) = (Vec::with_capacity(records.len()), Tally::of(records));
        for (row, record) in (first_row..).zip(records) {
            match CustomerRow::read(row, record, &columns, rules, now) {
                None => {}
                Some(Ok(row)) => rows.push(row),
                Some(Err(errors)) => tally.fail(errors),
            }
        }
        Self {
            columns,
            rows,
            tally,
        }
    }

    /// Does the rows. Answers what became of them.
    pub(super) async fn apply(
        mut self,
        uow: &dyn UnitOfWork,
        import: &Import,
        now: DateTime<Utc>,
    ) -> Result<Tally, Error> {
        self.find_owners(uow).await?;
        let mut people = People::load(uow, import, &self.rows).await?;
        for row in std::mem::take(&mut self.rows) {
            match people.find(&row) {
                Found::Nobody => {
                    people.add(Person::create(&row, import, now));
                    self.tally.counts.created += 1;
                }
                Found::One(place) => {
                    let person = people.get_mut(place);
                    let is_to_change = import.details.options.on_duplicate == OnDuplicate::Update;
                    if is_to_change && person.update(&row, import, now) {
                        people.index(place);
                        self.tally.counts.updated += 1;
                    } else {
                        self.tally.counts.skipped += 1;
                    }
                }
                Found::Several => {
                    let detail = "belongs to several customers: give the phone number as well";
                    let fault = ("ambiguous_email", detail.to_owned());
                    self.refuse(&row, &CustomerField::Email, fault);
                }
            }
        }
        store(uow, import, people).await?;
        Ok(self.tally)
    }

    /// Puts members in the place of their addresses. A row whose member is none fails.
    async fn find_owners(&mut self, uow: &dyn UnitOfWork) -> Result<(), Error> {
        let owners: HashMap<_, _> = self
            .rows
            .iter()
            .filter_map(|row| Some((row.owner.as_ref()?.as_str(), row.owner.clone()?)))
            .collect();
        if owners.is_empty() {
            return Ok(());
        }
        let emails: Vec<EmailAddress> = owners.into_values().collect();
        let members = uow.members().lock_by_emails(&emails).await?;
        let members = members.into_iter().filter(|one| may_own(&one.member));
        let members: BTreeMap<String, UserId> = members
            .map(|one| (one.email.into(), one.member.user_id))
            .collect();
        for mut row in std::mem::take(&mut self.rows) {
            let Some(email) = &row.owner else {
                self.rows.push(row);
                continue;
            };
            row.customer.owner_id = members.get(email.as_str()).copied();
            if row.customer.owner_id.is_some() {
                self.rows.push(row);
            } else {
                let detail = "is not the e-mail address of an active member";
                let fault = ("not_a_member", detail.to_owned());
                self.refuse(&row, &CustomerField::Owner, fault);
            }
        }
        Ok(())
    }

    fn refuse(&mut self, row: &CustomerRow, field: &CustomerField, fault: Fault) {
        let error = self.columns.refused(row.row, field, fault);
        self.tally.fail(vec![error]);
    }
}

async fn store(uow: &dyn UnitOfWork, import: &Import, people: People) -> Result<(), Error> {
    let is_dry = import.details.options.dry_run;
    let touched = people.into_touched();
    let mut changes = Vec::with_capacity(touched.len());
    for person in &touched {
        // A dry run only remembers what would be.
        if is_dry || !person.is_anothers()? {
            changes.push(person.change()?);
        }
    }
    uow.imports().keep_changes(import.id, &changes).await?;
    if is_dry {
        let of_person = |person: &Person| {
            let id = person.customer.id.uuid();
            person.keys().map(move |key| (key, id)).collect::<Vec<_>>()
        };
        let keys: Vec<_> = touched.iter().flat_map(of_person).collect();
        uow.imports().keep_keys(import.id, &keys).await?;
        return Ok(());
    }
    let history: Vec<_> = touched.iter().filter_map(|it| it.history(import)).collect();
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
    uow.customer_history().append(&history).await?;
    Ok(())
}
