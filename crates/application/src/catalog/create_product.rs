use domain::{audit::AuditAction, catalog::ProductDraft, organizations::Permission};

use super::{
    Catalog, CatalogProduct,
    products::{
        audited, check, currency, record_first_stock, record_prices, target, tell_low_stock,
    },
};
use crate::{Actor, Error};

impl Catalog {
    /// Takes a product into the catalog, with the stock that it begins with. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn create_product(
        &self,
        actor: &Actor,
        draft: ProductDraft,
    ) -> Result<CatalogProduct, Error> {
        actor.require(Permission::CatalogWrite)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let currency = currency(uow.as_ref()).await?;
        let category_ids = draft.category_ids.clone();
        let product = draft.make(None, currency, now);
        let mut product = check(uow.as_ref(), product, &category_ids, Vec::new()).await?;
        tell_low_stock(uow.as_ref(), &mut product);
        if !uow.products().insert(&product).await? {
            drop(uow);
            return Err(self.sku_taken(actor, &product).await?);
        }
        record_prices(uow.as_ref(), actor, None, &product, now).await?;
        record_first_stock(uow.as_ref(), actor, None, &product, now).await?;
        let mut entry = actor.entry(AuditAction::ProductCreated, target(product.id), now);
        entry.after = Some(audited(&product));
        uow.audit_log().append(&entry).await?;
        let created = CatalogProduct::of(uow.as_ref(), product).await?;
        uow.commit().await?;
        Ok(created)
    }
}
