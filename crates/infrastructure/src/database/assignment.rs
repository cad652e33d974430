use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    chats::{AssignmentRepository, AssignmentSettings, Candidate, ChatId, ChatStatus, Turn},
    organizations::Availability,
    store::StoreError,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    entities::{
        assignment_settings::{ActiveModel, Column, Entity, Model},
        chat, organization_member,
    },
    error::{broken, store_error},
    text::parse,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl AssignmentRepository for SeaUnitOfWork {
    async fn settings(&self) -> Result<AssignmentSettings, StoreError> {
        let stored = self.db().one(self.scope.find::<Entity>()).await?;
        Ok(stored.unwrap_or_default())
    }

    async fn lock(&self) -> Result<AssignmentSettings, StoreError> {
        let stored = self.db().lock_one(self.scope.find::<Entity>()).await?;
        Ok(stored.unwrap_or_default())
    }

    async fn save(&self, settings: &AssignmentSettings) -> Result<bool, StoreError> {
        let row = ActiveModel {
            organization_id: Set(self.scope.organization().uuid()),
            enabled: Set(settings.enabled),
            capacity: Set(settings.capacity.into()),
            updated_at: Set(settings.updated_at),
            version: Set(settings.version + 1),
            agents_see: Set(settings.agents_see.as_str().to_owned()),
        };
        if settings.version == 0 {
            return self.scope.insert_unless_taken(row).await;
        }
        let unchanged = Column::Version.eq(settings.version);
        self.scope.update(row, unchanged).await
    }

    async fn next_chat(&self) -> Result<Option<ChatId>, StoreError> {
        use chat::Column::{AssigneeId, CreatedAt, Id, Status};
        let first: Option<Uuid> = self
            .scope
            .find::<chat::Entity>()
            .filter(Status.eq(ChatStatus::Open.as_str()))
            .filter(AssigneeId.is_null())
            .order_by_asc(CreatedAt)
            .order_by_asc(Id)
            .limit(1)
            .select_only()
            .column(Id)
            .into_tuple()
            .one(self.db())
            .await
            .map_err(store_error)?;
        Ok(first.map(Into::into))
    }

    async fn candidates(&self) -> Result<Vec<Candidate>, StoreError> {
        use organization_member::Column::{Active, Availability as At, LastAssignedAt, UserId};
        let rows: Vec<(Uuid, Option<DateTime<Utc>>)> = self
            .present_members()
            .filter(Active.eq(true))
            .filter(At.eq(Availability::Available.as_str()))
            .select_only()
            .column(UserId)
            .column(LastAssignedAt)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let candidates = rows.into_iter().map(|(user_id, last_assigned_at)| {
            let user_id = user_id.into();
            Candidate {
                user_id,
                last_assigned_at,
            }
        });
        Ok(candidates.collect())
    }

    async fn open_chats(&self, of: &[UserId]) -> Result<HashMap<UserId, u64>, StoreError> {
        use chat::Column::{AssigneeId, Id, Status};
        let rows: Vec<(Uuid, i64)> = self
            .scope
            .find::<chat::Entity>()
            .filter(AssigneeId.is_in(of.iter().map(|id| id.uuid())))
            .filter(Status.eq(ChatStatus::Open.as_str()))
            .select_only()
            .column(AssigneeId)
            .column_as(Id.count(), "open")
            .group_by(AssigneeId)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        rows.into_iter()
            .map(|(id, open)| Ok((id.into(), u64::try_from(open).map_err(broken)?)))
            .collect()
    }

    async fn note_turn(&self, turn: Turn) -> Result<(), StoreError> {
        use organization_member::Column::{LastAssignedAt, UserId};
        let noted = self
            .scope
            .update_many::<organization_member::Entity>()
            .col_expr(LastAssignedAt, Expr::val(turn.at))
            .filter(UserId.eq(turn.user_id.uuid()));
        noted
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

impl TryFrom<Model> for AssignmentSettings {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            enabled: row.enabled,
            capacity: row.capacity.try_into().map_err(broken)?,
            updated_at: row.updated_at,
            version: row.version,
            agents_see: parse(&row.agents_see)?,
        })
    }
}
