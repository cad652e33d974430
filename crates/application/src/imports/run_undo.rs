use chrono::{DateTime, Utc};
use domain::{
    event::Event,
    imports::{Change, Import, ImportId, ImportKind, ImportStatus, RowError, UndoOutcome},
    job::Outcome,
    organizations::OrganizationId,
    store::UnitOfWork,
};

use super::{Imports, customer_undo::undo_customers, product_undo::undo_products};
use crate::Error;

/// Changes that are taken back in one commit. A product takes several statements.
fn changes_at_a_time(kind: ImportKind) -> u32 {
    match kind {
        ImportKind::Customers => 500,
        ImportKind::Products => 50,
    }
}

/// Chunks after which other jobs, and a stop of the program, have their turn.
const CHUNKS_PER_RUN: usize = 20;

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
            let limit = changes_at_a_time(import.kind);
            let changes = uow.imports().changes_to_undo(id, limit).await?;
            let is_end = changes.len() < limit as usize;
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
    let outcomes = match import.kind {
        ImportKind::Customers => undo_customers(uow, import.id, changes, now).await?,
        ImportKind::Products => undo_products(uow, import, changes, now).await?,
    };
    let outcome_of = |change: &Change| {
        let outcome = outcomes.get(&change.subject_id);
        outcome.copied().unwrap_or(UndoOutcome::Undone)
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
        UndoOutcome::UsedSince | UndoOutcome::Undone => "was not undone, as it is in use since",
    };
    RowError {
        row: change.row,
        column: None,
        code: outcome.as_str().to_owned(),
        detail: detail.to_owned(),
    }
}
