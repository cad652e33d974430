//! Tables as spreadsheets write them: what they are written in is found out while they come,
//! and they are read record by record, so that no table is ever whole in memory.

mod layout;
mod line;
mod records;

pub(crate) use layout::Sniffer;
pub use line::{BYTE_ORDER_MARK, csv_line};
pub(crate) use records::{Record, Records, SheetError};
