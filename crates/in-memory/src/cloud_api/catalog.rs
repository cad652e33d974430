use std::collections::{BTreeMap, HashMap};

use domain::{
    id::Id,
    whatsapp::{BatchAccepted, BatchStatus, CatalogItem, ItemChange, ItemError, ShownItem},
};

/// The one catalog of every business account.
pub const CATALOG: &str = "194836987003835";

/// A catalog that does at once what it is told.
#[derive(Default)]
pub struct ScriptedCatalog {
    /// What it shows, by retailer id.
    pub items: BTreeMap<String, CatalogItem>,
    /// Why it does not take some, by retailer id.
    pub refused: HashMap<String, String>,
    /// It does not say what came of a batch.
    pub is_silent: bool,
    /// What went wrong in each, by handle.
    batches: HashMap<String, Vec<ItemError>>,
}

impl ScriptedCatalog {
    pub(super) fn change(&mut self, changes: &[ItemChange]) -> BatchAccepted {
        let mut errors = Vec::new();
        for change in changes {
            let id = change.retailer_id();
            if let Some(message) = self.refused.get(id) {
                errors.push(ItemError {
                    retailer_id: Some(id.to_owned()),
                    message: message.clone(),
                });
                continue;
            }
            match change {
                ItemChange::Upsert(item) => self.items.insert(id.to_owned(), (**item).clone()),
                ItemChange::Remove { .. } => self.items.remove(id),
            };
        }
        let handle = Id::<BatchAccepted>::generate().to_string();
        self.batches.insert(handle.clone(), errors);
        BatchAccepted {
            handle: Some(handle),
            errors: Vec::new(),
        }
    }

    pub(super) fn status(&self, handle: &str) -> BatchStatus {
        BatchStatus {
            is_finished: !self.is_silent,
            errors: self.batches.get(handle).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn shown(&self) -> Vec<ShownItem> {
        self.items.values().map(shown).collect()
    }
}

fn shown(item: &CatalogItem) -> ShownItem {
    let availability = if item.is_available {
        "in stock"
    } else {
        "out of stock"
    };
    ShownItem {
        id: format!("meta-{}", item.retailer_id),
        retailer_id: item.retailer_id.clone(),
        price: Some(format!("${}", item.price.decimal())),
        currency: Some(item.price.currency.code().to_owned()),
        availability: Some(availability.to_owned()),
    }
}
