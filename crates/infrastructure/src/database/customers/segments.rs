use async_trait::async_trait;
use domain::{
    customers::{Segment, SegmentId, SegmentRepository},
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ExprTrait, QueryFilter,
};

use crate::database::{
    entities::segment::{ActiveModel, Column, Entity, Model},
    text::{from_json, to_json},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl SegmentRepository for SeaUnitOfWork {
    async fn find(&self, id: SegmentId) -> Result<Option<Segment>, StoreError> {
        let segments = self.scope.find::<Entity>();
        self.db()
            .one(segments.filter(Column::Id.eq(id.uuid())))
            .await
    }

    async fn find_by_name(&self, name_key: &str) -> Result<Option<Segment>, StoreError> {
        let segments = self.scope.find::<Entity>();
        self.db()
            .one(segments.filter(Column::NameKey.eq(name_key)))
            .await
    }

    async fn list(&self, page: PageRequest) -> Result<Page<Segment>, StoreError> {
        let segments = self.scope.find::<Entity>();
        let order = (Column::CreatedAt, Column::Id);
        self.db()
            .page(segments, order, page, |segment: &Segment| Position {
                at: segment.created_at,
                id: segment.id.uuid(),
            })
            .await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.db().count(self.scope.find::<Entity>()).await
    }

    async fn insert(&self, segment: &Segment) -> Result<bool, StoreError> {
        self.scope.insert_unless_taken(row(segment)?).await
    }

    async fn update(&self, segment: &Segment) -> Result<bool, StoreError> {
        let next = ActiveModel {
            version: Set(segment.version + 1),
            ..row(segment)?
        };
        let unchanged = Column::Version.eq(segment.version);
        self.scope.update_unless_taken(next, unchanged).await
    }

    async fn remove(&self, id: SegmentId, version: i64) -> Result<bool, StoreError> {
        let this = Column::Id.eq(id.uuid()).and(Column::Version.eq(version));
        Ok(self.scope.delete::<Entity>(this).await? > 0)
    }
}

fn row(segment: &Segment) -> Result<ActiveModel, StoreError> {
    Ok(ActiveModel {
        organization_id: NotSet,
        id: Set(segment.id.uuid()),
        name: Set(segment.name.clone()),
        name_key: Set(segment.name_key()),
        filter: Set(to_json(&segment.filter)?),
        created_at: Set(segment.created_at),
        updated_at: Set(segment.updated_at),
        version: Set(segment.version),
    })
}

impl TryFrom<Model> for Segment {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            filter: from_json(&row.filter)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}
