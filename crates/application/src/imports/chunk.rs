//! A chunk of rows, whatever they are about.

use chrono::{DateTime, Utc};
use domain::{
    imports::{Import, ImportCounts, ImportKind, RowError},
    money::Currency,
    store::UnitOfWork,
};

use super::{customer_chunk::CustomerChunk, product_chunk::ProductChunk, sheet::Record};
use crate::{Error, catalog, customers::CustomerRules};

/// What an organization decides about what rows say.
pub(super) enum Rules {
    Customers(CustomerRules),
    /// What prices are in.
    Products(Currency),
}

/// What the rows of a chunk say.
pub(super) enum Chunk {
    Customers(CustomerChunk),
    Products(ProductChunk),
}

/// What became of the rows of a chunk.
pub(super) struct Tally {
    pub(super) counts: ImportCounts,
    pub(super) errors: Vec<RowError>,
}

impl Rules {
    pub(super) async fn load(uow: &dyn UnitOfWork, kind: ImportKind) -> Result<Self, Error> {
        Ok(match kind {
            ImportKind::Customers => Self::Customers(CustomerRules::load(uow).await?),
            ImportKind::Products => Self::Products(catalog::currency(uow).await?),
        })
    }
}

impl Chunk {
    /// Reads records, of which the first stands in this row of the table.
    pub(super) fn read(
        import: &Import,
        records: &[Record],
        first_row: u64,
        rules: &Rules,
        now: DateTime<Utc>,
    ) -> Self {
        match rules {
            Rules::Customers(rules) => {
                let chunk = CustomerChunk::read(import, records, first_row, rules, now);
                Self::Customers(chunk)
            }
            Rules::Products(currency) => {
                let chunk = ProductChunk::read(import, records, first_row, *currency);
                Self::Products(chunk)
            }
        }
    }

    /// Does the rows and stores their errors. Answers what became of them.
    pub(super) async fn apply(
        self,
        uow: &dyn UnitOfWork,
        import: &Import,
        now: DateTime<Utc>,
    ) -> Result<ImportCounts, Error> {
        let mut tally = match self {
            Self::Customers(chunk) => chunk.apply(uow, import, now).await?,
            Self::Products(chunk) => chunk.apply(uow, import, now).await?,
        };
        // Those of one row stand together.
        tally.errors.sort_by_key(|error| error.row);
        uow.imports()
            .insert_errors(import.id, &tally.errors)
            .await?;
        Ok(tally.counts)
    }
}

impl Tally {
    /// Of rows of which nothing became yet.
    pub(super) fn of(records: &[Record]) -> Self {
        Self {
            counts: ImportCounts {
                rows: records.len() as u64,
                ..ImportCounts::default()
            },
            errors: Vec::new(),
        }
    }

    pub(super) fn fail(&mut self, errors: Vec<RowError>) {
        self.counts.failed += 1;
        self.errors.extend(errors);
    }
}
