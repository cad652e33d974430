use std::sync::Arc;

use domain::{
    event::Event,
    imports::{Import, ImportCounts, ImportId, ImportKind},
    job::{Job, Outcome},
    organizations::OrganizationId,
    storage::StorageError,
    store::UnitOfWork,
};

use super::{
    Imports,
    chunk::{Chunk, Rules},
    sheet::{Record, Records, SheetError},
};
use crate::Error;

/// Rows that are done in one commit. A product takes several statements.
fn rows_at_a_time(kind: ImportKind) -> usize {
    match kind {
        ImportKind::Customers => 500,
        ImportKind::Products => 100,
    }
}

/// Chunks after which other jobs, and a stop of the program, have their turn.
const CHUNKS_PER_RUN: usize = 20;
/// The headers stand in the first row.
const FIRST_ROW: u64 = 2;

/// How a run ended, but for errors that may pass.
enum End {
    /// There is nothing to do any more.
    Over,
    /// There are more rows.
    More,
    /// The file is at fault.
    Failed(String),
}

impl Imports {
    /// Does the next rows of an import.
    #[tracing::instrument(skip_all, fields(import.id = %id))]
    pub async fn run_import(
        &self,
        organization_id: OrganizationId,
        id: ImportId,
        is_last_attempt: bool,
    ) -> Result<Outcome, Error> {
        let end = match self.do_rows(organization_id, id).await {
            Err(error) if is_last_attempt && !matches!(error, Error::Unavailable { .. }) => {
                let reason = "it was given up after several errors of ours";
                self.fail(organization_id, id, reason.into()).await?;
                return Err(error);
            }
            end => end?,
        };
        match end {
            End::Over => Ok(Outcome::Done),
            End::More => Ok(Outcome::Postpone {
                until: self.ports.clock.now(),
            }),
            End::Failed(reason) => {
                self.fail(organization_id, id, reason).await?;
                Ok(Outcome::Done)
            }
        }
    }

    async fn do_rows(&self, organization_id: OrganizationId, id: ImportId) -> Result<End, Error> {
        let Some((import, rules)) = self.begin(organization_id, id).await? else {
            return Ok(End::Over);
        };
        let content = match self.ports.storage.get(&import.file).await {
            Err(StorageError::NotFound) => return Ok(End::Failed("the file is gone".into())),
            content => content?,
        };
        let mut records = Records::new(content, import.details.layout);
        let mut done = import.counts.rows;
        if let Err(error) = go_to(&mut records, done).await {
            return of_sheet(error);
        }
        let (import, rules) = (Arc::new(import), Arc::new(rules));
        let limit = rows_at_a_time(import.kind);
        for _ in 0..CHUNKS_PER_RUN {
            let some = match records.take(limit).await {
                Ok(some) => some,
                Err(error) => return of_sheet(error),
            };
            let is_end = some.len() < limit;
            let count = some.len() as u64;
            let chunk = self.read(&import, &rules, some, FIRST_ROW + done).await?;
            let step = Step {
                done,
                bytes_read: records.bytes_read(),
                is_end,
            };
            if !self.commit(organization_id, id, chunk, step).await? || is_end {
                return Ok(End::Over);
            }
            done += count;
        }
        Ok(End::More)
    }

    /// The import and what the organization decides about its rows, unless there is nothing
    /// to do.
    async fn begin(
        &self,
        organization_id: OrganizationId,
        id: ImportId,
    ) -> Result<Option<(Import, Rules)>, Error> {
        let uow = self.ports.store.begin(organization_id).await?;
        let Some(mut import) = uow.imports().lock(id).await? else {
            return Ok(None);
        };
        if !import.start(self.ports.clock.now()) {
            return Ok(None);
        }
        let rules = Rules::load(uow.as_ref(), import.kind).await?;
        uow.imports().update(&import).await?;
        uow.commit().await?;
        Ok(Some((import, rules)))
    }

    /// On a thread of its own: the rules of phone numbers take their time.
    async fn read(
        &self,
        import: &Arc<Import>,
        rules: &Arc<Rules>,
        records: Vec<Record>,
        first_row: u64,
    ) -> Result<Chunk, Error> {
        let (import, rules) = (import.clone(), rules.clone());
        let now = self.ports.clock.now();
        let read = move || Chunk::read(&import, &records, first_row, &rules, now);
        tokio::task::spawn_blocking(read)
            .await
            .map_err(Error::internal)
    }

    /// Does a chunk, and stores where the import stands with it. False if it was cancelled
    /// meanwhile, or another worker has done these rows.
    async fn commit(
        &self,
        organization_id: OrganizationId,
        id: ImportId,
        chunk: Chunk,
        step: Step,
    ) -> Result<bool, Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(organization_id).await?;
        let Some(mut import) = uow.imports().lock(id).await? else {
            return Ok(false);
        };
        if !import.is_unfinished() || import.counts.rows != step.done {
            return Ok(false);
        }
        let counts: ImportCounts = chunk.apply(uow.as_ref(), &import, now).await?;
        import.advance(&counts, step.bytes_read);
        if step.is_end {
            import.complete(now);
        }
        store(uow, &import).await?;
        Ok(true)
    }

    async fn fail(
        &self,
        organization_id: OrganizationId,
        id: ImportId,
        reason: String,
    ) -> Result<(), Error> {
        let uow = self.ports.store.begin(organization_id).await?;
        let import = uow.imports().lock(id).await?;
        if let Some(mut import) = import.filter(Import::is_unfinished) {
            import.fail(reason, self.ports.clock.now());
            store(uow, &import).await?;
        }
        Ok(())
    }
}

/// Where a chunk stands in its file.
struct Step {
    /// The rows before it.
    done: u64,
    bytes_read: u64,
    is_end: bool,
}

async fn go_to(records: &mut Records, row: u64) -> Result<(), SheetError> {
    records.headers().await?;
    records.skip(row).await
}

/// What is wrong with the file stays so; what is wrong with the storage may pass.
fn of_sheet(error: SheetError) -> Result<End, Error> {
    match error {
        SheetError::Unreadable(cause) => Err(StorageError::Interrupted(cause).into()),
        error => Ok(End::Failed(error.to_string())),
    }
}

/// Of one that is over, the file goes, and what a dry run remembered.
async fn store(uow: Box<dyn UnitOfWork>, import: &Import) -> Result<(), Error> {
    uow.imports().update(import).await?;
    if !import.is_unfinished() {
        uow.imports().forget_keys(import.id).await?;
        if import.details.options.dry_run {
            uow.imports().forget_changes(import.id).await?;
        }
        if uow.files().remove(&import.file).await? {
            let key = import.file.clone();
            uow.enqueue(Job::DeleteFile { key });
        }
    }
    let progress = import.progress();
    uow.record(Event::ImportProgressed { progress });
    Ok(uow.commit().await?)
}
