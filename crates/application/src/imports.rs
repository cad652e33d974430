//! Imports: taking in tables that people bring from elsewhere, and taking them out again.
//!
//! The file is stored as it comes. A job reads it as it was stored, and does a chunk of rows
//! at a time: what the rows did, their errors and where the import stands are one commit, so
//! that whatever stops it, it goes on with the next row.

mod cancel_import;
mod cells;
mod chunk;
mod columns;
mod customer_chunk;
mod customer_row;
mod customer_table;
mod customer_undo;
mod get_import;
mod mapping;
mod people;
mod product_chunk;
mod product_row;
mod product_table;
mod product_undo;
mod products;
mod receive_file;
mod run_import;
mod run_undo;
mod sheet;
mod start_import;
mod undo_import;

pub(crate) use customer_table::CustomerTable;
pub use get_import::{ImportErrors, ImportList};
pub(crate) use product_table::ProductTable;
pub use receive_file::ReceivedFile;
pub use sheet::{BYTE_ORDER_MARK, csv_line};
pub use start_import::StartImport;

use crate::Ports;

#[derive(Clone)]
pub struct Imports {
    ports: Ports,
}

impl Imports {
    pub(crate) fn new(ports: Ports) -> Self {
        Self { ports }
    }
}
