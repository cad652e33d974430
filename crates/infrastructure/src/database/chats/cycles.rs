use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    chats::{ChatId, Cycle, Direction, Message},
    id::Id,
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, QuerySelect, QueryTrait, Select, UpdateMany,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use crate::database::{
    entities::chat_cycle::{ActiveModel, Column, Entity, Model},
    error::store_error,
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    /// What a message, other than an annotation, means for the cycle of its chat. The chat is
    /// locked by then: it has noted the message.
    pub(super) async fn move_cycle_on(&self, message: &Message) -> Result<(), StoreError> {
        let at = message.created_at;
        match message.direction {
            Direction::Inbound if message.content.opens_service_window() => {
                let cycle = ActiveModel {
                    organization_id: NotSet,
                    id: Set(Id::<Cycle>::generate().uuid()),
                    chat_id: Set(message.chat_id.uuid()),
                    opened_at: Set(at),
                    first_response_at: Set(None),
                    first_response_by: Set(None),
                    resolved_at: Set(None),
                    resolved_by: Set(None),
                };
                self.scope.insert_unless_taken(cycle).await?;
            }
            // What somebody types on the phone has its wamid at once; what the program sends
            // by itself has neither, and is no answer.
            Direction::Outbound if message.sent_by.is_some() || message.wamid.is_some() => {
                let by = message.sent_by.map(Id::uuid);
                let answered = self
                    .present_cycle(message.chat_id)
                    .filter(Column::FirstResponseAt.is_null())
                    .filter(Column::OpenedAt.lte(at))
                    .col_expr(Column::FirstResponseAt, Expr::val(at))
                    .col_expr(Column::FirstResponseBy, Expr::val(by));
                self.run(answered).await?;
            }
            Direction::Inbound | Direction::Outbound => {}
        }
        Ok(())
    }

    pub(super) async fn end_cycle(
        &self,
        id: ChatId,
        by: UserId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let resolved = self
            .present_cycle(id)
            .col_expr(Column::ResolvedAt, Expr::val(at))
            .col_expr(Column::ResolvedBy, Expr::val(by.uuid()));
        self.run(resolved).await
    }

    pub(super) async fn reopen_cycle(&self, id: ChatId) -> Result<(), StoreError> {
        let latest = self
            .latest_cycles(vec![id.uuid()])
            .select_only()
            .column(Column::Id)
            .into_query();
        let reopened = self
            .scope
            .update_many::<Entity>()
            .filter(Column::Id.in_subquery(latest))
            .col_expr(Column::ResolvedAt, Expr::val(None::<DateTime<Utc>>))
            .col_expr(Column::ResolvedBy, Expr::val(None::<Uuid>));
        self.run(reopened).await
    }

    /// The present cycle of each of these chats or, where there is none, the last.
    pub(super) async fn cycles_of(
        &self,
        chat_ids: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, Cycle>, StoreError> {
        let rows = self.latest_cycles(chat_ids).all(self.db()).await;
        let rows = rows.map_err(store_error)?.into_iter();
        Ok(rows.map(|row| (row.chat_id, row.into())).collect())
    }

    fn latest_cycles(&self, chat_ids: Vec<Uuid>) -> Select<Entity> {
        let newer = |column| Expr::col(("newer", column));
        let newer_one = Query::select()
            .column(("newer", Column::Id))
            .from_as(Entity, "newer")
            .and_where(newer(Column::OrganizationId).eq(Column::OrganizationId.into_expr()))
            .and_where(newer(Column::ChatId).eq(Column::ChatId.into_expr()))
            .and_where(newer(Column::Id).gt(Column::Id.into_expr()))
            .to_owned();
        self.scope
            .find::<Entity>()
            .filter(Column::ChatId.is_in(chat_ids))
            .filter(Expr::not_exists(newer_one))
    }

    fn present_cycle(&self, id: ChatId) -> UpdateMany<Entity> {
        self.scope
            .update_many::<Entity>()
            .filter(Column::ChatId.eq(id.uuid()))
            .filter(Column::ResolvedAt.is_null())
    }

    async fn run(&self, update: UpdateMany<Entity>) -> Result<(), StoreError> {
        let result = update.exec(self.db().writing()?).await;
        result.map(|_| ()).map_err(store_error)
    }
}

impl From<Model> for Cycle {
    fn from(row: Model) -> Self {
        Self {
            opened_at: row.opened_at,
            first_response_at: row.first_response_at,
            first_response_by: row.first_response_by.map(Into::into),
            resolved_at: row.resolved_at,
            resolved_by: row.resolved_by.map(Into::into),
        }
    }
}
