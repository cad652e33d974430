use async_trait::async_trait;
use domain::{
    catalog::{Category, CategoryId, CategoryRepository},
    id::Id,
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QuerySelect,
    sea_query::LockType,
};

use crate::database::{
    entities::{
        category::{ActiveModel, Column, Entity, Model},
        organization, product_category,
    },
    error::store_error,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CategoryRepository for SeaUnitOfWork {
    async fn all(&self) -> Result<Vec<Category>, StoreError> {
        self.db().all(self.scope.find::<Entity>()).await
    }

    async fn lock_all(&self) -> Result<Vec<Category>, StoreError> {
        self.db().writing()?;
        // The organization's own row stands for its tree, which may have no row yet.
        self.scope
            .find::<organization::Entity>()
            .lock(LockType::NoKeyUpdate)
            .all(self.db())
            .await
            .map_err(store_error)?;
        self.db().all(self.scope.find::<Entity>()).await
    }

    async fn insert(&self, category: &Category) -> Result<(), StoreError> {
        self.scope.insert(row(category)).await
    }

    async fn update(&self, categories: &[Category]) -> Result<(), StoreError> {
        for category in categories {
            self.scope.update(row(category), Condition::all()).await?;
        }
        Ok(())
    }

    async fn remove(&self, id: CategoryId) -> Result<(), StoreError> {
        let of_it = product_category::Column::CategoryId.eq(id.uuid());
        self.scope.delete::<product_category::Entity>(of_it).await?;
        let this = Column::Id.eq(id.uuid());
        self.scope.delete::<Entity>(this).await?;
        Ok(())
    }
}

fn row(category: &Category) -> ActiveModel {
    ActiveModel {
        organization_id: NotSet,
        id: Set(category.id.uuid()),
        parent_id: Set(category.parent_id.map(Id::uuid)),
        position: Set(category.position),
        name: Set(category.name.clone()),
        created_at: Set(category.created_at),
        updated_at: Set(category.updated_at),
        version: Set(category.version),
    }
}

impl TryFrom<Model> for Category {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            parent_id: row.parent_id.map(Into::into),
            position: row.position,
            name: row.name,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}
