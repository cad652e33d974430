//! A chunk of rows, worked out in memory between a fixed number of statements.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    auth::{EmailAddress, UserId},
    imports::{CustomerField, Import, ImportCounts, OnDuplicate, RowError},
    store::UnitOfWork,
};

use super::{
    customer_row::CustomerRow,
    people::{Found, People, Person},
    sheet::Record,
};
use crate::{
    Error,
    customers::{CustomerRules, may_own},
};

/// What the rows of a chunk say.
pub(super) struct Chunk {
    rows: Vec<CustomerRow>,
    errors: Vec<RowError>,
    counts: ImportCounts,
}

impl Chunk {
    /// Reads records, of which the first stands in this row of the table.
    pub(super) fn read(
        import: &Import,
        records: &[Record],
        first_row: u64,
        rules: &CustomerRules,
        now: DateTime<Utc>,
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
            match CustomerRow::read(row, record, &import.details.columns, rules, now) {
                None => {}
                Some(Ok(row)) => chunk.rows.push(row),
                Some(Err(errors)) => chunk.fail(errors),
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
        self.find_owners(uow, import).await?;
        let mut people = People::load(uow, import, &self.rows).await?;
        for row in std::mem::take(&mut self.rows) {
            match people.find(&row) {
                Found::Nobody => {
                    people.add(Person::create(&row, import, now));
                    self.counts.created += 1;
                }
                Found::One(place) => {
                    let person = people.get_mut(place);
                    let is_to_change = import.details.options.on_duplicate == OnDuplicate::Update;
                    if is_to_change && person.update(&row, import, now) {
                        people.index(place);
                        self.counts.updated += 1;
                    } else {
                        self.counts.skipped += 1;
                    }
                }
                Found::Several => {
                    let detail = "belongs to several customers: give the phone number as well";
                    let field = CustomerField::Email;
                    self.fail(vec![refused(
                        import,
                        &row,
                        &field,
                        "ambiguous_email",
                        detail,
                    )]);
                }
            }
        }
        store(uow, import, people).await?;
        // Those of one row stand together.
        self.errors.sort_by_key(|error| error.row);
        uow.imports().insert_errors(import.id, &self.errors).await?;
        Ok(self.counts)
    }

    /// Puts members in the place of their addresses. A row whose member is none fails.
    async fn find_owners(&mut self, uow: &dyn UnitOfWork, import: &Import) -> Result<(), Error> {
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
                let field = CustomerField::Owner;
                self.fail(vec![refused(import, &row, &field, "not_a_member", detail)]);
            }
        }
        Ok(())
    }

    fn fail(&mut self, errors: Vec<RowError>) {
        self.counts.failed += 1;
        self.errors.extend(errors);
    }
}

fn refused(
    import: &Import,
    row: &CustomerRow,
    field: &CustomerField,
    code: &str,
    detail: &str,
) -> RowError {
    let mut columns = import.details.columns.iter();
    let column = columns.find(|column| column.field.as_ref() == Some(field));
    RowError {
        row: row.row,
        column: column.map(|column| column.header.clone()),
        code: code.to_owned(),
        detail: detail.to_owned(),
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
