//! A chunk of rows about products, worked out in memory.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    catalog::{Category, CategoryId, CategoryTree, Product, Variant, VariantId},
    id::Id,
    imports::{Import, OnDuplicate, ProductField, RowError},
    money::Currency,
    store::UnitOfWork,
    text::{fold_for_search, parse_name},
};

use super::{
    cells::Fault,
    chunk::Tally,
    columns::Columns,
    product_row::{ProductRow, field_of},
    products::{Found, Items},
    sheet::Record,
};
use crate::{Error, catalog};

/// What the rows of a chunk say of products.
pub(super) struct ProductChunk {
    columns: Columns<ProductField>,
    rows: Vec<ProductRow>,
    tally: Tally,
    currency: Currency,
}

impl ProductChunk {
    /// Reads records, of which the first stands in this row of the table.
    pub(super) fn read(
        import: &Import,
        records: &[Record],
        first_row: u64,
        currency: Currency,
    ) -> Self {
        let columns = Columns::of(&import.details.columns);
        let (mut rows, mut tally) = (Vec::with_capacity(records.len()), Tally::of(records));
        for (row, record) in (first_row..).zip(records) {
            match ProductRow::read(row, record, &columns, currency) {
                None => {}
                Some(Ok(row)) => rows.push(row),
                Some(Err(errors)) => tally.fail(errors),
            }
        }
        Self {
            columns,
            rows,
            tally,
            currency,
        }
    }

    /// Does the rows. Answers what became of them.
    pub(super) async fn apply(
        mut self,
        uow: &dyn UnitOfWork,
        import: &Import,
        now: DateTime<Utc>,
    ) -> Result<Tally, Error> {
        self.find_categories(uow, import, now).await?;
        // Neither the currency nor the categories change any more.
        self.currency = catalog::currency(uow).await?;
        let mut items = Items::load(uow, import, &self.rows).await?;
        for row in std::mem::take(&mut self.rows) {
            self.apply_row(&mut items, &row, import, now);
        }
        items.store(uow, import, now).await?;
        Ok(self.tally)
    }

    fn apply_row(
        &mut self,
        items: &mut Items,
        row: &ProductRow,
        import: &Import,
        now: DateTime<Utc>,
    ) {
        let (place, variant) = match items.find(row) {
            Found::Nothing => (None, None),
            Found::Product(place) => (Some(place), None),
            Found::Variant(place, variant) => (Some(place), Some(variant)),
        };
        let item = place.map(|place| items.get(place));
        // What the import makes, its rows make together.
        let is_to_change = item.is_none_or(|item| {
            import.details.options.on_duplicate == OnDuplicate::Update
                || (variant.is_none() && item.is_ours())
        });
        let before = item.map(|item| &item.product);
        let made = if is_to_change {
            match self.make(row, before, variant, now) {
                Ok(product) => Some(product).filter(|product| before != Some(product)),
                Err(errors) => return self.tally.fail(errors),
            }
        } else {
            None
        };
        let place = if let Some(product) = made {
            match variant {
                None => self.tally.counts.created += 1,
                Some(_) => self.tally.counts.updated += 1,
            }
            Some(items.put(place, product, row.row))
        } else {
            self.tally.counts.skipped += 1;
            place
        };
        if let Some(place) = place {
            items.meet(place, row, import);
        }
    }

    /// The product as the row wants it to be, or all that is wrong with it.
    fn make(
        &self,
        row: &ProductRow,
        before: Option<&Product>,
        variant: Option<VariantId>,
        now: DateTime<Utc>,
    ) -> Result<Product, Vec<RowError>> {
        let refused =
            |pointer: &str, fault: Fault| self.columns.refused(row.row, &field_of(pointer), fault);
        let made = row.draft(before, variant).make(before, self.currency, now);
        let mut product = made.map_err(|faults| {
            let faults = faults.into_iter();
            let errors = faults.map(|fault| refused(&fault.pointer, (fault.code, fault.detail)));
            errors.collect::<Vec<_>>()
        })?;
        let is_this = |one: &&mut Variant| Some(one.id) == variant;
        if let Some(count) = row.stock
            && let Some(known) = product.variants.iter_mut().find(is_this)
        {
            known.stock = known
                .stock
                .counted(count)
                .map_err(|error| vec![refused("/stock", ("out_of_range", error.to_string()))])?;
        }
        Ok(product)
    }

    /// Finds the categories that the rows name, and makes those that are not there. A row
    /// whose path cannot be one fails.
    async fn find_categories(
        &mut self,
        uow: &dyn UnitOfWork,
        import: &Import,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        if self.rows.iter().all(|row| row.categories.is_empty()) {
            return Ok(());
        }
        let mut paths = Paths::new(uow.categories().all().await?);
        let mut all = self.rows.iter().flat_map(|row| &row.categories);
        if all.any(|path| paths.find(path).is_none()) {
            paths = Paths::new(uow.categories().lock_all().await?);
        }
        for mut row in std::mem::take(&mut self.rows) {
            let ids = row
                .categories
                .iter()
                .map(|path| paths.find_or_make(path, now));
            match ids.collect::<Result<Vec<_>, _>>() {
                Ok(mut ids) => {
                    let mut seen = Vec::new();
                    ids.retain(|id| {
                        !seen.contains(id) && {
                            seen.push(*id);
                            true
                        }
                    });
                    row.category_ids = ids;
                    self.rows.push(row);
                }
                Err(fault) => {
                    let field = ProductField::Categories;
                    self.tally
                        .fail(vec![self.columns.refused(row.row, &field, fault)]);
                }
            }
        }
        if !import.details.options.dry_run {
            for category in &paths.made {
                uow.categories().insert(category).await?;
            }
        }
        Ok(())
    }
}

/// The categories by their paths, without regard to case and accents.
struct Paths {
    tree: CategoryTree,
    ids: HashMap<String, CategoryId>,
    made: Vec<Category>,
}

impl Paths {
    fn new(categories: Vec<Category>) -> Self {
        let ids = catalog::category_paths(&categories);
        let ids = ids.into_iter().map(|(id, path)| (folded(&path), id));
        Self {
            ids: ids.collect(),
            tree: CategoryTree::new(categories),
            made: Vec::new(),
        }
    }

    fn find(&self, path: &str) -> Option<CategoryId> {
        self.ids.get(&folded(path)).copied()
    }

    fn find_or_make(&mut self, path: &str, now: DateTime<Utc>) -> Result<CategoryId, Fault> {
        if let Some(id) = self.find(path) {
            return Ok(id);
        }
        let (above, name) = match path.rsplit_once('>') {
            Some((above, name)) => (Some(above), name),
            None => (None, path),
        };
        let name = parse_name(name).map_err(|error| (error.code(), error.to_string()))?;
        let parent_id = above
            .map(|above| self.find_or_make(above, now))
            .transpose()?;
        let id = Id::generate();
        let category = Category {
            id,
            parent_id,
            position: 0,
            name,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        // As the last one it moves no other.
        let placed = self.tree.place(category, None);
        let placed = placed.map_err(|error| ("invalid_category", error.to_string()))?;
        self.made.extend(placed);
        self.ids.insert(folded(path), id);
        Ok(id)
    }
}

fn folded(path: &str) -> String {
    let names = path.split('>').map(str::trim);
    fold_for_search(&names.collect::<Vec<_>>().join(">"))
}
