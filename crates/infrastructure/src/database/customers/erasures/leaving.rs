//! What happens at once to what a person leaves behind.

use chrono::{DateTime, Utc};
use domain::{
    chats::{MessageError, MessageStatus},
    customers::{Customer, CustomerId, Erasure, MarketingConsent, Stage, Traces},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::uuids;
use crate::database::{
    customers::row,
    entities::{
        chat, chat_cycle, chat_label, contact, contact_identity, customer, customer_change,
        customer_consent, customer_term, message,
    },
    error::{broken, store_error},
    text::to_json,
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
            AddressBookAt, AddressBookName, BlockedAt, BlockedBy, CustomerId, ErasedAt, FoldedName,
            Id, Name, UndeliverableAt, UndeliverableReason, UpdatedAt, UserId, Username, WaId,
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
        let never = || Expr::val(None::<DateTime<Utc>>);
        let result = self
            .scope
            .update_many::<contact::Entity>()
            .col_expr(Name, nothing())
            .col_expr(FoldedName, Expr::val(""))
            .col_expr(WaId, nothing())
            .col_expr(UserId, nothing())
            .col_expr(Username, nothing())
            .col_expr(AddressBookName, nothing())
            .col_expr(AddressBookAt, never())
            .col_expr(BlockedAt, never())
            .col_expr(BlockedBy, Expr::val(None::<Uuid>))
            .col_expr(UndeliverableAt, never())
            .col_expr(UndeliverableReason, nothing())
            .col_expr(UpdatedAt, Expr::val(at))
            .col_expr(ErasedAt, Expr::val(Some(at)))
            .filter(CustomerId.eq(id.uuid()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(result.rows_affected)
    }

    /// The customer's row stays, for what refers to it, with nothing in it. Answers how often
    /// they had said something of marketing.
    pub(super) async fn empty_customer(
        &self,
        id: CustomerId,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let of_customer = customer_consent::Column::CustomerId.eq(id.uuid());
        let consents = self
            .scope
            .delete::<customer_consent::Entity>(of_customer)
            .await?;
        let of_customer = customer_term::Column::CustomerId.eq(id.uuid());
        self.scope
            .delete::<customer_term::Entity>(of_customer)
            .await?;
        let of_customer = customer_change::Column::CustomerId.eq(id.uuid());
        self.scope
            .delete::<customer_change::Entity>(of_customer)
            .await?;
        let present = self.scope.find::<customer::Entity>();
        let present = present.filter(customer::Column::Id.eq(id.uuid()));
        let present: Option<Customer> = self.db().one(present).await?;
        let present = present.ok_or_else(|| broken("a customer who is locked is not there"))?;
        let nobody = Customer {
            id,
            stage: Stage::Inactive,
            created_at: present.created_at,
            updated_at: at,
            // Who has found the customer before comes too late to change them.
            version: present.version + 1,
            ..Customer::unknown(at)
        };
        let emptied = customer::ActiveModel {
            marketing_consent: Set(MarketingConsent::OptedOut.as_str().to_owned()),
            last_seen_at: Set(DateTime::UNIX_EPOCH),
            erased_at: Set(Some(at)),
            ..row(&nobody)?
        };
        self.scope.update(emptied, Condition::all()).await?;
        Ok(consents)
    }

    /// Nobody has anything to do in the chats any more, and nothing leaves from them.
    pub(super) async fn leave_chats(
        &self,
        erasure: &Erasure,
        traces: &Traces,
    ) -> Result<u64, StoreError> {
        use chat::Column::{
            AssigneeId, Id, LastInboundAt, SnoozedUntil, Status, UpdatedAt, Version,
        };
        let chats = || uuids(&traces.chats);
        let at = erasure.requested_at;
        let never = || Expr::val(None::<DateTime<Utc>>);
        let result = self
            .scope
            .update_many::<chat::Entity>()
            .col_expr(Status, Expr::val("resolved"))
            .col_expr(SnoozedUntil, never())
            .col_expr(AssigneeId, Expr::val(None::<Uuid>))
            .col_expr(LastInboundAt, never())
            .col_expr(UpdatedAt, Expr::val(at))
            .col_expr(Version, Expr::col(Version).add(1))
            .filter(Id.is_in(chats()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        let labels = chat_label::Column::ChatId.is_in(chats());
        self.scope.delete::<chat_label::Entity>(labels).await?;
        let resolved_by = Expr::val(Some(erasure.requested_by.uuid()));
        self.scope
            .update_many::<chat_cycle::Entity>()
            .col_expr(chat_cycle::Column::ResolvedAt, Expr::val(Some(at)))
            .col_expr(chat_cycle::Column::ResolvedBy, resolved_by)
            .filter(chat_cycle::Column::ChatId.is_in(chats()))
            .filter(chat_cycle::Column::ResolvedAt.is_null())
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        self.stop_sending(message::Column::ChatId.is_in(chats()), at)
            .await?;
        Ok(result.rows_affected)
    }

    /// What of these messages waits to be sent, never is.
    pub(super) async fn stop_sending(
        &self,
        messages: Expr,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        use message::Column::{Error, FailedAt, Status};
        let error = MessageError::ours("The person in this chat was erased", None);
        self.scope
            .update_many::<message::Entity>()
            .col_expr(Status, Expr::val(MessageStatus::Failed.as_str()))
            .col_expr(FailedAt, Expr::val(Some(at)))
            .col_expr(Error, Expr::val(Some(to_json(&error)?)))
            .filter(messages)
            .filter(Status.eq(MessageStatus::Queued.as_str()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}
