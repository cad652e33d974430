use std::collections::HashSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    chats::{
        ChatId, Direction, Message, MessageId, MessageRepository, MessageStatus, ReplyTo,
        StatusReport,
    },
    id::Id,
    page::{Page, PageRequest, Position},
    store::StoreError,
    whatsapp::AccountId,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    entities::{
        message::{self, Column, Entity},
        message_report,
    },
    error::{broken, store_error},
    text::{from_json, from_json_if_some, parse, to_json, to_json_if_some},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl MessageRepository for SeaUnitOfWork {
    async fn find(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.db().one(self.message(id)).await
    }

    async fn find_by_wamid(
        &self,
        account_id: AccountId,
        wamid: &str,
    ) -> Result<Option<Message>, StoreError> {
        let messages = self.messages_of(account_id);
        self.db()
            .one(messages.filter(Column::Wamid.eq(wamid)))
            .await
    }

    async fn find_by_wamids(
        &self,
        account_id: AccountId,
        wamids: &[&str],
    ) -> Result<Vec<Message>, StoreError> {
        let messages = self.messages_of(account_id);
        let messages = messages.filter(Column::Wamid.is_in(wamids.iter().copied()));
        self.db().all(messages).await
    }

    async fn lock(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.db().lock_one(self.message(id)).await
    }

    async fn lock_by_wamid(
        &self,
        account_id: AccountId,
        wamid: &str,
    ) -> Result<Option<Message>, StoreError> {
        let messages = self.messages_of(account_id);
        self.db()
            .lock_one(messages.filter(Column::Wamid.eq(wamid)))
            .await
    }

    async fn insert(
        &self,
        message: &Message,
        original: Option<&Value>,
    ) -> Result<bool, StoreError> {
        let mut row = row(message)?;
        row.original = Set(to_json_if_some(original)?);
        let is_new = self.scope.insert_unless_taken(row).await?;
        if is_new {
            self.scope.index(message).await?;
        }
        Ok(is_new)
    }

    async fn insert_all(
        &self,
        messages: &[(Message, &Value)],
    ) -> Result<HashSet<MessageId>, StoreError> {
        let rows = messages.iter().map(|(message, original)| {
            let mut row = row(message)?;
            row.original = Set(Some(to_json(original)?));
            Ok(row)
        });
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        self.scope.insert_those_not_taken(rows).await?;
        let ids = messages.iter().map(|(message, _)| message.id.uuid());
        let stored: Vec<Uuid> = self
            .scope
            .find::<Entity>()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.is_in(ids))
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let stored: HashSet<MessageId> = stored.into_iter().map(Into::into).collect();
        let indexed = messages.iter().map(|(message, _)| message);
        let indexed: Vec<_> = indexed.filter(|it| stored.contains(&it.id)).collect();
        self.scope.index_all(&indexed).await?;
        Ok(stored)
    }

    async fn update(&self, message: &Message) -> Result<(), StoreError> {
        if !self.scope.update(row(message)?, Condition::all()).await? {
            return Err(broken("a message to be updated is not there"));
        }
        // Few things else change what a message says.
        if message.edited_at.is_some() || message.revoked_at.is_some() {
            self.scope.index_anew(message).await?;
        }
        Ok(())
    }

    async fn update_content(&self, message: &Message) -> Result<(), StoreError> {
        MessageRepository::update(self, message).await?;
        self.scope.index_anew(message).await
    }

    async fn claim(&self, id: MessageId) -> Result<bool, StoreError> {
        let sending = Expr::val(MessageStatus::Sending.as_str());
        let result = self
            .scope
            .update_many::<Entity>()
            .col_expr(Column::Status, sending)
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::Status.eq(MessageStatus::Queued.as_str()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(result.rows_affected > 0)
    }

    async fn list(&self, chat_id: ChatId, page: PageRequest) -> Result<Page<Message>, StoreError> {
        let messages = self.messages_in(chat_id);
        let order = (Column::CreatedAt, Column::Id);
        self.db()
            .page(messages, order, page, |message: &Message| Position {
                at: message.created_at,
                id: message.id.uuid(),
            })
            .await
    }

    async fn count(&self, chat_id: ChatId) -> Result<u64, StoreError> {
        self.db().count(self.messages_in(chat_id)).await
    }

    async fn latest_inbound(&self, chat_id: ChatId) -> Result<Option<Message>, StoreError> {
        let latest = self
            .messages_in(chat_id)
            .filter(Column::Direction.eq(Direction::Inbound.as_str()))
            .filter(Column::TargetWamid.is_null())
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id);
        self.db().one(latest).await
    }

    async fn annotations_of(
        &self,
        account_id: AccountId,
        wamids: &[&str],
    ) -> Result<Vec<Message>, StoreError> {
        let annotations = self
            .messages_of(account_id)
            .filter(Column::TargetWamid.is_in(wamids.iter().copied()))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id);
        self.db().all(annotations).await
    }

    async fn insert_report(
        &self,
        account_id: AccountId,
        report: &StatusReport,
        original: &Value,
        received_at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let row = message_report::ActiveModel {
            organization_id: NotSet,
            account_id: Set(account_id.uuid()),
            wamid: Set(report.wamid.clone()),
            status: Set(report.status.as_str().to_owned()),
            participant: Set(report.participant.clone()),
            occurred_at: Set(report.occurred_at),
            error: Set(to_json_if_some(report.error.as_ref())?),
            callback_data: Set(report.callback_data.clone()),
            original: Set(to_json(original)?),
            received_at: Set(received_at),
        };
        self.scope.insert_unless_taken(row).await
    }

    async fn reports_of(
        &self,
        account_id: AccountId,
        wamids: &[&str],
    ) -> Result<Vec<StatusReport>, StoreError> {
        use message_report::Column::{AccountId, OccurredAt, Status, Wamid};
        let reports = self
            .scope
            .find::<message_report::Entity>()
            .filter(AccountId.eq(account_id.uuid()))
            .filter(Wamid.is_in(wamids.iter().copied()))
            .order_by_asc(OccurredAt)
            .order_by_asc(Status);
        self.db().all(reports).await
    }

    async fn forget_reports(
        &self,
        account_id: AccountId,
        wamids: &[&str],
    ) -> Result<(), StoreError> {
        use message_report::Column::{AccountId, Wamid};
        let of_them = AccountId
            .eq(account_id.uuid())
            .and(Wamid.is_in(wamids.iter().copied()));
        self.scope.delete::<message_report::Entity>(of_them).await?;
        Ok(())
    }
}

impl SeaUnitOfWork {
    fn message(&self, id: MessageId) -> Select<Entity> {
        let messages = self.scope.find::<Entity>();
        messages.filter(Column::Id.eq(id.uuid()))
    }

    fn messages_in(&self, chat_id: ChatId) -> Select<Entity> {
        let messages = self.scope.find::<Entity>();
        messages.filter(Column::ChatId.eq(chat_id.uuid()))
    }

    fn messages_of(&self, account_id: AccountId) -> Select<Entity> {
        let messages = self.scope.find::<Entity>();
        messages.filter(Column::AccountId.eq(account_id.uuid()))
    }
}

/// All of a message but its original, which never changes.
fn row(message: &Message) -> Result<message::ActiveModel, StoreError> {
    let reply_to = message.reply_to.as_ref();
    let reply_to_id = reply_to.and_then(|reply_to| reply_to.message_id);
    Ok(message::ActiveModel {
        organization_id: NotSet,
        id: Set(message.id.uuid()),
        chat_id: Set(message.chat_id.uuid()),
        account_id: Set(message.account_id.uuid()),
        direction: Set(message.direction.as_str().to_owned()),
        kind: Set(message.content.kind().to_owned()),
        content: Set(to_json(&message.content)?),
        media_id: Set(message.content.file().map(|(_, id)| id.uuid())),
        status: Set(message.status.as_str().to_owned()),
        wamid: Set(message.wamid.clone()),
        target_wamid: Set(message.annotates().map(str::to_owned)),
        reply_to_id: Set(reply_to_id.map(Id::uuid)),
        reply_to_wamid: Set(reply_to.map(|reply_to| reply_to.wamid.clone())),
        reactions: Set(to_json(&message.reactions)?),
        sent_by: Set(message.sent_by.map(Id::uuid)),
        origin: Set(message.origin.map(|origin| origin.as_str().to_owned())),
        context: Set(to_json_if_some(message.context.as_ref())?),
        referral: Set(to_json_if_some(message.referral.as_ref())?),
        error: Set(to_json_if_some(message.error.as_ref())?),
        original: NotSet,
        created_at: Set(message.created_at),
        edited_at: Set(message.edited_at),
        revoked_at: Set(message.revoked_at),
        sent_at: Set(message.sent_at),
        delivered_at: Set(message.delivered_at),
        read_at: Set(message.read_at),
        failed_at: Set(message.failed_at),
    })
}

impl TryFrom<message::Model> for Message {
    type Error = StoreError;

    fn try_from(row: message::Model) -> Result<Self, StoreError> {
        let message_id = row.reply_to_id.map(Into::into);
        let reply_to = row
            .reply_to_wamid
            .map(|wamid| ReplyTo { message_id, wamid });
        Ok(Self {
            id: row.id.into(),
            chat_id: row.chat_id.into(),
            account_id: row.account_id.into(),
            direction: parse(&row.direction)?,
            content: from_json(&row.content)?,
            status: parse(&row.status)?,
            wamid: row.wamid,
            reply_to,
            reactions: from_json(&row.reactions)?,
            sent_by: row.sent_by.map(Into::into),
            origin: row.origin.as_deref().map(parse).transpose()?,
            context: from_json_if_some(row.context.as_deref())?,
            referral: from_json_if_some(row.referral.as_deref())?,
            error: from_json_if_some(row.error.as_deref())?,
            created_at: row.created_at,
            edited_at: row.edited_at,
            revoked_at: row.revoked_at,
            sent_at: row.sent_at,
            delivered_at: row.delivered_at,
            read_at: row.read_at,
            failed_at: row.failed_at,
        })
    }
}

impl TryFrom<message_report::Model> for StatusReport {
    type Error = StoreError;

    fn try_from(row: message_report::Model) -> Result<Self, StoreError> {
        Ok(Self {
            wamid: row.wamid,
            status: parse(&row.status)?,
            occurred_at: row.occurred_at,
            error: from_json_if_some(row.error.as_deref())?,
            callback_data: row.callback_data,
            participant: row.participant,
        })
    }
}
