use domain::{audit::AuditAction, catalog::CategoryId, organizations::Permission};

use super::{
    Catalog,
    categories::{audited, find, lock, target},
};
use crate::{Actor, Error};

impl Catalog {
    /// Removes a category that has none below it. Its products stay, and are in it no more.
    /// Needs an admin.
    #[tracing::instrument(skip_all, fields(category.id = %id))]
    pub async fn remove_category(
        &self,
        actor: &Actor,
        id: CategoryId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        actor.require(Permission::CatalogWrite)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let mut tree = lock(uow.as_ref()).await?;
        let category = find(&tree, id)?;
        if expected_version.is_some_and(|version| version != category.version) {
            return Err(Error::VersionMismatch);
        }
        let moved = tree.remove(id)?;
        uow.categories().remove(id).await?;
        uow.categories().update(&moved).await?;
        let mut entry = actor.entry(AuditAction::CategoryRemoved, target(id), now);
        entry.before = Some(audited(&category));
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(())
    }
}
