use chrono::{DateTime, Utc};
use domain::{
    audit::AuditAction,
    catalog::{Product, ProductDraft},
    organizations::Permission,
    store::UnitOfWork,
};

use super::{
    Catalog, CatalogProduct, NewImage,
    images::{StoredImage, add},
    meta::tell_meta,
    products::{
        audited, check, currency, record_first_stock, record_prices, target, tell_low_stock,
    },
};
use crate::{Actor, Error};

impl Catalog {
    /// Takes a product into the catalog, with the stock that it begins with and its images, or
    /// nothing of it. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn create_product(
        &self,
        actor: &Actor,
        draft: ProductDraft,
        images: Vec<NewImage>,
    ) -> Result<CatalogProduct, Error> {
        actor.require(Permission::CatalogWrite)?;
        if !images.is_empty() {
            // One that is refused anyhow costs no images.
            let uow = self.ports.store.begin(actor.organization_id()).await?;
            make(uow.as_ref(), draft.clone(), self.ports.clock.now()).await?;
        }
        let images = self.store_images(actor, images).await?;
        let created = self.insert_product(actor, draft, &images).await;
        if let Err(error) = &created {
            for image in &images {
                self.discard_image(image, error).await;
            }
        }
        created
    }

    async fn insert_product(
        &self,
        actor: &Actor,
        draft: ProductDraft,
        images: &[StoredImage],
    ) -> Result<CatalogProduct, Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let mut product = make(uow.as_ref(), draft, now).await?;
        for image in images {
            add(uow.as_ref(), &mut product, image).await?;
        }
        tell_low_stock(uow.as_ref(), &mut product);
        if !uow.products().insert(&product).await? {
            drop(uow);
            return Err(self.sku_taken(actor, &product).await?);
        }
        record_prices(uow.as_ref(), actor.user_id(), None, &product, now).await?;
        record_first_stock(uow.as_ref(), actor.user_id(), None, &product, now).await?;
        let mut entry = actor.entry(AuditAction::ProductCreated, target(product.id), now);
        entry.after = Some(audited(&product));
        uow.audit_log().append(&entry).await?;
        tell_meta(uow.as_ref(), &[product.id], now).await?;
        let created = CatalogProduct::of(uow.as_ref(), product).await?;
        uow.commit().await?;
        Ok(created)
    }
}

async fn make(
    uow: &dyn UnitOfWork,
    draft: ProductDraft,
    now: DateTime<Utc>,
) -> Result<Product, Error> {
    let currency = currency(uow).await?;
    let category_ids = draft.category_ids.clone();
    let product = draft.make(None, currency, now);
    check(uow, product, &category_ids, Vec::new()).await
}
