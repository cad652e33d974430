use domain::{
    catalog::{
        CategoryId, OptionDraft, Product, ProductDraft, ProductStatus, Sku, VariantDraft, VariantId,
    },
    imports::{ProductField, RowError},
    money::{Currency, Money},
};

use super::{
    cells,
    columns::{Columns, RowReader},
    sheet::Record,
};

/// What a row says of a product and of one of its variants. What it leaves blank stays.
#[derive(Clone, Debug)]
pub(super) struct ProductRow {
    pub(super) row: u64,
    pub(super) sku: Sku,
    /// What it has in common with the other rows of its product, if there may be any.
    pub(super) group: Option<String>,
    /// Paths from the top.
    pub(super) categories: Vec<String>,
    pub(super) category_ids: Vec<CategoryId>,
    pub(super) stock: Option<i64>,
    name: Option<String>,
    description: Option<String>,
    status: Option<ProductStatus>,
    tags: Option<Vec<String>>,
    track_inventory: Option<bool>,
    low_stock_threshold: Option<i64>,
    allow_backorder: Option<bool>,
    price: Option<Money>,
    compare_at_price: Option<Money>,
    cost: Option<Money>,
    /// Names, which later rows may leave blank, and values.
    options: Vec<(Option<String>, String)>,
}

impl ProductRow {
    /// Reads a record. None if it tells nothing; else all that is wrong with it, if anything
    /// is.
    pub(super) fn read(
        row: u64,
        record: &Record,
        columns: &Columns<ProductField>,
        currency: Currency,
    ) -> Option<Result<Self, Vec<RowError>>> {
        let mut reader = RowReader::new(row, record, columns);
        // Shops have rows that tell of further images alone.
        let mut others = ProductField::ALL.into_iter();
        let tells =
            |field: ProductField| field != ProductField::Handle && reader.text(&field).is_some();
        if !others.any(tells) {
            return None;
        }
        let row = read(&mut reader, currency);
        Some(match row {
            Some(row) if reader.errors.is_empty() => Ok(row),
            _ => Err(reader.errors),
        })
    }

    /// The product as the row wants it to be. `variant` is the one that it is about, if the
    /// product has it already.
    pub(super) fn draft(
        &self,
        product: Option<&Product>,
        variant: Option<VariantId>,
    ) -> ProductDraft {
        let mut draft = product.map_or_else(
            || ProductDraft {
                track_inventory: true,
                ..ProductDraft::default()
            },
            ProductDraft::of,
        );
        set(&mut draft.name, self.name.clone());
        set(&mut draft.status, self.status);
        set(&mut draft.tags, self.tags.clone());
        set(&mut draft.track_inventory, self.track_inventory);
        set(&mut draft.allow_backorder, self.allow_backorder);
        draft.description = self.description.clone().or(draft.description);
        draft.low_stock_threshold = self.low_stock_threshold.or(draft.low_stock_threshold);
        if !self.category_ids.is_empty() {
            draft.category_ids.clone_from(&self.category_ids);
        }
        self.put_options(&mut draft.options);
        let is_this = |one: &&mut VariantDraft| variant.is_some() && one.id == variant;
        if let Some(known) = draft.variants.iter_mut().find(is_this) {
            self.put_variant(known);
        } else {
            let mut new = VariantDraft {
                sku: self.sku.as_str().to_owned(),
                stock: self.stock,
                ..VariantDraft::default()
            };
            self.put_variant(&mut new);
            draft.variants.push(new);
        }
        draft
    }

    fn put_variant(&self, variant: &mut VariantDraft) {
        variant.price = self.price.or(variant.price);
        variant.compare_at_price = self.compare_at_price.or(variant.compare_at_price);
        variant.cost = self.cost.or(variant.cost);
        if !self.options.is_empty() {
            let values = self.options.iter().map(|(_, value)| value.clone());
            variant.option_values = values.collect();
        }
    }

    /// Options grow by what the rows of their variants say.
    fn put_options(&self, options: &mut Vec<OptionDraft>) {
        for (place, (name, value)) in self.options.iter().enumerate() {
            let Some(option) = options.get_mut(place) else {
                options.push(OptionDraft {
                    name: name.clone().unwrap_or_default(),
                    values: vec![value.clone()],
                });
                continue;
            };
            if !option.values.contains(value) {
                option.values.push(value.clone());
            }
        }
    }
}

fn set<T>(field: &mut T, said: Option<T>) {
    if let Some(said) = said {
        *field = said;
    }
}

fn read(reader: &mut RowReader<'_, ProductField>, currency: Currency) -> Option<ProductRow> {
    use ProductField::{
        AllowBackorder, Categories, CompareAtPrice, Cost, Description, Handle, LowStockThreshold,
        Name, Price, Status, Stock, Tags, TrackInventory,
    };
    let sku = reader.parse(&ProductField::Sku, |text| {
        Sku::parse(text).map_err(|error| (error.code(), error.to_string()))
    });
    if reader.text(&ProductField::Sku).is_none() {
        let column = reader.columns.header(&ProductField::Sku);
        reader.refuse(column, ("required", "is required".to_owned()));
    }
    let options = options(reader);
    let name = reader.text(&Name);
    let group = match reader.text(&Handle) {
        Some(handle) => Some(format!("handle:{}", handle.to_lowercase())),
        None if options.is_empty() => None,
        None => name
            .as_ref()
            .map(|name| format!("name:{}", name.to_lowercase())),
    };
    let money = |text: &str| cells::money(text, currency);
    let categories = reader.text(&Categories).unwrap_or_default();
    let categories = categories.split('|').map(str::trim);
    let row = ProductRow {
        row: reader.row,
        group,
        categories: categories
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect(),
        category_ids: Vec::new(),
        description: reader.text(&Description),
        status: reader.parse(&Status, cells::product_status),
        tags: reader.text(&Tags).map(|text| cells::list(&text)),
        track_inventory: reader.parse(&TrackInventory, cells::yes_or_no),
        stock: reader.parse(&Stock, cells::integer),
        low_stock_threshold: reader.parse(&LowStockThreshold, cells::integer),
        allow_backorder: reader.parse(&AllowBackorder, cells::yes_or_no),
        price: reader.parse(&Price, money),
        compare_at_price: reader.parse(&CompareAtPrice, money),
        cost: reader.parse(&Cost, money),
        options,
        name,
        sku: sku?,
    };
    Some(row)
}

fn options(reader: &RowReader<'_, ProductField>) -> Vec<(Option<String>, String)> {
    let options = ProductField::OPTIONS
        .into_iter()
        .map_while(|(name, value)| {
            let value = reader.text(&value)?;
            Some((reader.text(&name), value))
        });
    let options: Vec<_> = options.collect();
    // How shops write that a product has none.
    let is_none = matches!(&options[..], [(_, value)] if value == "Default Title");
    if is_none { Vec::new() } else { options }
}

/// The column from which a fault of a product comes.
pub(super) fn field_of(pointer: &str) -> ProductField {
    use ProductField::{
        Categories, CompareAtPrice, Cost, Description, LowStockThreshold, Name, Option1Name,
        Option1Value, Price, Sku, Stock, Tags,
    };
    let parts: Vec<_> = pointer.split('/').skip(1).collect();
    let parts = match &parts[..] {
        ["variants", _, rest @ ..] => rest,
        parts => parts,
    };
    let option = |place: &str| {
        let place: usize = place.parse().unwrap_or_default();
        ProductField::OPTIONS.get(place).copied()
    };
    match parts {
        ["name", ..] => Name,
        ["description", ..] => Description,
        ["tags", ..] => Tags,
        ["categoryIds", ..] => Categories,
        ["lowStockThreshold", ..] => LowStockThreshold,
        ["price", ..] => Price,
        ["compareAtPrice", ..] => CompareAtPrice,
        ["cost", ..] => Cost,
        ["stock", ..] => Stock,
        ["options", place, "name", ..] => option(place).map_or(Option1Name, |(name, _)| name),
        ["options" | "optionValues", place, ..] => {
            option(place).map_or(Option1Value, |(_, value)| value)
        }
        ["options" | "optionValues" | "variants", ..] | [] => Option1Value,
        _ => Sku,
    }
}
