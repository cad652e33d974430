mod cycles;
mod filter;
mod joining;
mod labels;
mod overviews;

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    chats::{
        Chat, ChatFilter, ChatId, ChatOverview, ChatRepository, ChatStatus, Direction, Label,
        LabelCount, Message, Sight,
    },
    id::Id,
    page::{Page, PageRequest},
    store::StoreError,
    whatsapp::{AccountId, Contact, ContactId},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, QueryOrder, QuerySelect, Select, UpdateMany,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

pub(super) use self::filter::is_seen_by;
use self::{filter::in_sight, overviews::Listed};
use super::{
    entities::{
        chat::{self, Column, Entity},
        chat_read,
    },
    error::{broken, store_error},
    text::parse,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ChatRepository for SeaUnitOfWork {
    async fn find(&self, id: ChatId) -> Result<Option<Chat>, StoreError> {
        self.db().one(self.chat(id)).await
    }

    async fn lock(&self, id: ChatId) -> Result<Option<Chat>, StoreError> {
        self.db().lock_one(self.chat(id)).await
    }

    async fn find_by_contact(
        &self,
        account_id: AccountId,
        contact_id: ContactId,
    ) -> Result<Option<Chat>, StoreError> {
        let chats = self
            .scope
            .find::<Entity>()
            .filter(Column::AccountId.eq(account_id.uuid()))
            .filter(Column::ContactId.eq(contact_id.uuid()));
        self.db().one(chats).await
    }

    async fn hand_over(
        &self,
        from: ContactId,
        to: &Contact,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Chat, Chat)>, StoreError> {
        self.hand_chats_over(from, to, now).await
    }

    async fn list_of_contact(&self, contact_id: ContactId) -> Result<Vec<Chat>, StoreError> {
        let chats = self
            .scope
            .find::<chat::Entity>()
            .filter(chat::Column::ContactId.eq(contact_id.uuid()))
            .order_by_asc(chat::Column::Id);
        self.db().all(chats).await
    }

    async fn find_latest_of_contact(
        &self,
        contact_id: ContactId,
        sight: Sight,
    ) -> Result<Option<Chat>, StoreError> {
        let chats = self.list_of_contact(contact_id).await?.into_iter();
        let seen = chats.filter(|chat| sight.sees(chat.assignee_id));
        Ok(seen.max_by_key(|chat| (chat.last_activity_at, chat.id)))
    }

    async fn insert(&self, chat: &Chat) -> Result<bool, StoreError> {
        let row = chat::ActiveModel {
            organization_id: NotSet,
            id: Set(chat.id.uuid()),
            account_id: Set(chat.account_id.uuid()),
            contact_id: Set(chat.contact_id.uuid()),
            customer_id: Set(chat.customer_id.map(Id::uuid)),
            status: Set(chat.status.as_str().to_owned()),
            last_inbound_at: Set(chat.last_inbound_at),
            last_activity_at: Set(chat.last_activity_at),
            last_message_id: Set(None),
            last_message_at: Set(None),
            inbound_count: Set(chat.inbound_count),
            created_at: Set(chat.created_at),
            updated_at: Set(chat.updated_at),
            snoozed_until: Set(chat.snoozed_until),
            assignee_id: Set(chat.assignee_id.map(Id::uuid)),
            priority: Set(chat.priority.as_str().to_owned()),
            version: Set(chat.version),
        };
        self.scope.insert_unless_taken(row).await
    }

    async fn update(&self, chat: &Chat) -> Result<bool, StoreError> {
        let next = chat::ActiveModel {
            id: Set(chat.id.uuid()),
            status: Set(chat.status.as_str().to_owned()),
            snoozed_until: Set(chat.snoozed_until),
            assignee_id: Set(chat.assignee_id.map(Id::uuid)),
            priority: Set(chat.priority.as_str().to_owned()),
            updated_at: Set(chat.updated_at),
            version: Set(chat.version + 1),
            ..Default::default()
        };
        let unchanged = Column::Version.eq(chat.version);
        self.scope.update(next, unchanged).await
    }

    async fn labels(&self, id: ChatId) -> Result<Vec<Label>, StoreError> {
        let mut labels = self.labels_of(vec![id.uuid()]).await?;
        Ok(labels.remove(&id.uuid()).unwrap_or_default())
    }

    async fn set_labels(&self, id: ChatId, labels: &[Label]) -> Result<(), StoreError> {
        self.replace_labels(id, labels).await
    }

    async fn labels_in_use(&self, sight: Sight, limit: u32) -> Result<Vec<LabelCount>, StoreError> {
        self.count_labels(sight, limit).await
    }

    async fn unassign_all(
        &self,
        assignee: UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<ChatOverview>, StoreError> {
        let rows = self
            .scope
            .update_many::<Entity>()
            .filter(Column::AssigneeId.eq(assignee.uuid()))
            .col_expr(Column::AssigneeId, Expr::val(None::<Uuid>))
            .col_expr(Column::UpdatedAt, Expr::val(now))
            .col_expr(Column::Version, Column::Version.into_expr().add(1))
            .exec_with_returning(self.db().writing()?)
            .await
            .map_err(store_error)?;
        let chats = rows.into_iter().map(Listed::try_from);
        let mut chats: Vec<_> = chats.collect::<Result<_, _>>()?;
        chats.retain(|listed| listed.chat.status != ChatStatus::Resolved);
        self.overviews(chats, None).await
    }

    async fn note_message(
        &self,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Result<Chat, StoreError> {
        let is_gone = || broken("the message's chat is not there");
        if message.content.is_annotation() {
            let chat = self.db().one(self.chat(message.chat_id)).await?;
            return chat.ok_or_else(is_gone);
        }
        let at = message.created_at;
        let mut update = self.with_message(message, now);
        let customer_wrote =
            message.direction == Direction::Inbound && message.content.opens_service_window();
        if customer_wrote {
            let is_put_aside = Column::Status.ne(ChatStatus::Open.as_str());
            update = update
                .col_expr(Column::LastInboundAt, later(Column::LastInboundAt, at))
                .col_expr(
                    Column::InboundCount,
                    Column::InboundCount.into_expr().add(1),
                )
                .col_expr(Column::Status, Expr::val(ChatStatus::Open.as_str()))
                .col_expr(Column::SnoozedUntil, Expr::val(None::<DateTime<Utc>>))
                .col_expr(
                    Column::Version,
                    Expr::case(is_put_aside, Column::Version.into_expr().add(1))
                        .finally(Column::Version.into_expr())
                        .into(),
                );
        }
        let updated = update.exec_with_returning(self.db().writing()?).await;
        let chat = updated.map_err(store_error)?.pop().ok_or_else(is_gone)?;
        self.move_cycle_on(message).await?;
        Chat::try_from(chat)
    }

    async fn note_past_message(
        &self,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if !message.content.is_annotation() {
            let update = self.with_message(message, now);
            let updated = update.exec(self.db().writing()?).await;
            updated.map_err(store_error)?;
        }
        Ok(())
    }

    async fn resolve_cycle(
        &self,
        id: ChatId,
        by: UserId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.end_cycle(id, by, at).await
    }

    async fn resume_cycle(&self, id: ChatId) -> Result<(), StoreError> {
        self.reopen_cycle(id).await
    }

    async fn overview(
        &self,
        id: ChatId,
        viewer: Option<UserId>,
    ) -> Result<Option<ChatOverview>, StoreError> {
        let chat = self.db().one(self.chat(id)).await?;
        let mut overviews = self.overviews(chat.into_iter().collect(), viewer).await?;
        Ok(overviews.pop())
    }

    async fn find_overviews(
        &self,
        ids: &[ChatId],
        viewer: UserId,
    ) -> Result<Vec<ChatOverview>, StoreError> {
        let ids = ids.iter().map(|id| id.uuid());
        let chats = self.scope.find::<Entity>().filter(Column::Id.is_in(ids));
        let chats = self.db().all(chats).await?;
        self.overviews(chats, Some(viewer)).await
    }

    async fn assignees(
        &self,
        ids: &[ChatId],
    ) -> Result<HashMap<ChatId, Option<UserId>>, StoreError> {
        let rows: Vec<(Uuid, Option<Uuid>)> = self
            .scope
            .find::<Entity>()
            .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .select_only()
            .column(Column::Id)
            .column(Column::AssigneeId)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let of = |(id, assignee): (Uuid, Option<Uuid>)| (id.into(), assignee.map(Into::into));
        Ok(rows.into_iter().map(of).collect())
    }

    async fn list(
        &self,
        filter: &ChatFilter,
        viewer: UserId,
        page: PageRequest,
    ) -> Result<Page<ChatOverview>, StoreError> {
        let page = self.page_in_sight(filter, viewer, page).await?;
        Ok(Page {
            rows: self.overviews(page.rows, Some(viewer)).await?,
            older: page.older,
            newer: page.newer,
        })
    }

    async fn count(&self, filter: &ChatFilter, viewer: UserId) -> Result<u64, StoreError> {
        let mut count = 0;
        for part in in_sight(filter) {
            count += self.db().count(self.filtered(&part, viewer)).await?;
        }
        Ok(count)
    }

    async fn mark_read(
        &self,
        id: ChatId,
        viewer: UserId,
        inbound_count: i64,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        use chat_read::Column::{ChatId, InboundCount, OrganizationId, ReadAt, UserId};
        // Who has no row has read nothing.
        if inbound_count <= 0 {
            return Ok(false);
        }
        let row = chat_read::ActiveModel {
            organization_id: NotSet,
            chat_id: Set(id.uuid()),
            user_id: Set(viewer.uuid()),
            inbound_count: Set(inbound_count),
            read_at: Set(at),
        };
        let move_on = OnConflict::columns([OrganizationId, ChatId, UserId])
            .update_columns([InboundCount, ReadAt])
            .action_and_where(InboundCount.lt(inbound_count))
            .to_owned();
        Ok(self.scope.upsert([row], move_on).await? > 0)
    }
}

impl SeaUnitOfWork {
    fn chat(&self, id: ChatId) -> Select<Entity> {
        self.scope.find::<Entity>().filter(Column::Id.eq(id.uuid()))
    }

    /// The message may be the chat's last one.
    fn with_message(&self, message: &Message, now: DateTime<Utc>) -> UpdateMany<Entity> {
        let at = message.created_at;
        let is_latest = Column::LastMessageAt
            .is_null()
            .or(Column::LastMessageAt.lte(at));
        self.scope
            .update_many::<Entity>()
            .filter(Column::Id.eq(message.chat_id.uuid()))
            .col_expr(Column::UpdatedAt, Expr::val(now))
            .col_expr(Column::LastActivityAt, later(Column::LastActivityAt, at))
            .col_expr(Column::LastMessageAt, later(Column::LastMessageAt, at))
            .col_expr(
                Column::LastMessageId,
                Expr::case(is_latest, Expr::val(message.id.uuid()))
                    .finally(Column::LastMessageId.into_expr())
                    .into(),
            )
    }

    fn reads(&self, viewer: UserId) -> Select<chat_read::Entity> {
        self.scope
            .find::<chat_read::Entity>()
            .filter(chat_read::Column::UserId.eq(viewer.uuid()))
    }
}

/// Of the time in the column and this one, the later.
fn later(column: Column, at: DateTime<Utc>) -> Expr {
    let is_later = column.is_null().or(column.lt(at));
    Expr::case(is_later, Expr::val(at))
        .finally(column.into_expr())
        .into()
}

impl TryFrom<chat::Model> for Chat {
    type Error = StoreError;

    fn try_from(row: chat::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            account_id: row.account_id.into(),
            contact_id: row.contact_id.into(),
            customer_id: row.customer_id.map(Into::into),
            status: parse(&row.status)?,
            last_inbound_at: row.last_inbound_at,
            last_activity_at: row.last_activity_at,
            last_message_at: row.last_message_at,
            inbound_count: row.inbound_count,
            created_at: row.created_at,
            updated_at: row.updated_at,
            snoozed_until: row.snoozed_until,
            assignee_id: row.assignee_id.map(Into::into),
            priority: parse(&row.priority)?,
            version: row.version,
        })
    }
}
