use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    catalog::{Category, Product, ProductId},
    imports::{Change, Import, UndoOutcome},
    store::UnitOfWork,
};
use uuid::Uuid;

use super::products::{product_of, store, value_of};
use crate::{
    Error,
    catalog::{currency, forget_images, tell_meta},
};

/// Takes back what an import did to products; categories that it made stay. Answers what did
/// not become undone, and why.
pub(super) async fn undo_products(
    uow: &dyn UnitOfWork,
    import: &Import,
    changes: &[Change],
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, UndoOutcome>, Error> {
    // Nobody changes it, or the categories, meanwhile.
    currency(uow).await?;
    let categories = uow.categories().all().await?;
    let ids: Vec<_> = changes
        .iter()
        .map(|change| ProductId::from(change.subject_id))
        .collect();
    let present = uow.imported_products().lock_all(&ids, &[]).await?;
    let mut present: HashMap<_, _> = present
        .into_iter()
        .map(|product| (product.id.uuid(), product))
        .collect();
    let (mut kept, mut undone) = (HashMap::new(), Vec::new());
    for change in changes {
        // What is gone needs no undoing.
        let Some(product) = present.remove(&change.subject_id) else {
            continue;
        };
        if value_of(&product)? != change.after {
            kept.insert(change.subject_id, UndoOutcome::ChangedSince);
            continue;
        }
        let before = change.before.as_ref().map(product_of).transpose()?;
        if is_used(uow, &product, before.as_ref()).await? {
            kept.insert(change.subject_id, UndoOutcome::UsedSince);
            continue;
        }
        if let Some(before) = before {
            let mut restored = restored(before, &product, &categories);
            restored.note_low_stock();
            store(uow, Some(&product), &mut restored, import.created_by, now).await?;
        } else {
            uow.products().remove(product.id, now).await?;
            forget_images(uow, &product.images).await?;
        }
        undone.push(product.id);
    }
    tell_meta(uow, &undone, now).await?;
    Ok(kept)
}

/// Whether what would go was sold or promised to somebody.
async fn is_used(
    uow: &dyn UnitOfWork,
    product: &Product,
    before: Option<&Product>,
) -> Result<bool, Error> {
    let Some(before) = before else {
        return Ok(uow.products().was_ordered(product.id).await?);
    };
    let mut variants = product.variants.iter();
    Ok(variants.any(|one| one.stock.reserved > 0 && before.variant(one.id).is_none()))
}

/// As it was before, but for what no import changes.
fn restored(mut before: Product, now: &Product, categories: &[Category]) -> Product {
    before
        .category_ids
        .retain(|id| categories.iter().any(|category| category.id == *id));
    for variant in before.variants.iter_mut() {
        if let Some(known) = now.variant(variant.id) {
            variant.stock.reserved = known.stock.reserved;
            variant.stock.is_low = known.stock.is_low;
        }
    }
    Product {
        images: now.images.clone(),
        updated_at: now.updated_at,
        version: now.version,
        ..before
    }
}
