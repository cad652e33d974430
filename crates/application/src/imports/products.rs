//! What the rows of a chunk are about: products, and how they are found again.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    catalog::{MovementKind, Product, ProductId, Stock, StockMovement, VariantId},
    imports::{Change, ChangeKind, Import},
    store::{StoreError, UnitOfWork},
};
use serde_json::Value;
use uuid::Uuid;

use super::product_row::ProductRow;
use crate::{
    Error,
    catalog::{movement, record_first_stock, record_prices, tell_meta},
};

/// A product that rows of this chunk are about.
pub(super) struct Item {
    pub(super) product: Product,
    /// As the database has it; none if it does not.
    before: Option<Product>,
    /// The first row that did something.
    row: u64,
    is_touched: bool,
    /// What this import did in earlier chunks.
    earlier: Option<Change>,
}

/// All of them, with the ways to find them.
#[derive(Default)]
pub(super) struct Items {
    all: Vec<Item>,
    by_sku: HashMap<String, usize>,
    by_group: HashMap<String, usize>,
    keys: Vec<(String, Uuid)>,
}

/// What a row is about.
pub(super) enum Found {
    Nothing,
    /// A product that has no such variant yet.
    Product(usize),
    Variant(usize, VariantId),
}

impl Items {
    /// Those that are there already, by their SKUs, and those that this import had to do with.
    pub(super) async fn load(
        uow: &dyn UnitOfWork,
        import: &Import,
        rows: &[ProductRow],
    ) -> Result<Self, Error> {
        let is_dry = import.details.options.dry_run;
        let mut keys: Vec<_> = rows.iter().filter_map(|row| row.group.clone()).collect();
        if is_dry {
            keys.extend(rows.iter().map(|row| sku_key(&row.sku.key())));
        }
        keys.sort();
        keys.dedup();
        let kept = uow.imports().find_keys(import.id, &keys).await?;
        let mut ids: Vec<_> = kept.iter().map(|(_, id)| ProductId::from(*id)).collect();
        ids.sort();
        ids.dedup();
        let skus: Vec<_> = rows.iter().map(|row| row.sku.clone()).collect();
        let known = uow.imported_products().lock_all(&ids, &skus).await?;
        let subjects = known.iter().map(|product| product.id).chain(ids);
        let mut subjects: Vec<_> = subjects.map(ProductId::uuid).collect();
        subjects.sort();
        subjects.dedup();
        let earlier = uow.imports().changes_of(import.id, &subjects).await?;
        let mut earlier: HashMap<_, _> = earlier
            .into_iter()
            .map(|change| (change.subject_id, change))
            .collect();
        let mut items = Self::default();
        for product in known {
            let earlier = earlier.remove(&product.id.uuid());
            items.add(Item::known(product, earlier, is_dry)?);
        }
        if is_dry {
            for change in earlier.into_values() {
                items.add(Item::imagined(change)?);
            }
        }
        for (key, id) in kept {
            let mut all = items.all.iter();
            if let Some(place) = all.position(|item| item.product.id.uuid() == id) {
                items.by_group.insert(key, place);
            }
        }
        Ok(items)
    }

    pub(super) fn find(&self, row: &ProductRow) -> Found {
        let sku = row.sku.key();
        if let Some(place) = self.by_sku.get(&sku) {
            let mut variants = self.all[*place].product.variants.iter();
            if let Some(variant) = variants.find(|variant| variant.sku.key() == sku) {
                return Found::Variant(*place, variant.id);
            }
        }
        let group = row.group.as_ref();
        match group.and_then(|group| self.by_group.get(group)) {
            Some(place) => Found::Product(*place),
            None => Found::Nothing,
        }
    }

    pub(super) fn get(&self, place: usize) -> &Item {
        &self.all[place]
    }

    /// A product as it is now that a row was done.
    pub(super) fn put(&mut self, place: Option<usize>, product: Product, row: u64) -> usize {
        let Some(place) = place else {
            return self.add(Item {
                product,
                before: None,
                row,
                is_touched: true,
                earlier: None,
            });
        };
        let item = &mut self.all[place];
        item.product = product;
        if !item.is_touched {
            item.row = row;
        }
        item.is_touched = true;
        self.index(place);
        place
    }

    /// Lets the product be found by the rows that follow, also by those of later chunks.
    pub(super) fn meet(&mut self, place: usize, row: &ProductRow, import: &Import) {
        let id = self.all[place].product.id.uuid();
        if let Some(group) = &row.group {
            let is_new = self.by_group.insert(group.clone(), place) != Some(place);
            if is_new {
                self.keys.push((group.clone(), id));
            }
        }
        if import.details.options.dry_run {
            self.keys.push((sku_key(&row.sku.key()), id));
        }
    }

    fn add(&mut self, item: Item) -> usize {
        self.all.push(item);
        let place = self.all.len() - 1;
        self.index(place);
        place
    }

    fn index(&mut self, place: usize) {
        for variant in &self.all[place].product.variants {
            self.by_sku.insert(variant.sku.key(), place);
        }
    }

    /// Stores what is new, and what is kept for undoing it.
    pub(super) async fn store(
        self,
        uow: &dyn UnitOfWork,
        import: &Import,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let is_dry = import.details.options.dry_run;
        let touched = self.all.into_iter().filter(|item| item.is_touched);
        let (mut changes, mut stored) = (Vec::new(), Vec::new());
        for mut item in touched {
            let is_anothers = item.is_anothers()?;
            if !is_dry {
                item.store(uow, import.created_by, now).await?;
                stored.push(item.product.id);
            }
            // A dry run only remembers what would be.
            if is_dry || !is_anothers {
                changes.push(item.change()?);
            }
        }
        tell_meta(uow, &stored, now).await?;
        uow.imports().keep_changes(import.id, &changes).await?;
        let mut keys = self.keys;
        keys.sort();
        keys.dedup();
        uow.imports().keep_keys(import.id, &keys).await?;
        Ok(())
    }
}

fn sku_key(key: &str) -> String {
    format!("sku:{key}")
}

impl Item {
    /// One that the database has. In a dry run, as the rows before would have left it.
    fn known(product: Product, earlier: Option<Change>, is_dry: bool) -> Result<Self, Error> {
        let would_be = match &earlier {
            Some(change) if is_dry => product_of(&change.after)?,
            _ => product.clone(),
        };
        Ok(Self {
            product: would_be,
            before: Some(product),
            row: 0,
            is_touched: false,
            earlier,
        })
    }

    fn imagined(change: Change) -> Result<Self, Error> {
        Ok(Self {
            product: product_of(&change.after)?,
            before: change.before.as_ref().map(product_of).transpose()?,
            row: change.row,
            is_touched: false,
            earlier: Some(change),
        })
    }

    /// Whether this import has made it.
    pub(super) fn is_ours(&self) -> bool {
        let made = |change: &Change| change.kind == ChangeKind::Created;
        self.before.is_none() || self.earlier.as_ref().is_some_and(made)
    }

    /// Whether somebody else has changed it since this import did: then what it did cannot be
    /// undone any more, and must not look as if it could.
    fn is_anothers(&self) -> Result<bool, Error> {
        let (Some(earlier), Some(before)) = (&self.earlier, &self.before) else {
            return Ok(false);
        };
        Ok(earlier.after != value_of(before)?)
    }

    async fn store(
        &mut self,
        uow: &dyn UnitOfWork,
        actor_id: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        // Nobody is told of each: a table tells of thousands.
        self.product.note_low_stock();
        store(uow, self.before.as_ref(), &mut self.product, actor_id, now).await
    }

    fn change(&self) -> Result<Change, Error> {
        Ok(Change {
            subject_id: self.product.id.uuid(),
            row: self.row,
            kind: match self.before {
                Some(_) => ChangeKind::Updated,
                None => ChangeKind::Created,
            },
            before: self.before.as_ref().map(value_of).transpose()?,
            after: value_of(&self.product)?,
        })
    }
}

/// Stores a product that is locked, or new, with what follows from what changed.
pub(super) async fn store(
    uow: &dyn UnitOfWork,
    before: Option<&Product>,
    product: &mut Product,
    actor_id: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let is_stored = match before {
        None => uow.products().insert(product).await?,
        Some(before) if with_stock_of(product, before) == *before => {
            uow.products().update_stock(product).await?;
            true
        }
        Some(_) => {
            product.updated_at = now;
            let is_stored = uow.products().update(product).await?;
            product.version += 1;
            is_stored
        }
    };
    if !is_stored {
        // Somebody was quicker: the next attempt finds it.
        let detail = "another product has one of the SKUs since a moment";
        return Err(Error::conflict("sku_taken", detail));
    }
    record_prices(uow, actor_id, before, product, now).await?;
    record_first_stock(uow, actor_id, before, product, now).await?;
    for variant in &product.variants {
        let known = before.and_then(|before| before.variant(variant.id));
        let Some(known) = known.filter(|known| known.stock.on_hand != variant.stock.on_hand) else {
            continue;
        };
        let counted = StockMovement {
            change: variant.stock.on_hand - known.stock.on_hand,
            actor_id: Some(actor_id),
            reason: Some("import".to_owned()),
            ..movement(product, variant, MovementKind::Count, now)
        };
        uow.stock().append(&counted).await?;
    }
    Ok(())
}

/// A product with the stock that another state of it has.
fn with_stock_of(product: &Product, other: &Product) -> Product {
    let mut product = product.clone();
    let stocks: BTreeMap<_, _> = other
        .variants
        .iter()
        .map(|variant| (variant.id, variant.stock))
        .collect();
    for variant in product.variants.iter_mut() {
        if let Some(stock) = stocks.get(&variant.id) {
            variant.stock = *stock;
        }
    }
    product
}

/// A product but for what no import changes: images, and what is promised.
pub(super) fn value_of(product: &Product) -> Result<Value, Error> {
    let mut product = product.clone();
    product.images.clear();
    for variant in product.variants.iter_mut() {
        variant.stock = Stock {
            on_hand: variant.stock.on_hand,
            ..Stock::default()
        };
    }
    serde_json::to_value(product).map_err(Error::internal)
}

pub(super) fn product_of(value: &Value) -> Result<Product, Error> {
    serde_json::from_value(value.clone())
        .map_err(|error| StoreError::Broken(Box::new(error)).into())
}
