use domain::{
    audit::AuditAction,
    catalog::{Category, CategoryId},
    organizations::Permission,
};

use super::{
    Catalog,
    categories::{audited, find, lock, read_name, target},
};
use crate::{Actor, Error, audit::changing};

/// What is to change of a category; what is absent stays, `Some(None)` moves to the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateCategory {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub name: Option<String>,
    pub parent_id: Option<Option<CategoryId>>,
    /// Among the children of its parent, from 0.
    pub position: Option<usize>,
}

impl Catalog {
    /// Renames a category or moves it, with all below it. Needs an admin.
    #[tracing::instrument(skip_all, fields(category.id = %id))]
    pub async fn update_category(
        &self,
        actor: &Actor,
        id: CategoryId,
        command: UpdateCategory,
    ) -> Result<Category, Error> {
        actor.require(Permission::CatalogWrite)?;
        let name = command.name.as_deref().map(read_name).transpose()?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let mut tree = lock(uow.as_ref()).await?;
        let before = find(&tree, id)?;
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let parent_id = command.parent_id.unwrap_or(before.parent_id);
        let wanted = Category {
            name: name.unwrap_or(before.name.clone()),
            parent_id,
            ..before.clone()
        };
        // Where nothing is said of it, it stays where it is, or comes last elsewhere.
        let stays = parent_id == before.parent_id;
        let place = usize::try_from(before.position).ok().filter(|_| stays);
        let mut changed = tree.place(wanted, command.position.or(place))?;
        let placed = find(&tree, id)?;
        if placed == before {
            return Ok(before);
        }
        let category = Category {
            updated_at: now,
            version: before.version + 1,
            ..placed
        };
        changed.retain(|other| other.id != id);
        changed.push(category.clone());
        uow.categories().update(&changed).await?;
        let entry = actor.entry(AuditAction::CategoryUpdated, target(id), now);
        let entry = changing(entry, audited(&before), audited(&category));
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(category)
    }
}
