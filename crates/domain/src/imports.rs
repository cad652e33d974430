//! Imports: tables that people bring from elsewhere, row by row.

mod change;
mod customer_field;
mod guess;
mod import;
mod product_field;
mod repository;

pub use change::{Change, ChangeKind, UndoOutcome};
pub use customer_field::{CustomerField, CustomerFieldError};
pub use guess::{guess_customer_fields, guess_product_fields};
pub use import::{
    Column, Import, ImportCounts, ImportDetails, ImportError, ImportId, ImportKind, ImportOptions,
    ImportProgress, ImportStatus, Layout, OnDuplicate, RowError, TextEncoding,
};
pub use product_field::ProductField;
pub use repository::{ErrorPlace, ImportRepository, ImportedCustomers, ImportedProducts};
