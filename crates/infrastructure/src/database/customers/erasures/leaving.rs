//! What happens at once to what a person leaves behind.

use chrono::{DateTime, Utc};
use domain::{
    chats::MessageStatus,
    customers::{CustomerId, Erasure, Traces},
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::uuids;
use crate::database::{
    entities::{chat, chat_cycle, chat_label, contact, contact_identity, message},
    error::store_error,
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    /// Meta's names lead to nobody any more.
    pub(super) async fn forget_contacts(
        &self,
        id: CustomerId,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        use contact::Column::{
            CustomerId, ErasedAt, FoldedName, Id, Name, UpdatedAt, UserId, Username, WaId,
        };
        let theirs = self
            .scope
            .find::<contact::Entity>()
            .select_only()
            .column(Id)
            .filter(CustomerId.eq(id.uuid()));
        let identities = contact_identity::Column::ContactId.in_subquery(theirs.into_query());
        self.scope
            .delete::<contact_identity::Entity>(identities)
            .await?;
        let nothing = || Expr::val(None::<String>);
        let result = self
            .scope
            .update_many::<contact::Entity>()
            .col_expr(Name, nothing())
            .col_expr(FoldedName, Expr::val(""))
            .col_expr(WaId, nothing())
            .col_expr(UserId, nothing())
            .col_expr(Username, nothing())
            .col_expr(UpdatedAt, Expr::val(at))
            .col_expr(ErasedAt, Expr::val(Some(at)))
            .filter(CustomerId.eq(id.uuid()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(result.rows_affected)
    }

    /// Nobody has anything to do in the chats any more, and nothing leaves from them.
    pub(super) async fn leave_chats(
        &self,
        erasure: &Erasure,
        traces: &Traces,
    ) -> Result<u64, StoreError> {
        let chats = || uuids(&traces.chats);
        let at = erasure.requested_at;
        let labels = chat_label::Column::ChatId.is_in(chats());
        self.scope.delete::<chat_label::Entity>(labels).await?;
        self.scope
            .update_many::<chat_cycle::Entity>()
            .col_expr(chat_cycle::Column::ResolvedAt, Expr::val(Some(at)))
            .col_expr(
                chat_cycle::Column::ResolvedBy,
                Expr::val(Some(erasure.requested_by.uuid())),
            )
            .filter(chat_cycle::Column::ChatId.is_in(chats()))
            .filter(chat_cycle::Column::ResolvedAt.is_null())
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        self.scope
            .update_many::<message::Entity>()
            .col_expr(
                message::Column::Status,
                Expr::val(MessageStatus::Failed.as_str()),
            )
            .col_expr(message::Column::FailedAt, Expr::val(Some(at)))
            .filter(message::Column::ChatId.is_in(chats()))
            .filter(message::Column::Status.eq(MessageStatus::Queued.as_str()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        let result = self
            .scope
            .update_many::<chat::Entity>()
            .col_expr(chat::Column::Status, Expr::val("resolved"))
            .col_expr(chat::Column::SnoozedUntil, Expr::val(None::<DateTime<Utc>>))
            .col_expr(chat::Column::AssigneeId, Expr::val(None::<Uuid>))
            .col_expr(
                chat::Column::LastInboundAt,
                Expr::val(None::<DateTime<Utc>>),
            )
            .col_expr(chat::Column::UpdatedAt, Expr::val(at))
            .col_expr(
                chat::Column::Version,
                Expr::col(chat::Column::Version).add(1),
            )
            .filter(chat::Column::Id.is_in(chats()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(result.rows_affected)
    }
}
