//! Emptying messages and files whose time is over.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    chats::{Expired, MessageRetention, MessageStatus},
    storage::FileKey,
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockBehavior, LockType, SimpleExpr},
};
use uuid::Uuid;

use super::{
    entities::{file, media, media_upload, message},
    error::{broken, store_error},
    pages::within_the_calendar,
    unit_of_work::SeaUnitOfWork,
};

/// As the indexes say it, which serve no condition that is worded otherwise.
pub(super) const SAYS_SOMETHING: &str = "kind <> 'expired'";
const IS_STORED: &str = "state = 'stored'";

/// Of what kind it was, as `MessageContent` is written.
const EXPIRED_CONTENT: &str = r#"'{"type":"expired","content":{"kind":"' || kind || '"}}'"#;

#[async_trait]
impl MessageRetention for SeaUnitOfWork {
    async fn expire_messages(
        &self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Expired, StoreError> {
        use message::Column::{CreatedAt, Id, Status};
        let to_be_sent = [MessageStatus::Queued, MessageStatus::Sending];
        let ids: Vec<Uuid> = self
            .scope
            .find::<message::Entity>()
            .select_only()
            .column(Id)
            .filter(Expr::cust(SAYS_SOMETHING))
            .filter(CreatedAt.lt(within_the_calendar(before)))
            .filter(Status.is_not_in(to_be_sent.map(MessageStatus::as_str)))
            .order_by_asc(CreatedAt)
            .order_by_asc(Id)
            .limit(u64::from(limit))
            .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        if ids.is_empty() {
            return Ok(Expired::default());
        }
        Ok(Expired {
            count: u32::try_from(ids.len()).map_err(broken)?,
            files: self.empty_messages(&ids).await?,
        })
    }

    async fn expire_uploads(
        &self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Expired, StoreError> {
        use media::Column::{LastUsedAt, MessageId};
        let old = self
            .scope
            .find::<media::Entity>()
            .filter(MessageId.is_null())
            .filter(Expr::cust(IS_STORED))
            .filter(LastUsedAt.lt(within_the_calendar(before)))
            .order_by_asc(LastUsedAt)
            .limit(u64::from(limit))
            .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
            .all(self.db())
            .await
            .map_err(store_error)?;
        Ok(Expired {
            count: u32::try_from(old.len()).map_err(broken)?,
            files: self.lose(old).await?,
        })
    }
}

impl SeaUnitOfWork {
    /// What these messages said cannot be had any more. Answers the files that were in them.
    pub(super) async fn empty_messages(&self, ids: &[Uuid]) -> Result<Vec<FileKey>, StoreError> {
        use message::Column::{Content, Context, Id, Kind, MediaId, Original, Reactions, Referral};
        let of_them = self
            .scope
            .find::<media::Entity>()
            .filter(media::Column::MessageId.is_in(ids.iter().copied()))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let files = self.lose(of_them).await?;
        self.scope.unindex(ids).await?;
        let nothing = || SimpleExpr::from(Expr::val(None::<String>));
        self.scope
            .update_many::<message::Entity>()
            .col_expr(Kind, Expr::val("expired"))
            .col_expr(Content, Expr::cust(EXPIRED_CONTENT))
            .col_expr(MediaId, Expr::val(None::<Uuid>))
            .col_expr(Reactions, Expr::val("[]"))
            .col_expr(Context, nothing())
            .col_expr(Referral, nothing())
            .col_expr(Original, nothing())
            .filter(Id.is_in(ids.iter().copied()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(files)
    }

    /// What is in these files cannot be had any more.
    pub(super) async fn lose(&self, files: Vec<media::Model>) -> Result<Vec<FileKey>, StoreError> {
        use media::Column::{FileName, Id, LostReason, Sha256, Size, State, StorageKey, Url};
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = files.iter().map(|file| file.id).collect();
        let keys: Vec<_> = files.into_iter().filter_map(|it| it.storage_key).collect();
        let nothing = || SimpleExpr::from(Expr::val(None::<String>));
        self.scope
            .update_many::<media::Entity>()
            .col_expr(State, Expr::val("lost"))
            .col_expr(LostReason, Expr::val("it is not kept any more"))
            .col_expr(StorageKey, nothing())
            .col_expr(Size, Expr::val(None::<i64>))
            .col_expr(FileName, nothing())
            .col_expr(Url, nothing())
            .col_expr(Sha256, nothing())
            .filter(Id.is_in(ids.iter().copied()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        self.scope
            .delete::<media_upload::Entity>(media_upload::Column::MediaId.is_in(ids))
            .await?;
        self.scope
            .delete::<file::Entity>(file::Column::Key.is_in(keys.iter().cloned()))
            .await?;
        let keys = keys.into_iter().map(FileKey::try_from);
        keys.collect::<Result<_, _>>().map_err(broken)
    }
}
