mod overviews;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    chats::{
        Chat, ChatFilter, ChatId, ChatOverview, ChatRepository, ChatStatus, Direction, Message,
    },
    page::{Page, PageRequest, Position},
    store::StoreError,
    whatsapp::{AccountId, ContactId},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, Func, OnConflict, SubQueryStatement},
};

use self::overviews::Listed;
use super::{
    entities::{
        chat::{self, Column, Entity},
        chat_read, contact, customer,
    },
    error::{broken, store_error},
    text::{contains, parse, phone_digits},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ChatRepository for SeaUnitOfWork {
    async fn find(&self, id: ChatId) -> Result<Option<Chat>, StoreError> {
        self.db().one(self.chat(id)).await
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

    async fn find_latest_of_contact(
        &self,
        contact_id: ContactId,
    ) -> Result<Option<Chat>, StoreError> {
        let latest = self
            .scope
            .find::<Entity>()
            .filter(Column::ContactId.eq(contact_id.uuid()))
            .order_by_desc(Column::LastActivityAt)
            .order_by_desc(Column::Id);
        self.db().one(latest).await
    }

    async fn insert(&self, chat: &Chat) -> Result<bool, StoreError> {
        let row = chat::ActiveModel {
            organization_id: NotSet,
            id: Set(chat.id.uuid()),
            account_id: Set(chat.account_id.uuid()),
            contact_id: Set(chat.contact_id.uuid()),
            customer_id: Set(chat.customer_id.uuid()),
            status: Set(chat.status.as_str().to_owned()),
            last_inbound_at: Set(chat.last_inbound_at),
            last_activity_at: Set(chat.last_activity_at),
            last_message_id: Set(None),
            last_message_at: Set(None),
            inbound_count: Set(chat.inbound_count),
            created_at: Set(chat.created_at),
            updated_at: Set(chat.updated_at),
        };
        self.scope.insert_unless_taken(row).await
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
        let is_latest = Column::LastMessageAt
            .is_null()
            .or(Column::LastMessageAt.lte(at));
        let mut update = self
            .scope
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
            );
        let customer_wrote =
            message.direction == Direction::Inbound && message.content.opens_service_window();
        if customer_wrote {
            let is_put_aside =
                Column::Status.is_in([ChatStatus::Resolved.as_str(), ChatStatus::Snoozed.as_str()]);
            update = update
                .col_expr(Column::LastInboundAt, later(Column::LastInboundAt, at))
                .col_expr(
                    Column::InboundCount,
                    Column::InboundCount.into_expr().add(1),
                )
                .col_expr(
                    Column::Status,
                    Expr::case(is_put_aside, Expr::val(ChatStatus::Open.as_str()))
                        .finally(Column::Status.into_expr())
                        .into(),
                );
        }
        let updated = update.exec_with_returning(self.db().writing()?).await;
        let chat = updated.map_err(store_error)?.pop().ok_or_else(is_gone)?;
        Chat::try_from(chat)
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

    async fn list(
        &self,
        filter: &ChatFilter,
        viewer: UserId,
        page: PageRequest,
    ) -> Result<Page<ChatOverview>, StoreError> {
        let order = (Column::LastActivityAt, Column::Id);
        let chats = self.filtered(filter, viewer);
        let page = self
            .db()
            .page(chats, order, page, |listed: &Listed| Position {
                at: listed.chat.last_activity_at,
                id: listed.chat.id.uuid(),
            })
            .await?;
        Ok(Page {
            rows: self.overviews(page.rows, Some(viewer)).await?,
            older: page.older,
            newer: page.newer,
        })
    }

    async fn count(&self, filter: &ChatFilter, viewer: UserId) -> Result<u64, StoreError> {
        self.db().count(self.filtered(filter, viewer)).await
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

    fn filtered(&self, filter: &ChatFilter, viewer: UserId) -> Select<Entity> {
        let mut chats = self.scope.find::<Entity>();
        if let Some(status) = filter.status {
            chats = chats.filter(Column::Status.eq(status.as_str()));
        }
        if let Some(account_id) = filter.account_id {
            chats = chats.filter(Column::AccountId.eq(account_id.uuid()));
        }
        if filter.unread {
            let read = self.reads(viewer).select_only();
            let read = read
                .column(chat_read::Column::InboundCount)
                .filter(
                    chat_read::Column::ChatId
                        .into_expr()
                        .eq(Column::Id.into_expr()),
                )
                .into_query();
            let read = Expr::from(SubQueryStatement::from(read));
            let read_or_none = Func::coalesce([read, Expr::val(0_i64)]);
            chats = chats.filter(Column::InboundCount.into_expr().gt(read_or_none));
        }
        if let Some(search) = &filter.search {
            chats = chats.filter(self.concerns(search));
        }
        chats
    }

    /// That the chat is with somebody whose name or number contains this.
    fn concerns(&self, search: &str) -> Condition {
        let customers = self
            .scope
            .find::<customer::Entity>()
            .select_only()
            .column(customer::Column::Id);
        let name = contains(customer::Column::FoldedName.into_expr(), search);
        let Some(digits) = phone_digits(search) else {
            let customers = customers.filter(name).into_query();
            return Condition::any().add(Column::CustomerId.in_subquery(customers));
        };
        let number = contains(customer::Column::PhoneNumber.into_expr(), &digits);
        let customers = customers.filter(name.or(number)).into_query();
        let contacts = self
            .scope
            .find::<contact::Entity>()
            .select_only()
            .column(contact::Column::Id)
            .filter(contains(contact::Column::WaId.into_expr(), &digits))
            .into_query();
        Condition::any()
            .add(Column::CustomerId.in_subquery(customers))
            .add(Column::ContactId.in_subquery(contacts))
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
            customer_id: row.customer_id.into(),
            status: parse(&row.status)?,
            last_inbound_at: row.last_inbound_at,
            last_activity_at: row.last_activity_at,
            inbound_count: row.inbound_count,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
