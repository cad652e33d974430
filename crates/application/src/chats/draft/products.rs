//! The products that a message names.

use std::collections::HashSet;

use domain::{
    catalog::{Product, ProductStatus, Variant, VariantId},
    chats::{Interactive, NamedProduct},
    storage::Storage,
    store::Repositories,
};
use uuid::Uuid;

use crate::{Error, FieldError};

/// Has the message name variants of ours, and keeps how they are today. Refuses what Meta
/// would not show.
pub(super) async fn name(
    data: &dyn Repositories,
    storage: &dyn Storage,
    interactive: &mut Interactive,
    faults: &mut Vec<FieldError>,
) -> Result<(), Error> {
    if !interactive.action.shows_catalog() {
        return Ok(());
    }
    let Some(catalog) = data.meta_catalog().find().await? else {
        if !faults.is_empty() {
            return Ok(());
        }
        let detail = "no catalog at Meta is connected";
        return Err(Error::conflict("catalog_not_connected", detail));
    };
    interactive.action.set_catalog(&catalog.catalog_id);
    let named = interactive.action.retailer_ids();
    let ids: Vec<Uuid> = named.iter().filter_map(|(_, id)| id.parse().ok()).collect();
    let known = Known::load(data, &ids).await?;
    let mut today: Vec<NamedProduct> = Vec::new();
    for (pointer, id) in named {
        match known.find(id) {
            Ok((product, variant)) => {
                *id = variant.id.to_string();
                if today.iter().all(|one| one.variant_id != variant.id) {
                    let image = product.images.first();
                    let thumbnail = image.map(|image| storage.public_url(&image.thumbnail));
                    let thumbnail = thumbnail.transpose()?.map(String::from);
                    today.extend(NamedProduct::of(product, variant.id, thumbnail));
                }
            }
            Err((code, detail)) => {
                let pointer = format!("/interactive{pointer}");
                faults.push(FieldError::new(&pointer, code, detail));
            }
        }
    }
    interactive.products = today;
    Ok(())
}

/// The products that are meant, and what of them Meta shows.
struct Known {
    products: Vec<Product>,
    shown: HashSet<VariantId>,
}

impl Known {
    async fn load(data: &dyn Repositories, ids: &[Uuid]) -> Result<Self, Error> {
        let products = data.products().find_named(ids).await?;
        let ids: Vec<_> = products.iter().map(|product| product.id).collect();
        let items = data.meta_catalog().items_of(&ids).await?;
        let shown = items
            .iter()
            .filter(|item| item.synced_at.is_some() && item.told.is_some());
        Ok(Self {
            shown: shown.map(|item| item.variant_id).collect(),
            products,
        })
    }

    /// The variant that has this id, or is the only one of the product that has it; or why it
    /// cannot be sent.
    fn find(&self, id: &str) -> Result<(&Product, &Variant), (&'static str, &'static str)> {
        let (product, variant) = id
            .parse()
            .ok()
            .and_then(|id| self.meant_by(id))
            .ok_or(("not_found", "is not a product of yours"))?;
        let variant = variant.ok_or((
            "variant_required",
            "has several variants: name one by `variantId`",
        ))?;
        if product.status != ProductStatus::Active {
            return Err(("not_active", "is not sold now"));
        }
        if !self.shown.contains(&variant.id) {
            return Err(("not_synced", "is not in the catalog at Meta yet"));
        }
        Ok((product, variant))
    }

    /// No variant if the product has several and none is named.
    fn meant_by(&self, id: Uuid) -> Option<(&Product, Option<&Variant>)> {
        self.products.iter().find_map(|product| {
            if product.id.uuid() == id {
                return Some((product, product.only_variant()));
            }
            Some((product, Some(product.variant(id.into())?)))
        })
    }
}
