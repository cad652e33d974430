use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    chats::Sight,
    storage::FileKey,
    store::StoreError,
    whatsapp::{
        AccountId, Media, MediaDirectory, MediaId, MediaRepository, MediaSource, MediaState,
        UploadedMedia,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use crate::database::{
    chats::is_seen_by,
    entities::{
        chat, file,
        media::{ActiveModel, Column, Entity, Model},
        media_upload, message,
    },
    error::{broken, store_error},
    text::parse,
    unit_of_work::{SeaSystemUnitOfWork, SeaUnitOfWork},
};

#[async_trait]
impl MediaRepository for SeaUnitOfWork {
    async fn find(&self, id: MediaId) -> Result<Option<Media>, StoreError> {
        let media = self.scope.find::<Entity>();
        self.db().one(media.filter(Column::Id.eq(id.uuid()))).await
    }

    async fn insert(&self, media: &Media) -> Result<(), StoreError> {
        let source = media.source.as_ref();
        let row = ActiveModel {
            account_id: Set(source.map(|source| source.account_id.uuid())),
            message_id: Set(source.map(|source| source.message_id.uuid())),
            kind: Set(media.kind.as_str().to_owned()),
            meta_id: Set(source.map(|source| source.meta_id.clone())),
            url: Set(source.and_then(|source| source.url.clone())),
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

    async fn mark_used(&self, id: MediaId, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let row = ActiveModel {
            organization_id: NotSet,
            id: Set(id.uuid()),
            last_used_at: Set(Some(at)),
            ..Default::default()
        };
        self.scope.update(row, Condition::all()).await
    }

    async fn is_in_sight(&self, media: &Media, sight: Sight) -> Result<bool, StoreError> {
        let Sight::OwnAndUnassigned(own) = sight else {
            return Ok(true);
        };
        if let MediaState::Stored { key, .. } = &media.state {
            let uploads = self.scope.find::<file::Entity>();
            let of_own = uploads
                .filter(file::Column::Key.eq(key.as_str()))
                .filter(file::Column::UploadedBy.eq(own.uuid()));
            if of_own.one(self.db()).await.map_err(store_error)?.is_some() {
                return Ok(true);
            }
        }
        let its_chat = chat::Column::Id
            .into_expr()
            .eq(message::Column::ChatId.into_expr());
        let seen = self
            .scope
            .find::<chat::Entity>()
            .select_only()
            .column(chat::Column::Id)
            .filter(its_chat)
            .filter(is_seen_by(own));
        let message: Option<Uuid> = self
            .scope
            .find::<message::Entity>()
            .select_only()
            .column(message::Column::Id)
            .filter(message::Column::MediaId.eq(media.id.uuid()))
            .filter(Expr::exists(seen.into_query()))
            .limit(1)
            .into_tuple()
            .one(self.db())
            .await
            .map_err(store_error)?;
        Ok(message.is_some())
    }

    async fn uploaded(
        &self,
        id: MediaId,
        account_id: AccountId,
    ) -> Result<Option<UploadedMedia>, StoreError> {
        let uploads = self.scope.find::<media_upload::Entity>();
        let this = uploads
            .filter(media_upload::Column::MediaId.eq(id.uuid()))
            .filter(media_upload::Column::AccountId.eq(account_id.uuid()));
        let found = this.one(self.db()).await.map_err(store_error)?;
        Ok(found.map(UploadedMedia::from))
    }

    async fn keep_uploaded(&self, uploaded: &UploadedMedia) -> Result<(), StoreError> {
        use media_upload::Column::{AccountId, MediaId, MetaId, OrganizationId, UploadedAt};
        let row = media_upload::ActiveModel {
            organization_id: NotSet,
            media_id: Set(uploaded.media_id.uuid()),
            account_id: Set(uploaded.account_id.uuid()),
            meta_id: Set(uploaded.meta_id.clone()),
            uploaded_at: Set(uploaded.uploaded_at),
        };
        let replace = OnConflict::columns([OrganizationId, MediaId, AccountId])
            .update_columns([MetaId, UploadedAt])
            .to_owned();
        self.scope.upsert([row], replace).await?;
        Ok(())
    }

    async fn forget_uploaded(&self, uploaded: &UploadedMedia) -> Result<(), StoreError> {
        use media_upload::Column::{AccountId, MediaId, MetaId};
        let this = MediaId
            .eq(uploaded.media_id.uuid())
            .and(AccountId.eq(uploaded.account_id.uuid()))
            .and(MetaId.eq(uploaded.meta_id.as_str()));
        self.scope.delete::<media_upload::Entity>(this).await?;
        Ok(())
    }
}

#[async_trait]
impl MediaDirectory for SeaSystemUnitOfWork {
    async fn sweep_unused(
        &self,
        uploaded_before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<FileKey>, StoreError> {
        use Column::{CreatedAt, Id, LastUsedAt, MessageId, OrganizationId};
        let is_unused = || MessageId.is_null().and(LastUsedAt.is_null());
        let old = self
            .scope
            .find_across_organizations::<Entity>()
            .select_only()
            .columns([OrganizationId, Id])
            .filter(is_unused())
            .filter(CreatedAt.lt(uploaded_before))
            .order_by_asc(CreatedAt)
            .limit(u64::from(limit));
        let key = Expr::tuple([Expr::col(OrganizationId), Expr::col(Id)]);
        // A message may be about to use one of them: this is seen once it has.
        let among_old = key.in_subquery(old.into_query()).and(is_unused());
        let swept = self
            .scope
            .delete_returning_across_organizations::<Entity>(among_old)
            .await?;
        let keys: Vec<String> = swept
            .into_iter()
            .filter_map(|row| row.storage_key)
            .collect();
        let theirs = Condition::all().add(file::Column::Key.is_in(keys.iter().cloned()));
        self.scope
            .delete_across_organizations::<file::Entity>(theirs)
            .await?;
        let keys = keys.into_iter().map(FileKey::try_from);
        keys.collect::<Result<_, _>>().map_err(broken)
    }
}

impl From<media_upload::Model> for UploadedMedia {
    fn from(row: media_upload::Model) -> Self {
        Self {
            media_id: row.media_id.into(),
            account_id: row.account_id.into(),
            meta_id: row.meta_id,
            uploaded_at: row.uploaded_at,
        }
    }
}

/// What changes once a file is fetched.
fn changeable(media: &Media) -> Result<ActiveModel, StoreError> {
    let (state, storage_key, size, lost_reason) = match &media.state {
        MediaState::Pending => (PENDING, None, None, None),
        MediaState::Stored { key, size } => {
            let size = i64::try_from(*size).map_err(broken)?;
            (STORED, Some(key.as_str().to_owned()), Some(size), None)
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
                key: FileKey::try_from(key).map_err(broken)?,
                size: u64::try_from(size).map_err(broken)?,
            },
            (LOST, _, _, Some(reason)) => MediaState::Lost { reason },
            _ => return Err(broken("a file's state is incomplete")),
        };
        let source = match (row.account_id, row.message_id, row.meta_id) {
            (Some(account_id), Some(message_id), Some(meta_id)) => Some(MediaSource {
                account_id: account_id.into(),
                message_id: message_id.into(),
                meta_id,
                url: row.url,
            }),
            (None, None, None) => None,
            _ => return Err(broken("a file's source is incomplete")),
        };
        Ok(Self {
            id: row.id.into(),
            source,
            kind: parse(&row.kind)?,
            mime_type: row.mime_type,
            sha256: row.sha256,
            file_name: row.file_name,
            state,
            created_at: row.created_at,
        })
    }
}
