//! The products that a message names.

use std::collections::HashSet;

use domain::{
    catalog::{Product, ProductStatus, Variant},
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
    let mut named = interactive.action.retailer_ids();
    let ids: Vec<Uuid> = named.iter().filter_map(|(_, id)| id.parse().ok()).collect();
    let products = data.products().find_named(&ids).await?;
    let standing: Vec<_> = products.iter().map(|product| product.id).collect();
    let items = data.meta_catalog().items_of(&standing).await?;
    let shown: HashSet<_> = items
        .iter()
        .filter(|item| item.synced_at.is_some() && item.told.is_some())
        .map(|item| item.variant_id)
        .collect();
    let mut today = Vec::new();
    for (pointer, id) in &mut named {
        let pointer = format!("/interactive{pointer}");
        let mut refuse = |code, detail: &str| faults.push(FieldError::new(&pointer, code, detail));
        let Some((product, variant)) = find(&products, id) else {
            refuse("not_found", "is not a product of yours");
            continue;
        };
        let Some(variant) = variant else {
            refuse(
                "variant_required",
                "has several variants: name one by `variantId`",
            );
            continue;
        };
        if product.status != ProductStatus::Active {
            refuse("not_active", "is not sold now");
        } else if !shown.contains(&variant.id) {
            refuse("not_synced", "is not in the catalog at Meta yet");
        }
        **id = variant.id.to_string();
        if today
            .iter()
            .any(|known: &NamedProduct| known.variant_id == variant.id)
        {
            continue;
        }
        let image = product.images.first();
        let thumbnail = image.map(|image| storage.public_url(&image.thumbnail));
        let thumbnail = thumbnail.transpose()?.map(String::from);
        today.extend(NamedProduct::of(product, variant.id, thumbnail));
    }
    drop(named);
    interactive.products = today;
    Ok(())
}

/// The product that has this id or a variant of it, and the variant if it is clear which.
fn find<'a>(products: &'a [Product], id: &str) -> Option<(&'a Product, Option<&'a Variant>)> {
    let id: Uuid = id.parse().ok()?;
    products.iter().find_map(|product| {
        if product.id.uuid() == id {
            return Some((product, product.only_variant()));
        }
        Some((product, Some(product.variant(id.into())?)))
    })
}
