//! Rows by what their columns are.

use domain::imports::{Column, RowError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    cells::{self, Fault},
    sheet::Record,
};

/// The headers of a table, each with what its column tells.
#[derive(Clone, Debug)]
pub(super) struct Columns<F>(Vec<(String, Option<F>)>);

impl<F: DeserializeOwned + PartialEq> Columns<F> {
    pub(super) fn of(columns: &[Column]) -> Self {
        let read = |name: &String| serde_json::from_value(Value::String(name.clone())).ok();
        let columns = columns.iter().map(|column| {
            let field = column.field.as_ref().and_then(read);
            (column.header.clone(), field)
        });
        Self(columns.collect())
    }

    pub(super) fn header(&self, field: &F) -> Option<String> {
        let mut columns = self.0.iter();
        let column = columns.find(|(_, other)| other.as_ref() == Some(field));
        column.map(|(header, _)| header.clone())
    }

    /// That a row is wrong where this field is told.
    pub(super) fn refused(&self, row: u64, field: &F, (code, detail): Fault) -> RowError {
        RowError {
            row,
            column: self.header(field),
            code: code.to_owned(),
            detail,
        }
    }
}

/// Reads a row, and remembers all that is wrong with it.
pub(super) struct RowReader<'a, F> {
    pub(super) row: u64,
    record: &'a Record,
    pub(super) columns: &'a Columns<F>,
    pub(super) errors: Vec<RowError>,
}

impl<'a, F: DeserializeOwned + PartialEq> RowReader<'a, F> {
    pub(super) fn new(row: u64, record: &'a Record, columns: &'a Columns<F>) -> Self {
        Self {
            row,
            record,
            columns,
            errors: Vec::new(),
        }
    }

    /// What a cell says. None if it is blank.
    pub(super) fn text(&self, field: &F) -> Option<String> {
        let mut columns = self.columns.0.iter();
        let place = columns.position(|(_, other)| other.as_ref() == Some(field))?;
        let cell = cells::plain(self.record.get(place)?);
        (!cell.is_empty()).then(|| cell.to_owned())
    }

    pub(super) fn parse<T>(
        &mut self,
        field: &F,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        let text = self.text(field)?;
        parse(&text)
            .map_err(|fault| self.refuse(self.columns.header(field), fault))
            .ok()
    }

    pub(super) fn refuse(&mut self, column: Option<String>, (code, detail): Fault) {
        self.errors.push(RowError {
            row: self.row,
            column,
            code: code.to_owned(),
            detail,
        });
    }
}
