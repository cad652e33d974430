//! Imports: tables that people bring from elsewhere, row by row.

mod change;
mod customer_field;
mod import;
mod repository;

pub use change::{Change, ChangeKind, UndoOutcome};
pub use customer_field::{CustomerField, guess};
pub use import::{
    Column, Import, ImportCounts, ImportDetails, ImportError, ImportId, ImportOptions,
    ImportProgress, ImportStatus, ImportTarget, Layout, OnDuplicate, RowError, TextEncoding,
};
pub use repository::{ErrorPlace, ImportRepository, ImportedCustomers};
