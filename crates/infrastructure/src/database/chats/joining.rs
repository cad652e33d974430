//! Making one chat of two.

use std::cmp::max;

use chrono::{DateTime, Utc};
use domain::{
    chats::{AutomationRepository, Chat, ChatId, LastAutomatic, MessageFilter},
    id::Id,
    store::StoreError,
    whatsapp::{Contact, ContactId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

use crate::database::{
    entities::{automatic_message, chat, chat_cycle, merged_chat},
    error::store_error,
    unit_of_work::SeaUnitOfWork,
};

/// $1 is the organization, $2 the chat that goes, $3 the one that stays. What an agent has
/// read is counted, so the counts are added; a label is had once.
const MOVES: [&str; 11] = [
    "UPDATE messages SET chat_id = $3 WHERE organization_id = $1 AND chat_id = $2",
    "UPDATE message_search SET chat_id = $3 WHERE organization_id = $1 AND chat_id = $2",
    "UPDATE notes SET chat_id = $3 WHERE organization_id = $1 AND chat_id = $2",
    "UPDATE chat_cycles SET chat_id = $3 WHERE organization_id = $1 AND chat_id = $2",
    "UPDATE chat_labels SET chat_id = $3 WHERE organization_id = $1 AND chat_id = $2
     AND key NOT IN (SELECT key FROM chat_labels WHERE organization_id = $1 AND chat_id = $3)",
    "DELETE FROM chat_labels WHERE organization_id = $1 AND chat_id = $2 AND chat_id <> $3",
    "UPDATE chat_reads SET inbound_count = inbound_count + (
         SELECT gone.inbound_count FROM chat_reads AS gone WHERE gone.organization_id = $1
         AND gone.chat_id = $2 AND gone.user_id = chat_reads.user_id)
     WHERE organization_id = $1 AND chat_id = $3 AND user_id IN (
         SELECT user_id FROM chat_reads WHERE organization_id = $1 AND chat_id = $2)",
    "UPDATE chat_reads SET chat_id = $3 WHERE organization_id = $1 AND chat_id = $2
     AND user_id NOT IN (
         SELECT user_id FROM chat_reads WHERE organization_id = $1 AND chat_id = $3)",
    "DELETE FROM chat_reads WHERE organization_id = $1 AND chat_id = $2 AND chat_id <> $3",
    "UPDATE merged_chats SET chat_id = $3 WHERE organization_id = $1 AND chat_id = $2",
    "INSERT INTO merged_chats (organization_id, id, chat_id) VALUES ($1, $2, $3)",
];

impl SeaUnitOfWork {
    pub(super) async fn hand_chats_over(
        &self,
        from: ContactId,
        to: &Contact,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Chat, Chat)>, StoreError> {
        use chat::Column::{ContactId, CustomerId, Id, UpdatedAt};
        // Locked with their keys: nothing more is said in a chat that is about to go.
        let chats = self
            .scope
            .find::<chat::Entity>()
            .filter(ContactId.is_in([from.uuid(), to.id.uuid()]))
            .order_by_asc(Id)
            .lock(LockType::Update)
            .all(self.db().writing()?)
            .await
            .map_err(store_error)?;
        let (of_to, of_from): (Vec<_>, Vec<_>) = chats
            .into_iter()
            .partition(|row| row.contact_id == to.id.uuid());
        let mut into = Vec::new();
        for gone in of_from {
            let same = |row: &&chat::Model| row.account_id == gone.account_id;
            let stays = of_to.iter().find(same);
            if let Some(stays) = stays {
                self.join(&gone, stays, now).await?;
            }
            let stays = stays.unwrap_or(&gone).clone().try_into()?;
            into.push((gone.try_into()?, stays));
        }
        self.scope
            .update_many::<chat::Entity>()
            .filter(ContactId.eq(from.uuid()))
            .col_expr(ContactId, Expr::val(to.id.uuid()))
            .col_expr(
                CustomerId,
                Expr::val(to.customer_id.map(domain::id::Id::uuid)),
            )
            .col_expr(UpdatedAt, Expr::val(now))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(into)
    }

    async fn join(
        &self,
        gone: &chat::Model,
        stays: &chat::Model,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.join_present_cycles(gone.id, stays.id).await?;
        self.join_automatic(gone.id.into(), stays.id.into()).await?;
        for sql in MOVES {
            let values = [self.scope.owner(), gone.id.into(), stays.id.into()];
            self.scope.change(sql, values).await?;
        }
        // Messages on their way keep their order with those written from now on.
        let keys = [gone.id, stays.id].map(|id| format!("chat:{id}").into());
        let sql = "UPDATE jobs SET ordering_key = $2 WHERE ordering_key = $1";
        self.scope.change(sql, keys).await?;

        let latest = if gone.last_message_at > stays.last_message_at {
            gone
        } else {
            stays
        };
        let (first, second): (Chat, Chat) = (stays.clone().try_into()?, gone.clone().try_into()?);
        let status = first.status.joined_with(second.status);
        let priority = max(first.priority, second.priority);
        let joined = chat::ActiveModel {
            id: Set(stays.id),
            status: Set(status.as_str().to_owned()),
            snoozed_until: Set(stays.snoozed_until.filter(|_| status == first.status)),
            assignee_id: Set(stays.assignee_id.or(gone.assignee_id)),
            priority: Set(priority.as_str().to_owned()),
            last_inbound_at: Set(max(stays.last_inbound_at, gone.last_inbound_at)),
            last_activity_at: Set(max(stays.last_activity_at, gone.last_activity_at)),
            last_message_id: Set(latest.last_message_id),
            last_message_at: Set(latest.last_message_at),
            inbound_count: Set(stays.inbound_count + gone.inbound_count),
            updated_at: Set(now),
            version: Set(stays.version + 1),
            ..Default::default()
        };
        self.scope.update(joined, Condition::all()).await?;
        let gone = chat::Column::Id.eq(gone.id);
        self.scope.delete::<chat::Entity>(gone).await?;
        Ok(())
    }

    /// The customer has waited since the first of the two, and was answered by the first
    /// answer. The present cycle is always the newest, so it is made anew.
    async fn join_present_cycles(&self, gone: Uuid, stays: Uuid) -> Result<(), StoreError> {
        use chat_cycle::Column::{ChatId, OpenedAt, ResolvedAt};
        let present = || {
            let of_both = ChatId.is_in([gone, stays]);
            Condition::all().add(of_both).add(ResolvedAt.is_null())
        };
        let cycles = self
            .scope
            .find::<chat_cycle::Entity>()
            .filter(present())
            .order_by_asc(OpenedAt)
            .all(self.db())
            .await
            .map_err(store_error)?;
        let answered = cycles
            .iter()
            .filter(|cycle| cycle.first_response_at.is_some())
            .min_by_key(|cycle| cycle.first_response_at);
        let Some(first) = cycles.first() else {
            return Ok(());
        };
        self.scope.delete::<chat_cycle::Entity>(present()).await?;
        let cycle = chat_cycle::ActiveModel {
            organization_id: Set(first.organization_id),
            id: Set(Id::<Chat>::generate().uuid()),
            chat_id: Set(stays),
            opened_at: Set(first.opened_at),
            first_response_at: Set(answered.and_then(|cycle| cycle.first_response_at)),
            first_response_by: Set(answered.and_then(|cycle| cycle.first_response_by)),
            resolved_at: Set(None),
            resolved_by: Set(None),
        };
        self.scope.insert(cycle).await
    }

    async fn join_automatic(&self, gone: ChatId, stays: ChatId) -> Result<(), StoreError> {
        let (of_gone, of_stays) = (self.last_in(gone).await?, self.last_in(stays).await?);
        let last = LastAutomatic {
            greeting_at: max(of_gone.greeting_at, of_stays.greeting_at),
            away_at: max(of_gone.away_at, of_stays.away_at),
        };
        let of_gone = automatic_message::Column::ChatId.eq(gone.uuid());
        self.scope
            .delete::<automatic_message::Entity>(of_gone)
            .await?;
        self.note(stays, last).await
    }

    /// The chat of the filter, and those that were joined into it.
    pub(in crate::database) async fn chats_of(
        &self,
        filter: &MessageFilter,
    ) -> Result<Vec<Uuid>, StoreError> {
        let Some(chat_id) = filter.chat_id else {
            return Ok(Vec::new());
        };
        let merged = self
            .scope
            .find::<merged_chat::Entity>()
            .filter(merged_chat::Column::ChatId.eq(chat_id.uuid()))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let merged = merged.into_iter().map(|row| row.id);
        Ok([chat_id.uuid()].into_iter().chain(merged).collect())
    }
}
