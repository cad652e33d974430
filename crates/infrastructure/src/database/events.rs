use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    event::{Event, LoggedEvent},
    store::{EventLog, StoreError},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use super::{
    entities::{event, event_sequence},
    error::{broken, store_error},
    scope::Scope,
    text::{from_json, to_json},
    unit_of_work::SeaUnitOfWork,
};

/// Numbers the events and logs them. The sequence's row stays locked until the commit that
/// must follow at once: so an organization's numbers have no gaps and follow its commits.
pub(super) async fn append(
    scope: &Scope,
    events: &[Event],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let transaction = scope.connection().writing()?;
    let count = i64::try_from(events.len()).map_err(broken)?;
    let sequences = scope
        .update_many::<event_sequence::Entity>()
        .col_expr(
            event_sequence::Column::LastSeq,
            Expr::col(event_sequence::Column::LastSeq).add(count),
        )
        .exec_with_returning(transaction)
        .await
        .map_err(store_error)?;
    let sequence = sequences
        .first()
        .ok_or_else(|| broken("the organization has no event sequence"))?;
    let rows = (sequence.last_seq - count + 1..)
        .zip(events)
        .map(|(seq, event)| {
            Ok(event::ActiveModel {
                organization_id: NotSet,
                seq: Set(seq),
                payload: Set(to_json(event)?),
                occurred_at: Set(now),
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    scope.insert_all(rows).await
}

impl TryFrom<event::Model> for LoggedEvent {
    type Error = StoreError;

    fn try_from(row: event::Model) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.seq,
            event: from_json(&row.payload)?,
            occurred_at: row.occurred_at,
        })
    }
}

#[async_trait]
impl EventLog for SeaUnitOfWork {
    async fn last_seq(&self) -> Result<i64, StoreError> {
        let sequence = self
            .scope
            .find::<event_sequence::Entity>()
            .one(self.db())
            .await
            .map_err(store_error)?;
        Ok(sequence.map_or(0, |sequence| sequence.last_seq))
    }

    async fn first_seq(&self) -> Result<Option<i64>, StoreError> {
        self.scope
            .find::<event::Entity>()
            .select_only()
            .column(event::Column::Seq)
            .order_by_asc(event::Column::Seq)
            .into_tuple()
            .one(self.db())
            .await
            .map_err(store_error)
    }

    async fn after(&self, seq: i64, limit: u32) -> Result<Vec<LoggedEvent>, StoreError> {
        let events = self
            .scope
            .find::<event::Entity>()
            .filter(event::Column::Seq.gt(seq))
            .order_by_asc(event::Column::Seq)
            .limit(u64::from(limit));
        self.db().all(events).await
    }
}
