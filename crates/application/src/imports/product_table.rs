//! Products as a table that an import reads without being told how: a row for each variant.

use std::collections::HashMap;

use domain::{
    catalog::{Category, CategoryId, Product, Variant},
    chats::Label,
    imports::ProductField,
    money::Money,
};

use super::customer_table::list;
use crate::catalog::category_paths;

const HEADERS: [(&str, ProductField); 20] = {
    use ProductField::{
        AllowBackorder, Categories, CompareAtPrice, Cost, Description, Handle, LowStockThreshold,
        Name, Option1Name, Option1Value, Option2Name, Option2Value, Option3Name, Option3Value,
        Price, Sku, Status, Stock, Tags, TrackInventory,
    };
    [
        ("Handle", Handle),
        ("Name", Name),
        ("Description", Description),
        ("Status", Status),
        ("Categories", Categories),
        ("Tags", Tags),
        ("Option1 name", Option1Name),
        ("Option1 value", Option1Value),
        ("Option2 name", Option2Name),
        ("Option2 value", Option2Value),
        ("Option3 name", Option3Name),
        ("Option3 value", Option3Value),
        ("SKU", Sku),
        ("Price", Price),
        ("Compare at price", CompareAtPrice),
        ("Cost", Cost),
        ("Track inventory", TrackInventory),
        ("Stock", Stock),
        ("Low stock threshold", LowStockThreshold),
        ("Allow backorder", AllowBackorder),
    ]
};

/// The rows of an export of products.
pub(crate) struct ProductTable {
    paths: HashMap<CategoryId, String>,
}

impl ProductTable {
    pub(crate) fn new(categories: &[Category]) -> Self {
        Self {
            paths: category_paths(categories),
        }
    }

    pub(crate) fn headers() -> Vec<&'static str> {
        HEADERS.iter().map(|(header, _)| *header).collect()
    }

    /// One for each variant. What they have in common stands in each, so that any of them can
    /// go.
    pub(crate) fn records(&self, product: &Product) -> Vec<Vec<String>> {
        let records = product.variants.iter().map(|variant| {
            let cells = HEADERS.iter().map(|(_, field)| {
                let cell = self.cell(*field, product, variant);
                cell.unwrap_or_default()
            });
            cells.collect()
        });
        records.collect()
    }

    fn cell(&self, field: ProductField, product: &Product, variant: &Variant) -> Option<String> {
        use ProductField::{
            AllowBackorder, Categories, CompareAtPrice, Cost, Description, Handle,
            LowStockThreshold, Name, Option1Name, Option1Value, Option2Name, Option2Value,
            Option3Name, Option3Value, Price, Sku, Status, Stock, Tags, TrackInventory,
        };
        let option = |place: usize| product.options.get(place).map(|option| option.name.clone());
        let value = |place: usize| variant.option_values.get(place).cloned();
        match field {
            Handle => Some(product.id.to_string()),
            Name => Some(product.name.clone()),
            Description => product.description.clone(),
            Status => Some(product.status.as_str().to_owned()),
            Categories => {
                let paths = product
                    .category_ids
                    .iter()
                    .filter_map(|id| self.paths.get(id));
                Some(paths.cloned().collect::<Vec<_>>().join(" | "))
            }
            Tags => Some(list(product.tags.iter().map(Label::as_str))),
            Option1Name => option(0),
            Option1Value => value(0),
            Option2Name => option(1),
            Option2Value => value(1),
            Option3Name => option(2),
            Option3Value => value(2),
            Sku => Some(variant.sku.as_str().to_owned()),
            Price => Some(decimal(variant.price)),
            CompareAtPrice => variant.compare_at_price.map(decimal),
            Cost => variant.cost.map(decimal),
            TrackInventory => Some(product.track_inventory.to_string()),
            Stock => Some(variant.stock.on_hand.to_string()),
            LowStockThreshold => product.low_stock_threshold.map(|it| it.to_string()),
            AllowBackorder => Some(product.allow_backorder.to_string()),
        }
    }
}

/// In the currency's major units, such as `19.99`.
fn decimal(money: Money) -> String {
    let digits = usize::from(money.currency.exponent().unwrap_or_default());
    let sign = if money.amount < 0 { "-" } else { "" };
    let amount = format!(
        "{:0>width$}",
        money.amount.unsigned_abs(),
        width = digits + 1
    );
    match amount.split_at(amount.len() - digits) {
        (whole, "") => format!("{sign}{whole}"),
        (whole, decimals) => format!("{sign}{whole}.{decimals}"),
    }
}

#[cfg(test)]
mod tests {
    use domain::{imports::guess_product_fields, money::Currency};

    use super::{super::cells::money, *};

    #[test]
    fn the_headers_are_understood_by_an_import() {
        let headers: Vec<_> = HEADERS
            .iter()
            .map(|(header, _)| (*header).to_owned())
            .collect();
        let fields: Vec<_> = HEADERS.iter().map(|(_, field)| Some(*field)).collect();
        assert_eq!(guess_product_fields(&headers), fields);
    }

    #[test]
    fn prices_are_read_as_they_were_written() {
        for (amount, currency, text) in [
            (1_999, Currency::USD, "19.99"),
            (5, Currency::USD, "0.05"),
            (1_000_000_000_000, Currency::EUR, "10000000000.00"),
            (1_234, Currency::JPY, "1234"),
            (1_234, Currency::KWD, "1.234"),
        ] {
            let price = Money::new(amount, currency);
            assert_eq!(decimal(price), text);
            assert_eq!(money(text, currency), Ok(price));
        }
    }
}
