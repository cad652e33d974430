//! Catalogs, as the Graph API writes them. Source: cloud API 8.1.

use domain::whatsapp::{
    BatchAccepted, BatchStatus, CatalogName, ItemChange, ItemError, ShownItem, ShownItems,
};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const FIELDS: &str = "id,retailer_id,price,currency,availability";
/// Else errors that name no item could be any item's.
pub(super) const WITH_INVALID_IDS: (&str, &str) = ("load_ids_of_invalid_requests", "true");

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
    errors_total_count: u64,
    /// Of many, only some.
    #[serde(default)]
    errors: Vec<BatchError>,
    #[serde(default)]
    ids_of_invalid_requests: Vec<Value>,
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
            retailer_id: error.id.map(id),
            message: error.message,
        });
        let mut errors: Vec<_> = errors.collect();
        name_all(
            &mut errors,
            batch.ids_of_invalid_requests.into_iter().map(id),
        );
        if errors.is_empty() && (is_failed || batch.errors_total_count > 0) {
            errors.push(ItemError {
                retailer_id: None,
                message: format!("Meta ended the batch as {status}, and did not say why."),
            });
        }
        Self {
            is_finished: is_failed || status == "finished",
            errors,
        }
    }
}

/// An id, in whatever form Meta has it.
fn id(id: Value) -> String {
    match id {
        Value::String(id) => id,
        other => other.to_string(),
    }
}

/// Gives an error to each item that Meta has not taken. Those that name no item are theirs,
/// if it is known which these are.
fn name_all(errors: &mut Vec<ItemError>, invalid: impl Iterator<Item = String>) {
    let is_named = |errors: &[ItemError], id: &str| {
        let mut named = errors.iter();
        named.any(|error| error.retailer_id.as_deref() == Some(id))
    };
    let unnamed: Vec<_> = invalid.filter(|id| !is_named(errors, id)).collect();
    if unnamed.is_empty() {
        return;
    }
    let mut reasons: Vec<_> = errors
        .extract_if(.., |error| error.retailer_id.is_none())
        .map(|error| error.message)
        .collect();
    if reasons.is_empty() {
        reasons.push("Meta did not take it, and did not say why.".to_owned());
    }
    for retailer_id in unnamed {
        errors.extend(reasons.iter().map(|message| ItemError {
            retailer_id: Some(retailer_id.clone()),
            message: message.clone(),
        }));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether it is finished, and what is wrong with which item.
    fn read(batch: &Value) -> (bool, Vec<(Option<String>, String)>) {
        let batches = Batches::deserialize(json!({ "data": [batch] })).unwrap();
        let status = BatchStatus::from(batches);
        let errors = status.errors.into_iter();
        let errors = errors.map(|error| (error.retailer_id, error.message));
        (status.is_finished, errors.collect())
    }

    fn wrong(id: &str, message: &str) -> (Option<String>, String) {
        (Some(id.to_owned()), message.to_owned())
    }

    #[test]
    fn a_batch_is_finished_in_whatever_case_meta_says_so() {
        for (status, expected) in [
            ("started", false),
            ("DISPATCHED", false),
            ("finished", true),
            ("Finished", true),
        ] {
            assert_eq!(read(&json!({ "status": status })), (expected, Vec::new()));
        }
        for status in ["canceled", "ERROR"] {
            let (is_finished, errors) = read(&json!({ "status": status }));
            assert!(is_finished);
            assert_eq!(errors.len(), 1);
            assert_eq!(errors[0].0, None);
        }
        assert!(!BatchStatus::from(Batches { data: Vec::new() }).is_finished);
    }

    #[test]
    fn an_error_is_told_of_each_item_that_has_one() {
        let unknown = "Meta did not take it, and did not say why.";
        for (errors, invalid, expected) in [
            (
                json!([{ "line": 1, "id": "A", "message": "No" }]),
                json!(["A"]),
                vec![wrong("A", "No")],
            ),
            (
                json!([{ "line": 1, "id": "A", "message": "No" }]),
                json!(["A", "B"]),
                vec![wrong("A", "No"), wrong("B", unknown)],
            ),
            (
                json!([{ "line": 1, "message": "No" }]),
                json!(["A", 7]),
                vec![wrong("A", "No"), wrong("7", "No")],
            ),
            (
                json!([{ "message": "No" }]),
                json!([]),
                vec![(None, "No".to_owned())],
            ),
        ] {
            let batch = json!({
                "status": "finished", "errors_total_count": 9, "errors": errors,
                "ids_of_invalid_requests": invalid,
            });
            assert_eq!(read(&batch), (true, expected));
        }
        let (_, errors) = read(&json!({ "status": "finished", "errors_total_count": 2 }));
        assert_eq!(errors.len(), 1, "nobody knows whose they are");
    }
}
