//! What the use cases of categories have in common.

use std::collections::HashMap;

use domain::{
    audit::{AuditTarget, AuditTargetKind},
    catalog::{Category, CategoryError, CategoryId, CategoryTree},
    organizations::Permission,
    store::Repositories,
    text::parse_name,
};
use serde_json::{Value, json};

use super::Catalog;
use crate::{Actor, Error, FieldError};

impl Catalog {
    /// The whole tree, each category before those below it.
    #[tracing::instrument(skip_all)]
    pub async fn list_categories(&self, actor: &Actor) -> Result<Vec<Category>, Error> {
        actor.require(Permission::CatalogRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let tree = CategoryTree::new(data.categories().all().await?);
        Ok(tree.in_order().into_iter().cloned().collect())
    }

    #[tracing::instrument(skip_all, fields(category.id = %id))]
    pub async fn get_category(&self, actor: &Actor, id: CategoryId) -> Result<Category, Error> {
        actor.require(Permission::CatalogRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let tree = CategoryTree::new(data.categories().all().await?);
        find(&tree, id)
    }
}

/// The tree, which nobody else changes before the unit of work ends.
pub(super) async fn lock(uow: &dyn Repositories) -> Result<CategoryTree, Error> {
    Ok(CategoryTree::new(uow.categories().lock_all().await?))
}

pub(super) fn find(tree: &CategoryTree, id: CategoryId) -> Result<Category, Error> {
    let category = tree.get(id).cloned();
    category.ok_or(Error::NotFound("category"))
}

pub(super) fn read_name(name: &str) -> Result<String, Error> {
    parse_name(name).map_err(|error| Error::invalid("/name", error.code(), error))
}

pub(super) fn target(id: CategoryId) -> AuditTarget {
    AuditTarget::new(AuditTargetKind::Category, id)
}

/// The categories with the names of those above them, as `Clothes > Shirts`.
pub(crate) fn paths(categories: &[Category]) -> HashMap<CategoryId, String> {
    let tree = CategoryTree::new(categories.to_vec());
    let mut paths = HashMap::<_, String>::new();
    for category in tree.in_order() {
        let above = category.parent_id.and_then(|parent| paths.get(&parent));
        let path = match above {
            Some(above) => format!("{above} > {}", category.name),
            None => category.name.clone(),
        };
        paths.insert(category.id, path);
    }
    paths
}

pub(super) fn audited(category: &Category) -> Value {
    json!({
        "name": category.name,
        "parentId": category.parent_id,
        "position": category.position,
    })
}

impl From<CategoryError> for Error {
    fn from(error: CategoryError) -> Self {
        let code = match error {
            CategoryError::NoSuchParent => "unknown_category",
            CategoryError::Cycle => "category_cycle",
            CategoryError::TooDeep => "too_deep",
            CategoryError::TooMany => return Self::conflict("too_many_categories", error),
            CategoryError::NotEmpty => return Self::conflict("category_not_empty", error),
        };
        Self::Invalid(vec![FieldError::new("/parentId", code, error)])
    }
}
