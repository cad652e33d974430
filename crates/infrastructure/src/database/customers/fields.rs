use async_trait::async_trait;
use domain::{
    customers::{CustomerField, CustomerFieldId, CustomerFieldRepository, FieldKey},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ExprTrait, QueryFilter, QueryOrder,
};

use crate::database::{
    entities::customer_field::{ActiveModel, Column, Entity, Model},
    error::broken,
    text::{from_json, to_json},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CustomerFieldRepository for SeaUnitOfWork {
    async fn find(&self, id: CustomerFieldId) -> Result<Option<CustomerField>, StoreError> {
        let fields = self.scope.find::<Entity>();
        self.db().one(fields.filter(Column::Id.eq(id.uuid()))).await
    }

    async fn find_by_key(&self, key: &FieldKey) -> Result<Option<CustomerField>, StoreError> {
        let fields = self.scope.find::<Entity>();
        self.db()
            .one(fields.filter(Column::Key.eq(key.as_str())))
            .await
    }

    async fn list(&self) -> Result<Vec<CustomerField>, StoreError> {
        let fields = self.scope.find::<Entity>();
        let fields = fields
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id);
        self.db().all(fields).await
    }

    async fn insert(&self, field: &CustomerField) -> Result<bool, StoreError> {
        self.scope.insert_unless_taken(row(field)?).await
    }

    async fn update(&self, field: &CustomerField) -> Result<bool, StoreError> {
        let next = ActiveModel {
            version: Set(field.version + 1),
            ..row(field)?
        };
        let unchanged = Column::Version.eq(field.version);
        self.scope.update(next, unchanged).await
    }

    async fn remove(&self, id: CustomerFieldId, version: i64) -> Result<bool, StoreError> {
        let this = Column::Id.eq(id.uuid()).and(Column::Version.eq(version));
        Ok(self.scope.delete::<Entity>(this).await? > 0)
    }
}

fn row(field: &CustomerField) -> Result<ActiveModel, StoreError> {
    Ok(ActiveModel {
        organization_id: NotSet,
        id: Set(field.id.uuid()),
        key: Set(field.key.as_str().to_owned()),
        label: Set(field.label.clone()),
        kind: Set(to_json(&field.kind)?),
        created_at: Set(field.created_at),
        updated_at: Set(field.updated_at),
        version: Set(field.version),
    })
}

impl TryFrom<Model> for CustomerField {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            key: FieldKey::try_from(row.key).map_err(broken)?,
            label: row.label,
            kind: from_json(&row.kind)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}
