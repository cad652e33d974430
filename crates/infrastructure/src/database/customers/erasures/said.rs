//! What was said to and by a person, and the files in it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    chats::{MessageRepository, MessageStatus},
    customers::Traces,
    storage::FileKey,
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

use super::uuids;
use crate::database::{
    entities::{media, message},
    error::store_error,
    retention::SAYS_SOMETHING,
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    /// Those that say something and are not being sent right now.
    pub(super) async fn messages_to_erase(
        &self,
        traces: &Traces,
        limit: u32,
    ) -> Result<Vec<message::Model>, StoreError> {
        use message::Column::{ChatId, CreatedAt, Id, Status};
        self.scope
            .find::<message::Entity>()
            .filter(says_something(traces))
            .filter(Status.ne(MessageStatus::Sending.as_str()))
            // As the index of chats has them: by time alone, all of the organization's would do.
            .order_by_asc(ChatId)
            .order_by_asc(CreatedAt)
            .order_by_asc(Id)
            .limit(u64::from(limit))
            .lock(LockType::NoKeyUpdate)
            .all(self.db().writing()?)
            .await
            .map_err(store_error)
    }

    pub(super) async fn forget_reports_of(
        &self,
        rows: &[message::Model],
    ) -> Result<(), StoreError> {
        let mut by_account: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in rows {
            let of_account = by_account.entry(row.account_id).or_default();
            of_account.extend(row.wamid.as_deref());
        }
        for (account_id, wamids) in by_account {
            self.forget_reports(account_id.into(), &wamids).await?;
        }
        Ok(())
    }

    pub(super) async fn take_names_of_meta(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        use message::Column::{Id, ReplyToWamid, TargetWamid, Wamid};
        let nothing = || Expr::val(None::<String>);
        self.scope
            .update_many::<message::Entity>()
            .col_expr(Wamid, nothing())
            .col_expr(TargetWamid, nothing())
            .col_expr(ReplyToWamid, nothing())
            .filter(Id.is_in(ids.iter().copied()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    /// Has those of the uploaded files go that were sent to nobody else.
    pub(super) async fn lose_uploads(
        &self,
        ids: BTreeSet<Uuid>,
        traces: &Traces,
    ) -> Result<Vec<FileKey>, StoreError> {
        use media::Column::{Id, MessageId, StorageKey};
        // Locked, as who sends one does it: what others are sending right now is seen.
        let uploads = self
            .scope
            .find::<media::Entity>()
            .filter(Id.is_in(ids))
            .filter(MessageId.is_null())
            .filter(StorageKey.is_not_null())
            .order_by_asc(Id)
            .lock(LockType::NoKeyUpdate)
            .all(self.db().writing()?)
            .await
            .map_err(store_error)?;
        let of_others = self.sent_to_others(&uploads, traces).await?;
        let theirs = uploads.into_iter().filter(|it| !of_others.contains(&it.id));
        self.lose(theirs.collect()).await
    }

    async fn sent_to_others(
        &self,
        uploads: &[media::Model],
        traces: &Traces,
    ) -> Result<BTreeSet<Uuid>, StoreError> {
        use message::Column::{ChatId, MediaId};
        let sent: Vec<Uuid> = self
            .scope
            .find::<message::Entity>()
            .select_only()
            .column(MediaId)
            .distinct()
            .filter(MediaId.is_in(uploads.iter().map(|upload| upload.id)))
            .filter(ChatId.is_not_in(uuids(&traces.chats)))
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        Ok(sent.into_iter().collect())
    }
}

pub(super) fn says_something(traces: &Traces) -> Condition {
    Condition::all()
        .add(message::Column::ChatId.is_in(uuids(&traces.chats)))
        .add(Expr::cust(SAYS_SOMETHING))
}
