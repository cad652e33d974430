use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{auth::UserId, id::Id, storage::FileKey};

pub type ImportId = Id<Import>;

/// A table that is taken in row by row. Where it stands is stored with what its rows did, so
/// that no row is ever done twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub id: ImportId,
    pub kind: ImportKind,
    pub file: FileKey,
    pub details: ImportDetails,
    pub status: ImportStatus,
    pub counts: ImportCounts,
    /// How much of the file has been read.
    pub bytes_read: u64,
    /// Of an import that was undone.
    pub undone: u64,
    /// What was changed or used since, so that it was not undone.
    pub kept: u64,
    /// Why it failed.
    pub failure: Option<String>,
    pub created_by: UserId,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    Customers,
    Products,
}

/// What does not change any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportDetails {
    pub file_name: Option<String>,
    pub file_size: u64,
    pub layout: Layout,
    pub columns: Vec<Column>,
    pub options: ImportOptions,
}

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub encoding: TextEncoding,
    pub delimiter: char,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextEncoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    #[serde(rename = "windows-1252")]
    Windows1252,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub header: String,
    /// What it tells, as clients name it; none if it is left out.
    pub field: Option<String>,
    /// What stands in the first rows.
    pub samples: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOptions {
    /// Tells what would happen; nothing does.
    pub dry_run: bool,
    pub on_duplicate: OnDuplicate,
    /// Where the customers have said whether they want marketing.
    pub consent_source: Option<String>,
}

/// What happens to a row about somebody who is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDuplicate {
    #[default]
    Skip,
    /// What the row tells replaces what is there; what it leaves blank stays.
    Update,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportStatus {
    Queued,
    Running,
    Completed,
    Cancelled,
    Failed,
    Undoing,
    Undone,
}

impl ImportStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }
}

/// What became of the rows. Each row counts as `rows` and as one of the others, but for blank
/// ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    pub rows: u64,
    pub created: u64,
    pub updated: u64,
    /// Those that would have changed nothing, or were not to.
    pub skipped: u64,
    pub failed: u64,
}

impl ImportCounts {
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.created += other.created;
        self.updated += other.updated;
        self.skipped += other.skipped;
        self.failed += other.failed;
    }
}

/// What is wrong with a row. Rows count as spreadsheets count them: the headers are the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    pub row: u64,
    /// The column's header; none if it is about the whole row.
    pub column: Option<String>,
    /// Stable.
    pub code: String,
    pub detail: String,
}

/// How far an import is, as it is told while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProgress {
    pub import_id: ImportId,
    pub status: ImportStatus,
    pub counts: ImportCounts,
    pub percent: u8,
    pub undone: u64,
    pub kept: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ImportError {
    #[error("the import is over, or is being undone")]
    NotRunning,
    #[error("only an import that is over, and was no dry run, can be undone, and only once")]
    NotUndoable,
}

impl Import {
    /// Begins, or goes on after a restart. False if there is nothing to do any more.
    pub fn start(&mut self, now: DateTime<Utc>) -> bool {
        if self.status == ImportStatus::Queued {
            self.status = ImportStatus::Running;
            self.started_at = Some(now);
        }
        self.status == ImportStatus::Running
    }

    pub fn advance(&mut self, counts: &ImportCounts, bytes_read: u64) {
        self.counts.add(counts);
        self.bytes_read = bytes_read.min(self.details.file_size);
    }

    pub fn complete(&mut self, now: DateTime<Utc>) {
        self.bytes_read = self.details.file_size;
        self.finish(ImportStatus::Completed, now);
    }

    pub fn fail(&mut self, reason: String, now: DateTime<Utc>) {
        self.failure = Some(reason);
        self.finish(ImportStatus::Failed, now);
    }

    /// What is done stays, and can be undone.
    pub fn cancel(&mut self, now: DateTime<Utc>) -> Result<(), ImportError> {
        if !self.is_unfinished() {
            return Err(ImportError::NotRunning);
        }
        self.finish(ImportStatus::Cancelled, now);
        Ok(())
    }

    pub fn begin_undo(&mut self) -> Result<(), ImportError> {
        use ImportStatus::{Cancelled, Completed, Failed};
        let is_over = matches!(self.status, Completed | Cancelled | Failed);
        if !is_over || self.details.options.dry_run {
            return Err(ImportError::NotUndoable);
        }
        self.status = ImportStatus::Undoing;
        self.finished_at = None;
        Ok(())
    }

    pub fn finish_undo(&mut self, now: DateTime<Utc>) {
        self.finish(ImportStatus::Undone, now);
    }

    pub fn is_unfinished(&self) -> bool {
        matches!(self.status, ImportStatus::Queued | ImportStatus::Running)
    }

    /// How much of the file is done.
    pub fn percent(&self) -> u8 {
        let percent = (self.bytes_read * 100).checked_div(self.details.file_size);
        u8::try_from(percent.unwrap_or_default()).unwrap_or(100)
    }

    pub fn progress(&self) -> ImportProgress {
        ImportProgress {
            import_id: self.id,
            status: self.status,
            counts: self.counts,
            percent: self.percent(),
            undone: self.undone,
            kept: self.kept,
        }
    }

    fn finish(&mut self, status: ImportStatus, now: DateTime<Utc>) {
        self.status = status;
        self.finished_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Folder;

    fn import(dry_run: bool) -> Import {
        Import {
            id: Id::generate(),
            kind: ImportKind::Customers,
            file: FileKey::generate(Folder::Documents, Id::generate()),
            details: ImportDetails {
                file_name: None,
                file_size: 200,
                layout: Layout {
                    encoding: TextEncoding::Utf8,
                    delimiter: ',',
                },
                columns: Vec::new(),
                options: ImportOptions {
                    dry_run,
                    on_duplicate: OnDuplicate::Skip,
                    consent_source: None,
                },
            },
            status: ImportStatus::Queued,
            counts: ImportCounts::default(),
            bytes_read: 0,
            undone: 0,
            kept: 0,
            failure: None,
            created_by: Id::generate(),
            created_at: DateTime::UNIX_EPOCH,
            started_at: None,
            finished_at: None,
        }
    }

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn an_import_runs_is_completed_and_is_undone_once() {
        let mut import = import(false);
        assert_eq!(import.begin_undo(), Err(ImportError::NotUndoable));
        assert!(import.start(NOW));
        assert_eq!(import.begin_undo(), Err(ImportError::NotUndoable));
        let some = ImportCounts {
            rows: 2,
            created: 1,
            failed: 1,
            ..ImportCounts::default()
        };
        import.advance(&some, 50);
        import.advance(&some, 100);
        assert_eq!((import.counts.rows, import.counts.created), (4, 2));
        assert_eq!(import.percent(), 50);
        import.complete(NOW);
        assert_eq!(import.percent(), 100);
        assert!(!import.start(NOW));
        assert_eq!(import.cancel(NOW), Err(ImportError::NotRunning));
        assert_eq!(import.begin_undo(), Ok(()));
        assert_eq!(import.begin_undo(), Err(ImportError::NotUndoable));
        import.finish_undo(NOW);
        assert_eq!(import.begin_undo(), Err(ImportError::NotUndoable));
    }

    #[test]
    fn what_is_cancelled_never_starts_again() {
        let mut import = import(false);
        assert_eq!(import.cancel(NOW), Ok(()));
        assert!(!import.start(NOW));
        assert_eq!(import.begin_undo(), Ok(()));
        assert_eq!(import.cancel(NOW), Err(ImportError::NotRunning));
    }

    #[test]
    fn a_dry_run_leaves_nothing_to_undo() {
        let mut import = import(true);
        import.start(NOW);
        import.complete(NOW);
        assert_eq!(import.begin_undo(), Err(ImportError::NotUndoable));
    }
}
