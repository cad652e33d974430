use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::chats::ContentFaults;

/// What a customer can tap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Buttons(Vec<ReplyButton>),
    List {
        /// What opens the list.
        button: String,
        sections: Vec<ListSection>,
    },
    /// A button that opens a page.
    CtaUrl {
        display_text: String,
        url: String,
    },
    Product {
        catalog_id: String,
        product_retailer_id: String,
    },
    ProductList {
        catalog_id: String,
        sections: Vec<ProductSection>,
    },
    /// A button that opens the whole catalog.
    Catalog {
        /// The product whose picture is shown; else the first.
        thumbnail_product_retailer_id: Option<String>,
    },
    /// A button that sends where the customer is.
    LocationRequest,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyButton {
    /// Comes back with the answer.
    pub id: String,
    pub title: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSection {
    pub title: Option<String>,
    pub rows: Vec<ListRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// Comes back with the answer.
    pub id: String,
    pub title: String,
    pub description: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSection {
    pub title: Option<String>,
    pub product_retailer_ids: Vec<String>,
}

impl Action {
    const BUTTONS: usize = 3;
    const SECTIONS: usize = 10;
    /// Over all sections.
    const ROWS: usize = 10;
    /// Over all sections.
    const PRODUCTS: usize = 30;

    /// The products that it names, with where each stands.
    pub fn retailer_ids(&mut self) -> Vec<(String, &mut String)> {
        match self {
            Self::Product {
                product_retailer_id,
                ..
            } => vec![("/action/productId".to_owned(), product_retailer_id)],
            Self::ProductList { sections, .. } => {
                let sections = sections.iter_mut().enumerate();
                let named = sections.flat_map(|(section, products)| {
                    let products = products.product_retailer_ids.iter_mut().enumerate();
                    products.map(move |(index, id)| {
                        let at =
                            format!("/action/sections/{section}/productItems/{index}/productId");
                        (at, id)
                    })
                });
                named.collect()
            }
            Self::Catalog {
                thumbnail_product_retailer_id: Some(id),
            } => vec![("/action/parameters/thumbnailProductId".to_owned(), id)],
            _ => Vec::new(),
        }
    }

    /// Whether it is about a catalog.
    pub fn shows_catalog(&self) -> bool {
        matches!(
            self,
            Self::Product { .. } | Self::ProductList { .. } | Self::Catalog { .. }
        )
    }

    pub fn set_catalog(&mut self, id: &str) {
        if let Self::Product { catalog_id, .. } | Self::ProductList { catalog_id, .. } = self {
            id.clone_into(catalog_id);
        }
    }

    pub(super) fn check(&self, faults: &mut ContentFaults) {
        match self {
            Self::Buttons(buttons) => check_buttons(buttons, faults),
            Self::List { button, sections } => {
                faults.text("/action/button", button, 20);
                check_list(sections, faults);
            }
            Self::CtaUrl { display_text, url } => {
                faults.text("/action/parameters/displayText", display_text, 20);
                check_url("/action/parameters/url", url, faults);
            }
            Self::ProductList { sections, .. } => check_product_list(sections, faults),
            Self::Product { .. } | Self::Catalog { .. } | Self::LocationRequest => {}
        }
    }
}

fn check_buttons(buttons: &[ReplyButton], faults: &mut ContentFaults) {
    faults.count("/action/buttons", buttons.len(), &(1..=Action::BUTTONS));
    let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
    for (index, button) in buttons.iter().enumerate() {
        let at = format!("/action/buttons/{index}/reply");
        faults.text(format!("{at}/id"), &button.id, 256);
        faults.unique(format!("{at}/id"), &button.id, &mut ids);
        faults.text(format!("{at}/title"), &button.title, 20);
        faults.unique(format!("{at}/title"), &button.title, &mut titles);
    }
}

fn check_list(sections: &[ListSection], faults: &mut ContentFaults) {
    check_sections(sections.iter().map(|section| &section.title), faults);
    let total = sections.iter().map(|section| section.rows.len()).sum();
    if total > Action::ROWS {
        faults.count("/action/sections", total, &(0..=Action::ROWS));
    }
    let mut ids = HashSet::new();
    for (section, rows) in sections.iter().map(|section| &section.rows).enumerate() {
        let at = format!("/action/sections/{section}/rows");
        faults.count(&at, rows.len(), &(1..=Action::ROWS));
        for (index, row) in rows.iter().enumerate() {
            let at = format!("{at}/{index}");
            faults.text(format!("{at}/id"), &row.id, 200);
            faults.unique(format!("{at}/id"), &row.id, &mut ids);
            faults.text(format!("{at}/title"), &row.title, 24);
            faults.optional_text(format!("{at}/description"), row.description.as_deref(), 72);
        }
    }
}

fn check_product_list(sections: &[ProductSection], faults: &mut ContentFaults) {
    check_sections(sections.iter().map(|section| &section.title), faults);
    let products = sections.iter().map(|section| &section.product_retailer_ids);
    let total = products.clone().map(Vec::len).sum();
    if total > Action::PRODUCTS {
        faults.count("/action/sections", total, &(0..=Action::PRODUCTS));
    }
    for (section, products) in products.enumerate() {
        let at = format!("/action/sections/{section}/productItems");
        faults.count(&at, products.len(), &(1..=Action::PRODUCTS));
    }
}

/// A section needs a title unless it is the only one.
fn check_sections<'a>(
    titles: impl ExactSizeIterator<Item = &'a Option<String>>,
    faults: &mut ContentFaults,
) {
    let count = titles.len();
    faults.count("/action/sections", count, &(1..=Action::SECTIONS));
    for (index, title) in titles.enumerate() {
        let at = format!("/action/sections/{index}/title");
        match title {
            Some(title) => faults.text(at, title, 24),
            None if count > 1 => faults.add(at, "required", "is required if there are several"),
            None => {}
        }
    }
}

fn check_url(at: &str, url: &str, faults: &mut ContentFaults) {
    const MAX_URL: usize = 2000;
    faults.text(at, url, MAX_URL);
    let is_page =
        Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !url.is_empty() && url.len() <= MAX_URL && (!is_page || url.contains("{{")) {
        let detail = "must be an http or https URL without variables";
        faults.add(at, "invalid_url", detail);
    }
}
