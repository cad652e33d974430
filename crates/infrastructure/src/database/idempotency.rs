use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use domain::store::{IdempotencyKeys, KeptAnswer, KeyState, StoreError};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter,
    sea_query::{ExprTrait, OnConflict},
};

use super::{
    entities::idempotency_key::{ActiveModel, Column, Entity, Model},
    error::{broken, store_error},
    text::{from_json, to_json},
    unit_of_work::SeaUnitOfWork,
};

/// How long an answer is given again.
const ANSWERS_COUNT_FOR: Duration = Duration::hours(24);

#[async_trait]
impl IdempotencyKeys for SeaUnitOfWork {
    async fn claim(
        &self,
        key: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<KeyState, StoreError> {
        let claim = ActiveModel {
            organization_id: NotSet,
            key: Set(key.to_owned()),
            // Known once the request has come whole.
            fingerprint: Set(Vec::new()),
            claimed_at: Set(now),
            claimed_until: Set(until),
            answered_at: Set(None),
            status: Set(None),
            headers: Set(None),
            body: Set(None),
        };
        let is_over = Condition::any()
            .add(
                Condition::all()
                    .add(Column::AnsweredAt.is_null())
                    .add(Column::ClaimedUntil.lte(now)),
            )
            .add(Column::AnsweredAt.lte(now - ANSWERS_COUNT_FOR));
        let take_if_over = OnConflict::columns([Column::OrganizationId, Column::Key])
            .update_columns([
                Column::Fingerprint,
                Column::ClaimedAt,
                Column::ClaimedUntil,
                Column::AnsweredAt,
                Column::Status,
                Column::Headers,
                Column::Body,
            ])
            .action_cond_where(is_over)
            .to_owned();
        if self.scope.upsert([claim], take_if_over).await? > 0 {
            return Ok(KeyState::Claimed);
        }
        let row = self
            .scope
            .find::<Entity>()
            .filter(Column::Key.eq(key))
            .one(self.db())
            .await
            .map_err(store_error)?;
        row.map_or(Ok(KeyState::InProgress), KeyState::try_from)
    }

    async fn keep(
        &self,
        key: &str,
        fingerprint: &[u8; 32],
        answer: &KeptAnswer,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let row = ActiveModel {
            key: Set(key.to_owned()),
            fingerprint: Set(fingerprint.to_vec()),
            answered_at: Set(Some(now)),
            status: Set(Some(i32::from(answer.status))),
            headers: Set(Some(to_json(&answer.headers)?)),
            body: Set(Some(answer.body.clone())),
            ..Default::default()
        };
        // Nothing to keep if the claim was over and somebody else has answered since.
        self.scope.update(row, Column::AnsweredAt.is_null()).await?;
        Ok(())
    }

    async fn release(&self, key: &str) -> Result<(), StoreError> {
        let unanswered = Column::Key.eq(key).and(Column::AnsweredAt.is_null());
        self.scope.delete::<Entity>(unanswered).await?;
        Ok(())
    }
}

impl TryFrom<Model> for KeyState {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let (Some(status), Some(headers), Some(body)) = (row.status, row.headers, row.body) else {
            return Ok(Self::InProgress);
        };
        Ok(Self::Answered {
            fingerprint: row
                .fingerprint
                .try_into()
                .map_err(|_| broken("a fingerprint has not 32 bytes"))?,
            answer: KeptAnswer {
                status: u16::try_from(status).map_err(broken)?,
                headers: from_json(&headers)?,
                body,
            },
        })
    }
}
