//! Catalogs, as the Graph API writes them. Source: cloud API 8.1.

use domain::whatsapp::{
    BatchAccepted, BatchStatus, CatalogName, ItemChange, ItemError, ShownItem, ShownItems,
};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const FIELDS: &str = "id,retailer_id,price,currency,availability";

pub(super) fn batch(changes: &[ItemChange]) -> Value {
    let requests = changes.iter().map(|change| match change {
        ItemChange::Upsert(item) => {
            let availability = if item.is_available {
                "in stock"
            } else {
                "out of stock"
            };
            let (price, currency) = (item.price.decimal(), item.price.currency.code());
            let mut data = json!({
                "id": item.retailer_id,
                "title": item.title,
                "description": item.description,
                "price": format!("{price} {currency}"),
                "availability": availability,
                "condition": "new",
                "link": item.link,
            });
            if let Some(url) = &item.image_url {
                data["image_link"] = json!(url);
            }
            if let Some(group) = &item.group_id {
                data["item_group_id"] = json!(group);
            }
            json!({"method": "UPDATE", "data": data})
        }
        ItemChange::Remove { retailer_id } => {
            json!({"method": "DELETE", "data": {"id": retailer_id}})
        }
    });
    json!({
        "item_type": "PRODUCT_ITEM",
        // An update of what is not there makes it.
        "allow_upsert": true,
        "requests": requests.collect::<Value>(),
    })
}

#[derive(Deserialize)]
pub(super) struct Catalogs {
    data: Vec<Catalog>,
}

#[derive(Deserialize)]
struct Catalog {
    id: String,
    name: Option<String>,
}

impl From<Catalogs> for Vec<CatalogName> {
    fn from(catalogs: Catalogs) -> Self {
        let catalogs = catalogs.data.into_iter();
        let catalogs = catalogs.map(|Catalog { id, name }| CatalogName { id, name });
        catalogs.collect()
    }
}

#[derive(Deserialize)]
pub(super) struct Taken {
    #[serde(default)]
    handles: Vec<String>,
    #[serde(default)]
    validation_status: Vec<Validation>,
}

#[derive(Deserialize)]
struct Validation {
    retailer_id: Option<String>,
    #[serde(default)]
    errors: Vec<Words>,
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    message: String,
}

impl From<Taken> for BatchAccepted {
    fn from(taken: Taken) -> Self {
        let errors = taken.validation_status.into_iter().flat_map(|validation| {
            let id = validation.retailer_id;
            let errors = validation.errors.into_iter();
            errors.map(move |error| ItemError {
                retailer_id: id.clone(),
                message: error.message,
            })
        });
        Self {
            handle: taken.handles.into_iter().next(),
            errors: errors.collect(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Batches {
    data: Vec<Batch>,
}

#[derive(Deserialize)]
struct Batch {
    status: String,
    #[serde(default)]
    errors: Vec<BatchError>,
}

#[derive(Deserialize)]
struct BatchError {
    /// The retailer id.
    id: Option<Value>,
    #[serde(default)]
    message: String,
}

impl From<Batches> for BatchStatus {
    fn from(batches: Batches) -> Self {
        let Some(batch) = batches.data.into_iter().next() else {
            return Self::default();
        };
        let status = batch.status.to_ascii_lowercase();
        let is_failed = matches!(status.as_str(), "canceled" | "error");
        let errors = batch.errors.into_iter().map(|error| ItemError {
            retailer_id: error.id.map(|id| match id {
                Value::String(id) => id,
                other => other.to_string(),
            }),
            message: error.message,
        });
        let mut errors: Vec<_> = errors.collect();
        if is_failed && errors.is_empty() {
            errors.push(ItemError {
                retailer_id: None,
                message: format!("the batch ended as {status}"),
            });
        }
        Self {
            is_finished: is_failed || status == "finished",
            errors,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Shown {
    data: Vec<Item>,
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    #[serde(default)]
    retailer_id: String,
    price: Option<String>,
    currency: Option<String>,
    availability: Option<String>,
}

#[derive(Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

impl From<Shown> for ShownItems {
    fn from(shown: Shown) -> Self {
        let items = shown.data.into_iter().map(|item| ShownItem {
            id: item.id,
            retailer_id: item.retailer_id,
            price: item.price,
            currency: item.currency,
            availability: item.availability,
        });
        // A cursor alone may lead nowhere.
        let next = shown.paging.filter(|paging| paging.next.is_some());
        Self {
            items: items.collect(),
            next: next.and_then(|paging| paging.cursors?.after),
        }
    }
}
