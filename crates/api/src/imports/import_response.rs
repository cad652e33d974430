use chrono::{DateTime, Utc};
use domain::imports::{
    Column, Import, ImportKind, ImportProgress, ImportStatus, OnDuplicate, TextEncoding,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A table that is taken in, row by row.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImportResponse {
    id: Uuid,
    #[schema(value_type = String, example = "products")]
    kind: ImportKind,
    /// `queued`, `running`, then `completed`, `cancelled` or `failed`; `undoing`, then `undone`.
    #[schema(value_type = String, example = "running")]
    status: ImportStatus,
    dry_run: bool,
    #[schema(value_type = String, example = "skip")]
    on_duplicate: OnDuplicate,
    #[schema(required)]
    consent_source: Option<String>,
    #[schema(required)]
    file_name: Option<String>,
    /// Bytes.
    file_size: u64,
    #[schema(value_type = String, example = "utf-8")]
    encoding: TextEncoding,
    #[schema(value_type = String, example = ";")]
    delimiter: char,
    columns: Vec<ColumnResponse>,
    #[serde(flatten)]
    progress: CountsResponse,
    /// Why it failed.
    #[schema(required)]
    failure: Option<String>,
    /// Who has brought it.
    created_by: Uuid,
    created_at: DateTime<Utc>,
    #[schema(required)]
    started_at: Option<DateTime<Utc>>,
    #[schema(required)]
    finished_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ColumnResponse {
    header: String,
    /// What it was taken for; null if it is left out.
    #[schema(required, example = "phoneNumber")]
    field: Option<String>,
    /// What stands in the first rows.
    samples: Vec<String>,
}

impl From<Column> for ColumnResponse {
    fn from(column: Column) -> Self {
        Self {
            header: column.header,
            field: column.field,
            samples: column.samples,
        }
    }
}

/// How far it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CountsResponse {
    /// How much of the file is done, from 0 to 100.
    progress: u8,
    /// Rows that are done. Each is one of the following, but for blank ones.
    rows: u64,
    created: u64,
    updated: u64,
    /// What is there already, and stays as it is.
    skipped: u64,
    failed: u64,
    /// With what all is as it was before the import.
    undone: u64,
    /// What undoing has left as it is, since it was changed or used.
    kept: u64,
}

/// The news of an import, over the WebSocket.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProgressResponse {
    import_id: Uuid,
    status: ImportStatus,
    #[serde(flatten)]
    counts: CountsResponse,
}

impl From<&ImportProgress> for CountsResponse {
    fn from(progress: &ImportProgress) -> Self {
        let counts = &progress.counts;
        Self {
            progress: progress.percent,
            rows: counts.rows,
            created: counts.created,
            updated: counts.updated,
            skipped: counts.skipped,
            failed: counts.failed,
            undone: progress.undone,
            kept: progress.kept,
        }
    }
}

impl From<ImportProgress> for ProgressResponse {
    fn from(progress: ImportProgress) -> Self {
        Self {
            import_id: progress.import_id.uuid(),
            status: progress.status,
            counts: (&progress).into(),
        }
    }
}

impl From<Import> for ImportResponse {
    fn from(import: Import) -> Self {
        let progress = CountsResponse::from(&import.progress());
        let details = import.details;
        Self {
            id: import.id.uuid(),
            kind: import.kind,
            status: import.status,
            dry_run: details.options.dry_run,
            on_duplicate: details.options.on_duplicate,
            consent_source: details.options.consent_source,
            file_name: details.file_name,
            file_size: details.file_size,
            encoding: details.layout.encoding,
            delimiter: details.layout.delimiter,
            columns: details.columns.into_iter().map(Into::into).collect(),
            progress,
            failure: import.failure,
            created_by: import.created_by.uuid(),
            created_at: import.created_at,
            started_at: import.started_at,
            finished_at: import.finished_at,
        }
    }
}
