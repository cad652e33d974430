use domain::{
    audit::AuditAction,
    catalog::{Category, CategoryId},
    id::Id,
    organizations::Permission,
};

use super::{
    Catalog,
    categories::{audited, find, lock, read_name, target},
};
use crate::{Actor, Error};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateCategory {
    pub name: String,
    pub parent_id: Option<CategoryId>,
    /// Among the children of its parent, from 0; none for the last.
    pub position: Option<usize>,
}

impl Catalog {
    /// Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn create_category(
        &self,
        actor: &Actor,
        command: CreateCategory,
    ) -> Result<Category, Error> {
        actor.require(Permission::CatalogWrite)?;
        let name = read_name(&command.name)?;
        let now = self.ports.clock.now();
        let id = Id::generate();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let mut tree = lock(uow.as_ref()).await?;
        let category = Category {
            id,
            parent_id: command.parent_id,
            position: 0,
            name,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let mut moved = tree.place(category, command.position)?;
        let category = find(&tree, id)?;
        moved.retain(|other| other.id != id);
        uow.categories().insert(&category).await?;
        uow.categories().update(&moved).await?;
        let mut entry = actor.entry(AuditAction::CategoryCreated, target(id), now);
        entry.after = Some(audited(&category));
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(category)
    }
}
