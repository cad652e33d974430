use domain::{
    audit::AuditAction,
    catalog::{ProductId, ProductStatus},
    organizations::Permission,
};
use serde_json::json;

use super::{
    Catalog,
    images::forget,
    meta::tell_meta,
    products::{audited, currency, lock, target},
};
use crate::{Actor, Error, audit::changing};

impl Catalog {
    /// Takes a product out of the catalog. One that was ever ordered is archived instead, as
    /// orders speak of it. Needs an admin.
    #[tracing::instrument(skip_all, fields(product.id = %id))]
    pub async fn remove_product(
        &self,
        actor: &Actor,
        id: ProductId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        actor.require(Permission::CatalogWrite)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        currency(uow.as_ref()).await?;
        let mut product = lock(uow.as_ref(), id).await?;
        if expected_version.is_some_and(|version| version != product.version) {
            return Err(Error::VersionMismatch);
        }
        let entry = if uow.products().was_ordered(id).await? {
            if product.status == ProductStatus::Archived {
                return Ok(());
            }
            let before = json!({"status": product.status});
            product.status = ProductStatus::Archived;
            product.updated_at = now;
            uow.products().update(&product).await?;
            let entry = actor.entry(AuditAction::ProductArchived, target(id), now);
            changing(entry, before, json!({"status": product.status}))
        } else {
            uow.products().remove(id, now).await?;
            forget(uow.as_ref(), &product.images).await?;
            let mut entry = actor.entry(AuditAction::ProductRemoved, target(id), now);
            entry.before = Some(audited(&product));
            entry
        };
        tell_meta(uow.as_ref(), &[id], now).await?;
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(())
    }
}
