use domain::chats::{Action, ListRow, ListSection, ProductSection, ReplyButton};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{InteractiveType, unexpected};
use crate::problem::Fault;

/// What can be tapped, by the message's type.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ActionBody {
    /// Meta's word for the type, which need not be said: `cta_url`, `catalog_message`,
    /// `send_location`.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Of `button`: one to three.
    #[serde(skip_serializing_if = "Option::is_none")]
    buttons: Option<Vec<ButtonBody>>,
    /// Of `list`: what opens it; at most 20 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    button: Option<String>,
    /// Of `list` and `productList`: at most ten, with ten rows or thirty products in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    sections: Option<Vec<SectionBody>>,
    /// Of `ctaUrl` and `catalog`.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<ParametersBody>,
    /// Of `product`: one without options.
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<Uuid>,
    /// Of `product`: one of its variants, instead of `productId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    variant_id: Option<Uuid>,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ButtonBody {
    #[serde(default, rename = "type")]
    kind: ButtonType,
    #[serde(default)]
    #[schema(required)]
    reply: ReplyBody,
}

#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum ButtonType {
    #[default]
    Reply,
}

#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplyBody {
    /// Comes back with the answer.
    #[serde(default)]
    #[schema(required, max_length = 256)]
    id: String,
    #[serde(default)]
    #[schema(required, max_length = 20)]
    title: String,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SectionBody {
    /// Required if there are several sections.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 24)]
    title: Option<String>,
    /// Of `list`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<RowBody>>,
    /// Of `productList`.
    #[serde(skip_serializing_if = "Option::is_none")]
    product_items: Option<Vec<ProductBody>>,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RowBody {
    /// Comes back with the answer.
    #[serde(default)]
    #[schema(required, max_length = 200)]
    id: String,
    #[serde(default)]
    #[schema(required, max_length = 24)]
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 72)]
    description: Option<String>,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProductBody {
    /// Of one without options.
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<Uuid>,
    /// One of its variants, instead of `productId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    variant_id: Option<Uuid>,
}

#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ParametersBody {
    /// Of `ctaUrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 20)]
    display_text: Option<String>,
    /// Of `ctaUrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Of `catalog`: the product whose picture is shown; else the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_product_id: Option<Uuid>,
    /// One of its variants, instead of `thumbnailProductId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_variant_id: Option<Uuid>,
}

const AT: &str = "/interactive/action";

impl ActionBody {
    pub(super) fn read(self, kind: InteractiveType, faults: &mut Vec<Fault>) -> Action {
        use InteractiveType::{
            Button, Catalog, CtaUrl, List, LocationRequest, Product, ProductList,
        };
        let name = match kind {
            CtaUrl => Some("cta_url"),
            Catalog => Some("catalog_message"),
            LocationRequest => Some("send_location"),
            Button | List | Product | ProductList => None,
        };
        if self.name.is_some() && self.name.as_deref() != name {
            faults.push(unexpected(AT, "name"));
        }
        let parts: [(&str, &[InteractiveType], bool); 6] = [
            ("buttons", &[Button], self.buttons.is_some()),
            ("button", &[List], self.button.is_some()),
            ("sections", &[List, ProductList], self.sections.is_some()),
            ("parameters", &[CtaUrl, Catalog], self.parameters.is_some()),
            ("productId", &[Product], self.product_id.is_some()),
            ("variantId", &[Product], self.variant_id.is_some()),
        ];
        for (name, own, is_there) in parts {
            if is_there && !own.contains(&kind) {
                faults.push(unexpected(AT, name));
            }
        }
        let sections = self.sections.unwrap_or_default().into_iter().enumerate();
        let parameters = self.parameters.unwrap_or_default();
        match kind {
            Button => {
                let buttons = self.buttons.unwrap_or_default().into_iter();
                let buttons = buttons.map(|button| ReplyButton {
                    id: button.reply.id,
                    title: button.reply.title,
                });
                Action::Buttons(buttons.collect())
            }
            List => Action::List {
                button: self.button.unwrap_or_default(),
                sections: sections
                    .map(|(index, section)| section.read_rows(index, faults))
                    .collect(),
            },
            CtaUrl => {
                let foreign = [
                    ("thumbnailProductId", &parameters.thumbnail_product_id),
                    ("thumbnailVariantId", &parameters.thumbnail_variant_id),
                ];
                for (name, value) in foreign {
                    if value.is_some() {
                        faults.push(unexpected(AT, &format!("parameters/{name}")));
                    }
                }
                Action::CtaUrl {
                    display_text: parameters.display_text.unwrap_or_default(),
                    url: parameters.url.unwrap_or_default(),
                }
            }
            Product => Action::Product {
                // Which catalog it is in is known once it is sent.
                catalog_id: String::new(),
                product_retailer_id: one(
                    self.product_id,
                    self.variant_id,
                    &format!("{AT}/productId"),
                    faults,
                ),
            },
            ProductList => Action::ProductList {
                catalog_id: String::new(),
                sections: sections
                    .map(|(index, section)| section.read_products(index, faults))
                    .collect(),
            },
            Catalog => {
                let foreign = [
                    ("parameters/displayText", &parameters.display_text),
                    ("parameters/url", &parameters.url),
                ];
                for (name, value) in foreign {
                    if value.is_some() {
                        faults.push(unexpected(AT, name));
                    }
                }
                let (product, variant) = (
                    parameters.thumbnail_product_id,
                    parameters.thumbnail_variant_id,
                );
                let is_named = product.is_some() || variant.is_some();
                let at = format!("{AT}/parameters/thumbnailProductId");
                Action::Catalog {
                    thumbnail_product_retailer_id: is_named
                        .then(|| one(product, variant, &at, faults)),
                }
            }
            LocationRequest => Action::LocationRequest,
        }
    }

    pub(super) fn show(action: Action) -> (InteractiveType, Self) {
        let empty = Self::default();
        match action {
            Action::Buttons(buttons) => {
                let buttons = buttons
                    .into_iter()
                    .map(|ReplyButton { id, title }| ButtonBody {
                        kind: ButtonType::Reply,
                        reply: ReplyBody { id, title },
                    });
                let buttons = Some(buttons.collect());
                (InteractiveType::Button, Self { buttons, ..empty })
            }
            Action::List { button, sections } => {
                let action = Self {
                    button: Some(button),
                    sections: Some(sections.into_iter().map(Into::into).collect()),
                    ..empty
                };
                (InteractiveType::List, action)
            }
            Action::CtaUrl { display_text, url } => {
                let parameters = Some(ParametersBody {
                    display_text: Some(display_text),
                    url: Some(url),
                    ..ParametersBody::default()
                });
                (
                    InteractiveType::CtaUrl,
                    Self {
                        parameters,
                        ..empty
                    },
                )
            }
            Action::Product {
                product_retailer_id,
                ..
            } => {
                let action = Self {
                    variant_id: product_retailer_id.parse().ok(),
                    ..empty
                };
                (InteractiveType::Product, action)
            }
            Action::ProductList { sections, .. } => {
                let action = Self {
                    sections: Some(sections.into_iter().map(Into::into).collect()),
                    ..empty
                };
                (InteractiveType::ProductList, action)
            }
            Action::Catalog {
                thumbnail_product_retailer_id: id,
            } => {
                let parameters = id.map(|id| ParametersBody {
                    thumbnail_variant_id: id.parse().ok(),
                    ..ParametersBody::default()
                });
                (
                    InteractiveType::Catalog,
                    Self {
                        parameters,
                        ..empty
                    },
                )
            }
            Action::LocationRequest => (InteractiveType::LocationRequest, empty),
        }
    }
}

/// The id of the one that is named: a product's or a variant's.
fn one(product: Option<Uuid>, variant: Option<Uuid>, at: &str, faults: &mut Vec<Fault>) -> String {
    match (product, variant) {
        (Some(id), None) | (None, Some(id)) => return id.to_string(),
        (None, None) => faults.push(Fault::new(at, "required", "is required, or `variantId`")),
        (Some(_), Some(_)) => {
            let detail = "cannot be combined with a variant's id";
            faults.push(Fault::new(at, "conflicting", detail));
        }
    }
    String::new()
}

impl SectionBody {
    fn read_rows(self, index: usize, faults: &mut Vec<Fault>) -> ListSection {
        if self.product_items.is_some() {
            faults.push(unexpected(AT, &format!("sections/{index}/productItems")));
        }
        let rows = self.rows.unwrap_or_default().into_iter();
        ListSection {
            title: self.title,
            rows: rows
                .map(|row| ListRow {
                    id: row.id,
                    title: row.title,
                    description: row.description,
                })
                .collect(),
        }
    }

    fn read_products(self, index: usize, faults: &mut Vec<Fault>) -> ProductSection {
        if self.rows.is_some() {
            faults.push(unexpected(AT, &format!("sections/{index}/rows")));
        }
        let products = self
            .product_items
            .unwrap_or_default()
            .into_iter()
            .enumerate();
        let products = products.map(|(item, body)| {
            let at = format!("{AT}/sections/{index}/productItems/{item}/productId");
            one(body.product_id, body.variant_id, &at, faults)
        });
        ProductSection {
            title: self.title,
            product_retailer_ids: products.collect(),
        }
    }
}

impl From<ListSection> for SectionBody {
    fn from(section: ListSection) -> Self {
        let rows = section.rows.into_iter().map(|row| RowBody {
            id: row.id,
            title: row.title,
            description: row.description,
        });
        Self {
            title: section.title,
            rows: Some(rows.collect()),
            product_items: None,
        }
    }
}

impl From<ProductSection> for SectionBody {
    fn from(section: ProductSection) -> Self {
        let products = section.product_retailer_ids.into_iter();
        let products = products.map(|id| ProductBody {
            product_id: None,
            variant_id: id.parse().ok(),
        });
        Self {
            title: section.title,
            rows: None,
            product_items: Some(products.collect()),
        }
    }
}
