use async_trait::async_trait;
use domain::{
    store::StoreError,
    whatsapp::{Media, MediaId, MediaRepository, MediaState},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter,
};

use crate::database::{
    entities::media::{ActiveModel, Column, Entity, Model},
    error::broken,
    text::parse,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl MediaRepository for SeaUnitOfWork {
    async fn find(&self, id: MediaId) -> Result<Option<Media>, StoreError> {
        let media = self.scope.find::<Entity>();
        self.db().one(media.filter(Column::Id.eq(id.uuid()))).await
    }

    async fn insert(&self, media: &Media) -> Result<(), StoreError> {
        let row = ActiveModel {
            account_id: Set(media.account_id.uuid()),
            message_id: Set(media.message_id.uuid()),
            kind: Set(media.kind.as_str().to_owned()),
            meta_id: Set(media.meta_id.clone()),
            url: Set(media.url.clone()),
            file_name: Set(media.file_name.clone()),
            created_at: Set(media.created_at),
            ..changeable(media)?
        };
        self.scope.insert(row).await
    }

    async fn update(&self, media: &Media) -> Result<(), StoreError> {
        if self
            .scope
            .update(changeable(media)?, Condition::all())
            .await?
        {
            Ok(())
        } else {
            Err(broken("a file to be updated is not there"))
        }
    }
}

/// What changes once a file is fetched.
fn changeable(media: &Media) -> Result<ActiveModel, StoreError> {
    let (state, storage_key, size, lost_reason) = match &media.state {
        MediaState::Pending => (PENDING, None, None, None),
        MediaState::Stored { key, size } => {
            let size = i64::try_from(*size).map_err(broken)?;
            (STORED, Some(key.clone()), Some(size), None)
        }
        MediaState::Lost { reason } => (LOST, None, None, Some(reason.clone())),
    };
    Ok(ActiveModel {
        organization_id: NotSet,
        id: Set(media.id.uuid()),
        mime_type: Set(media.mime_type.clone()),
        sha256: Set(media.sha256.clone()),
        state: Set(state.to_owned()),
        storage_key: Set(storage_key),
        size: Set(size),
        lost_reason: Set(lost_reason),
        ..Default::default()
    })
}

const PENDING: &str = "pending";
const STORED: &str = "stored";
const LOST: &str = "lost";

impl TryFrom<Model> for Media {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let state = match (
            row.state.as_str(),
            row.storage_key,
            row.size,
            row.lost_reason,
        ) {
            (PENDING, ..) => MediaState::Pending,
            (STORED, Some(key), Some(size), _) => MediaState::Stored {
                key,
                size: u64::try_from(size).map_err(broken)?,
            },
            (LOST, _, _, Some(reason)) => MediaState::Lost { reason },
            _ => return Err(broken("a file's state is incomplete")),
        };
        Ok(Self {
            id: row.id.into(),
            account_id: row.account_id.into(),
            message_id: row.message_id.into(),
            kind: parse(&row.kind)?,
            meta_id: row.meta_id,
            url: row.url,
            mime_type: row.mime_type,
            sha256: row.sha256,
            file_name: row.file_name,
            state,
            created_at: row.created_at,
        })
    }
}
