//! Catalogs: what is in them, and how it gets there.

use serde_json::{Value, json};

use super::{Answer, Call, GraphError};
use crate::{
    Simulator,
    catalog::{Catalog, IN_STOCK, Product},
    ids,
};

const MAX_REQUESTS: usize = 5_000;
const PAGE: usize = 100;

impl Simulator {
    /// An open simulator gives each business a catalog as soon as somebody asks.
    pub(super) fn list_catalogs(&self, account: &str, token: &str) -> Result<Answer, GraphError> {
        let mut state = self.state();
        state.accounts.use_account(account, token)?;
        let catalogs = &mut state.accounts.catalogs;
        let is_ours = |catalog: &&Catalog| catalog.business_account_id == account;
        if self.inner.settings.open && !catalogs.iter().any(|catalog| is_ours(&catalog)) {
            catalogs.push(Catalog {
                id: format!("9{account}"),
                business_account_id: account.to_owned(),
                products: Vec::new(),
            });
        }
        let ours = catalogs.iter().filter(is_ours);
        let ours = ours.map(|catalog| json!({"id": catalog.id, "name": "Products"}));
        Ok(Answer::ok(json!({"data": ours.collect::<Value>()})))
    }

    pub(super) fn list_products(
        &self,
        catalog: &str,
        token: &str,
        call: &Call,
    ) -> Result<Answer, GraphError> {
        let mut state = self.state();
        let catalog = state.accounts.use_catalog(catalog, token)?;
        let number = |name, default| {
            let value = call.query.get(name);
            value
                .and_then(|value| value.parse().ok())
                .unwrap_or(default)
        };
        let (from, limit) = (number("after", 0), number("limit", 25).min(PAGE));
        let products = catalog.products.iter().skip(from).take(limit);
        let products: Vec<_> = products.map(|product| shown(catalog, product)).collect();
        let end = from + products.len();
        let mut paging = json!({"cursors": {"before": from.to_string(), "after": end.to_string()}});
        if end < catalog.products.len() {
            paging["next"] = json!(format!("{}?after={end}", call.path));
        }
        Ok(Answer::ok(json!({"data": products, "paging": paging})))
    }

    pub(super) fn change_products(
        &self,
        catalog: &str,
        token: &str,
        body: &Value,
    ) -> Result<Answer, GraphError> {
        let requests = body["requests"].as_array();
        let requests = requests.ok_or_else(|| GraphError::missing("requests"))?;
        if body["item_type"] != "PRODUCT_ITEM" {
            return Err(GraphError::invalid("item_type", "must be PRODUCT_ITEM"));
        }
        if requests.is_empty() || requests.len() > MAX_REQUESTS {
            return Err(GraphError::invalid("requests", "must have 1 to 5000"));
        }
        let mut state = self.state();
        let scripted = state.accounts.item_errors.clone();
        let catalog = state.accounts.use_catalog(catalog, token)?;
        let mut errors = Vec::new();
        for request in requests {
            let data = &request["data"];
            let id = data["id"].as_str().unwrap_or_default();
            let done = match (scripted.get(id), request["method"].as_str()) {
                (Some(error), _) => Err(error.clone()),
                (None, Some("DELETE")) => {
                    catalog.products.retain(|product| product.retailer_id != id);
                    Ok(())
                }
                (None, Some("CREATE" | "UPDATE")) => read(data).map(|product| catalog.put(product)),
                (None, _) => Err("method must be CREATE, UPDATE or DELETE".to_owned()),
            };
            if let Err(message) = done {
                errors.push(json!({"line": 0, "id": id, "message": message}));
            }
        }
        let handle = ids::trace();
        state.accounts.batches.insert(handle.clone(), errors);
        Ok(Answer::ok(
            json!({"handles": [handle], "validation_status": []}),
        ))
    }

    pub(super) fn read_batch(
        &self,
        catalog: &str,
        token: &str,
        call: &Call,
    ) -> Result<Answer, GraphError> {
        let mut state = self.state();
        state.accounts.use_catalog(catalog, token)?;
        let handle = call.query.get("handle").cloned().unwrap_or_default();
        let errors = state.accounts.batches.get(&handle).cloned();
        let errors = errors.ok_or_else(|| GraphError::invalid("handle", "is not known"))?;
        let wants_ids = call.query.get("load_ids_of_invalid_requests");
        let invalid: Vec<_> = match wants_ids.map(String::as_str) {
            Some("true") => errors.iter().map(|error| error["id"].clone()).collect(),
            _ => Vec::new(),
        };
        Ok(Answer::ok(json!({"data": [{
            "handle": handle,
            "status": "finished",
            "errors_total_count": errors.len(),
            "errors": errors,
            "warnings": [],
            "ids_of_invalid_requests": invalid,
        }]})))
    }
}

fn shown(catalog: &Catalog, product: &Product) -> Value {
    json!({
        "id": format!("{}{}", catalog.id, product.retailer_id),
        "retailer_id": product.retailer_id,
        "name": product.name,
        "price": format!("${:.2}", product.price),
        "currency": product.currency,
        "availability": product.availability,
        "image_url": product.image_url,
    })
}

fn read(data: &Value) -> Result<Product, String> {
    let text = |name: &str| {
        let value = data[name].as_str().filter(|value| !value.is_empty());
        value
            .map(str::to_owned)
            .ok_or(format!("A required field is missing: {name}."))
    };
    for name in ["description", "link", "condition"] {
        text(name)?;
    }
    let price = text("price")?;
    let (amount, currency) = price.split_once(' ').ok_or("price has no currency")?;
    Ok(Product {
        retailer_id: text("id")?,
        name: text("title")?,
        price: amount.parse().map_err(|_| "price is no number")?,
        currency: currency.to_owned(),
        image_url: Some(text("image_link")?),
        availability: data["availability"].as_str().unwrap_or(IN_STOCK).to_owned(),
    })
}
