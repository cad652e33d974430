use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    customers::{Consent, ConsentSource, Customer, CustomerId},
    event::Event,
    id::Id,
    imports::{Change, Import, ImportId, ImportStatus, RowError, UndoOutcome},
    job::Outcome,
    organizations::OrganizationId,
    store::UnitOfWork,
};
use serde_json::json;

use super::{
    Imports,
    people::{customer_of, value_of},
};
use crate::Error;

/// Changes that are taken back in one commit.
const CHUNK: u32 = 500;
/// Chunks after which other jobs, and a stop of the program, have their turn.
const CHUNKS_PER_RUN: usize = 20;

/// What is to become of some changes.
#[derive(Default)]
struct Plan {
    /// Those whom the import has made.
    to_remove: Vec<CustomerId>,
    /// As they were before.
    to_restore: Vec<Customer>,
    consents: Vec<Consent>,
    changed_since: BTreeSet<CustomerId>,
}

impl Imports {
    /// Takes back the next changes of an import.
    #[tracing::instrument(skip_all, fields(import.id = %id))]
    pub async fn run_undo(
        &self,
        organization_id: OrganizationId,
        id: ImportId,
    ) -> Result<Outcome, Error> {
        for _ in 0..CHUNKS_PER_RUN {
            let now = self.ports.clock.now();
            let uow = self.ports.store.begin(organization_id).await?;
            let import = uow.imports().lock(id).await?;
            let undoing = |import: &Import| import.status == ImportStatus::Undoing;
            let Some(mut import) = import.filter(undoing) else {
                return Ok(Outcome::Done);
            };
            let changes = uow.imports().changes_to_undo(id, CHUNK).await?;
            let is_end = changes.len() < CHUNK as usize;
            undo(uow.as_ref(), &mut import, &changes, now).await?;
            if is_end {
                import.finish_undo(now);
            }
            uow.imports().update(&import).await?;
            let progress = import.progress();
            uow.record(Event::ImportProgressed { progress });
            uow.commit().await?;
            if is_end {
                return Ok(Outcome::Done);
            }
        }
        Ok(Outcome::Postpone {
            until: self.ports.clock.now(),
        })
    }
}

async fn undo(
    uow: &dyn UnitOfWork,
    import: &mut Import,
    changes: &[Change],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let customers = uow.imported_customers();
    let ids: Vec<CustomerId> = changes
        .iter()
        .map(|change| change.subject_id.into())
        .collect();
    let present = customers.lock_by_ids(&ids).await?;
    let plan = Plan::of(import.id, changes, present, now)?;
    customers.update_all(&plan.to_restore).await?;
    customers.insert_consents(&plan.consents).await?;
    let used: BTreeSet<_> = customers
        .remove_unused(&plan.to_remove)
        .await?
        .into_iter()
        .collect();
    let outcome_of = |change: &Change| {
        let id = change.subject_id.into();
        if plan.changed_since.contains(&id) {
            UndoOutcome::ChangedSince
        } else if used.contains(&id) {
            UndoOutcome::UsedSince
        } else {
            UndoOutcome::Undone
        }
    };
    let mut errors = Vec::new();
    for outcome in [
        UndoOutcome::Undone,
        UndoOutcome::ChangedSince,
        UndoOutcome::UsedSince,
    ] {
        let these = changes
            .iter()
            .filter(|change| outcome_of(change) == outcome);
        let subjects: Vec<_> = these.clone().map(|change| change.subject_id).collect();
        uow.imports()
            .settle_changes(import.id, &subjects, outcome)
            .await?;
        match outcome {
            UndoOutcome::Undone => import.undone += subjects.len() as u64,
            UndoOutcome::ChangedSince | UndoOutcome::UsedSince => {
                import.kept += subjects.len() as u64;
                errors.extend(these.map(|change| kept(change, outcome)));
            }
        }
    }
    uow.imports().insert_errors(import.id, &errors).await?;
    Ok(())
}

/// Tells those who asked for it what stays.
fn kept(change: &Change, outcome: UndoOutcome) -> RowError {
    let detail = match outcome {
        UndoOutcome::ChangedSince => "was not undone, as somebody has changed it since",
        UndoOutcome::UsedSince | UndoOutcome::Undone => {
            "was not undone, as there is something with this customer since"
        }
    };
    RowError {
        row: change.row,
        column: None,
        code: outcome.as_str().to_owned(),
        detail: detail.to_owned(),
    }
}

impl Plan {
    fn of(
        import_id: ImportId,
        changes: &[Change],
        present: Vec<Customer>,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let mut plan = Self::default();
        let mut present: HashMap<_, _> = present.into_iter().map(|one| (one.id, one)).collect();
        for change in changes {
            // Whoever is gone needs no undoing.
            let Some(customer) = present.remove(&change.subject_id.into()) else {
                continue;
            };
            if value_of(&customer)? != change.after {
                plan.changed_since.insert(customer.id);
            } else if let Some(before) = &change.before {
                let before = customer_of(before)?;
                plan.restore(import_id, &customer, before, now);
            } else {
                plan.to_remove.push(customer.id);
            }
        }
        Ok(plan)
    }

    fn restore(
        &mut self,
        import_id: ImportId,
        customer: &Customer,
        mut before: Customer,
        now: DateTime<Utc>,
    ) {
        if before.marketing_consent != customer.marketing_consent {
            // The history only grows: it tells of both.
            self.consents.push(Consent {
                id: Id::generate(),
                customer_id: before.id,
                state: before.marketing_consent,
                source: ConsentSource::Import,
                proof: json!({ "undoneImportId": import_id }),
                occurred_at: now,
            });
        }
        before.updated_at = now;
        before.version = customer.version + 1;
        self.to_restore.push(before);
    }
}
