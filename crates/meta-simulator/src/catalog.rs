//! Catalogs, as far as messages show their products.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{accounts::Accounts, graph::GraphError};

/// A catalog that is connected to a business account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    pub id: String,
    pub business_account_id: String,
    pub products: Vec<Product>,
}

/// A product, as the phone shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    pub retailer_id: String,
    pub name: String,
    /// In units of the currency: 12.5.
    pub price: f64,
    /// ISO 4217.
    pub currency: String,
    pub image_url: Option<String>,
    #[serde(default = "in_stock")]
    pub availability: String,
}

pub(crate) const IN_STOCK: &str = "in stock";

fn in_stock() -> String {
    IN_STOCK.to_owned()
}

impl Accounts {
    pub(crate) fn use_catalog(
        &mut self,
        id: &str,
        token: &str,
    ) -> Result<&mut Catalog, GraphError> {
        let catalog = self.catalogs.iter().find(|catalog| catalog.id == id);
        let account = catalog.map(|catalog| catalog.business_account_id.clone());
        let account = account.ok_or_else(|| GraphError::unknown_object(id))?;
        self.use_account(&account, token)?;
        let mut catalogs = self.catalogs.iter_mut();
        let catalog = catalogs.find(|catalog| catalog.id == id);
        catalog.ok_or_else(|| GraphError::unknown_object(id))
    }

    /// Checks that the business has the catalog and some of the products that an interactive
    /// message shows. An open simulator trusts the sender as long as it knows no catalog of the
    /// account.
    pub(crate) fn check_catalog(
        &self,
        account: &str,
        interactive: &Value,
        open: bool,
    ) -> Result<(), GraphError> {
        let kind = interactive["type"].as_str().unwrap_or_default();
        if !matches!(kind, "product" | "product_list" | "catalog_message") {
            return Ok(());
        }
        let mut catalogs = self.catalogs.iter();
        let Some(catalog) = catalogs.find(|known| known.business_account_id == account) else {
            if open {
                return Ok(());
            }
            return Err(GraphError::new(131_009).with_details("catalog not connected"));
        };
        let action = &interactive["action"];
        if kind != "catalog_message" && action["catalog_id"] != catalog.id {
            return Err(GraphError::invalid(
                "interactive['action']['catalog_id']",
                "is not a catalog of this business",
            ));
        }
        let wanted = retailer_ids(action);
        let has_some = wanted.is_empty() || wanted.iter().any(|id| catalog.has(id));
        if !has_some {
            return Err(GraphError::new(131_009).with_details(format!(
                "Products not found in FB Catalog: {}",
                wanted.join(", ")
            )));
        }
        Ok(())
    }
}

impl Catalog {
    /// Adds a product, or replaces the one with the same retailer id.
    pub(crate) fn put(&mut self, product: Product) {
        let mut products = self.products.iter_mut();
        match products.find(|known| known.retailer_id == product.retailer_id) {
            Some(known) => *known = product,
            None => self.products.push(product),
        }
    }

    fn has(&self, retailer_id: &str) -> bool {
        let mut products = self.products.iter();
        products.any(|product| product.retailer_id == retailer_id)
    }
}

/// The products that the action of an interactive message names.
fn retailer_ids(action: &Value) -> Vec<&str> {
    let sections = action["sections"].as_array().into_iter().flatten();
    let items = sections.filter_map(|section| section["product_items"].as_array());
    let listed = items.flatten().map(|item| &item["product_retailer_id"]);
    let single = [
        &action["product_retailer_id"],
        &action["parameters"]["thumbnail_product_retailer_id"],
    ];
    listed.chain(single).filter_map(Value::as_str).collect()
}
