//! What Meta is told of products.

use std::collections::HashMap;

use domain::{
    catalog::{
        CatalogChange, MetaItem, MetaItemStatus, Product, ProductId, ProductStatus, Variant,
    },
    store::Repositories,
    whatsapp::{CatalogItem, ItemChange},
};

use crate::{Error, catalog::Catalog};

/// What Meta takes of a title and of a description.
const MAX_TITLE: usize = 200;
const MAX_DESCRIPTION: usize = 9_999;

/// What Meta is to be told, and what is known then: one for each change.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) changes: Vec<ItemChange>,
    pub(super) items: Vec<MetaItem>,
    /// For so many of the changes, from the first on.
    pub(super) covers: usize,
}

impl Catalog {
    /// As many of the changes as go into a batch.
    pub(super) async fn batch(
        &self,
        data: &dyn Repositories,
        changes: &[CatalogChange],
    ) -> Result<Batch, Error> {
        let mut forced = HashMap::<ProductId, bool>::new();
        for change in changes {
            *forced.entry(change.product_id).or_default() |= change.is_forced;
        }
        let ids: Vec<_> = forced.keys().copied().collect();
        let uuids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        let products = data.products().find_named(&uuids).await?;
        let products: HashMap<_, _> = products
            .into_iter()
            .filter(|product| product.status == ProductStatus::Active)
            .map(|product| (product.id, product))
            .collect();
        let mut known = HashMap::<_, Vec<_>>::new();
        for item in data.meta_catalog().items_of(&ids).await? {
            known.entry(item.product_id).or_default().push(item);
        }
        let mut batch = Batch::default();
        for change in changes {
            if let Some(is_forced) = forced.remove(&change.product_id) {
                let known = known.remove(&change.product_id).unwrap_or_default();
                let product = products.get(&change.product_id);
                let told = self.told_of(product, &known, is_forced)?;
                if batch.changes.len() + told.len() > ItemChange::MAX_OF_A_BATCH as usize {
                    break;
                }
                for (change, item) in told {
                    batch.changes.push(change);
                    batch.items.push(item);
                }
            }
            batch.covers += 1;
        }
        Ok(batch)
    }

    fn told_of(
        &self,
        product: Option<&Product>,
        known: &[MetaItem],
        is_forced: bool,
    ) -> Result<Vec<(ItemChange, MetaItem)>, Error> {
        let now = self.ports.clock.now();
        let mut told = Vec::new();
        for (product, variant) in product.iter().flat_map(|product| {
            let variants = product.variants.iter();
            variants.map(move |variant| (*product, variant))
        }) {
            let item = self.item(product, variant)?;
            let words = serde_json::to_string(&item).map_err(Error::internal)?;
            let before = known.iter().find(|item| item.variant_id == variant.id);
            let is_known = before.is_some_and(|before| {
                before.status != MetaItemStatus::Failed && before.told.as_ref() == Some(&words)
            });
            if is_known && !is_forced {
                continue;
            }
            let known = MetaItem {
                variant_id: variant.id,
                product_id: product.id,
                status: MetaItemStatus::Sent,
                errors: Vec::new(),
                told: Some(words),
                handle: None,
                synced_at: before.and_then(|before| before.synced_at),
                updated_at: now,
            };
            told.push((ItemChange::Upsert(Box::new(item)), known));
        }
        let gone = known.iter().filter(|item| {
            let is_there =
                product.is_some_and(|product| product.variant(item.variant_id).is_some());
            !is_there && (is_forced || item.told.is_some() || item.status == MetaItemStatus::Failed)
        });
        for item in gone {
            let change = ItemChange::Remove {
                retailer_id: item.variant_id.to_string(),
            };
            let item = MetaItem {
                status: MetaItemStatus::Sent,
                errors: Vec::new(),
                told: None,
                updated_at: now,
                ..item.clone()
            };
            told.push((change, item));
        }
        Ok(told)
    }

    pub(super) fn item(&self, product: &Product, variant: &Variant) -> Result<CatalogItem, Error> {
        let has_options = !product.options.is_empty();
        let short = |text: &str, max| text.chars().take(max).collect::<String>();
        let title = short(&product.name_of(variant), MAX_TITLE);
        let description = product.description.as_deref().unwrap_or(&title);
        let image = product.images.first();
        let image = image.map(|image| self.ports.storage.public_url(&image.file));
        Ok(CatalogItem {
            retailer_id: variant.id.to_string(),
            group_id: has_options.then(|| product.id.to_string()),
            description: short(description, MAX_DESCRIPTION),
            title,
            price: variant.price,
            is_available: product.rules().allow_one(variant.stock),
            image_url: image.transpose()?.map(String::from),
            // Meta wants a page; the shop has one for all.
            link: self.settings.frontend_url.to_string(),
        })
    }
}
