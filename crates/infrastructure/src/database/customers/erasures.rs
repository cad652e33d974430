//! Forgetting a person, wherever they are spoken of.

mod leaving;
mod memories;
mod said;
mod traces;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    chats::{Chat, Expired},
    customers::{CustomerErasureRepository, CustomerId, Erasure, Looked, Traces},
    event::Event,
    id::Id,
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LockType},
};
use uuid::Uuid;

use self::said::says_something;
use crate::database::{
    entities::{
        chat,
        customer_erasure::{ActiveModel, Column, Entity, Model},
        event, message, note,
    },
    error::{broken, store_error},
    text::{contains, from_json, from_json_if_some, to_json},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CustomerErasureRepository for SeaUnitOfWork {
    async fn traces(&self, id: CustomerId) -> Result<Traces, StoreError> {
        self.find_traces(id).await
    }

    async fn begin(&self, mut erasure: Erasure) -> Result<Erasure, StoreError> {
        let (id, at) = (erasure.customer_id, erasure.requested_at);
        let traces = erasure.traces.clone();
        let traces = traces.ok_or_else(|| broken("an erasure begins with its traces"))?;
        erasure.counts.contacts = self.forget_contacts(id, at).await?;
        erasure.counts.chats = self.leave_chats(&erasure, &traces).await?;
        erasure.counts.consents = self.empty_customer(id, at).await?;
        self.forget_merges(&traces).await?;
        self.scope
            .insert(ActiveModel {
                organization_id: NotSet,
                id: Set(id.uuid()),
                requested_by: Set(erasure.requested_by.uuid()),
                requested_at: Set(at),
                traces: Set(Some(to_json(&traces)?)),
                counts: Set(to_json(&erasure.counts)?),
            })
            .await?;
        Ok(erasure)
    }

    async fn lock(&self, id: CustomerId) -> Result<Option<Erasure>, StoreError> {
        let erasures = self.scope.find::<Entity>();
        self.db()
            .lock_one(erasures.filter(Column::Id.eq(id.uuid())))
            .await
    }

    async fn update(&self, erasure: &Erasure) -> Result<(), StoreError> {
        let next = ActiveModel {
            id: Set(erasure.customer_id.uuid()),
            traces: Set(erasure.traces.as_ref().map(to_json).transpose()?),
            counts: Set(to_json(&erasure.counts)?),
            ..Default::default()
        };
        self.scope.update(next, Condition::all()).await?;
        Ok(())
    }

    async fn erase_messages(
        &self,
        traces: &Traces,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Expired, StoreError> {
        let rows = self.messages_to_erase(traces, limit).await?;
        if rows.is_empty() {
            return Ok(Expired::default());
        }
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let files_in = rows.iter().filter_map(|row| row.media_id).collect();
        self.stop_sending(message::Column::Id.is_in(ids.iter().copied()), now)
            .await?;
        self.forget_reports_of(&rows).await?;
        let mut files = self.empty_messages(&ids).await?;
        self.take_names_of_meta(&ids).await?;
        files.extend(self.lose_uploads(files_in, traces).await?);
        Ok(Expired {
            count: u32::try_from(ids.len()).map_err(broken)?,
            files,
        })
    }

    async fn is_anything_left(&self, traces: &Traces) -> Result<bool, StoreError> {
        // With their keys: who writes a message or a note holds them until it is seen.
        self.scope
            .find::<chat::Entity>()
            .filter(chat::Column::Id.is_in(uuids(&traces.chats)))
            .order_by_asc(chat::Column::Id)
            .lock(LockType::Update)
            .all(self.db().writing()?)
            .await
            .map_err(store_error)?;
        let messages = self.scope.find::<message::Entity>();
        let says = messages.filter(says_something(traces)).limit(1);
        let says = says.one(self.db()).await.map_err(store_error)?;
        let notes = self.scope.find::<note::Entity>();
        let notes = notes.filter(note::Column::ChatId.is_in(uuids(&traces.chats)));
        Ok(says.is_some() || self.db().count(notes).await? > 0)
    }

    async fn erase_notes(&self, traces: &Traces, limit: u32) -> Result<u64, StoreError> {
        use note::Column::{ChatId, Id};
        let some = self
            .scope
            .find::<note::Entity>()
            .select_only()
            .column(Id)
            .filter(ChatId.is_in(uuids(&traces.chats)))
            .limit(u64::from(limit));
        self.scope
            .delete::<note::Entity>(Id.in_subquery(some.into_query()))
            .await
    }

    async fn erase_events(
        &self,
        traces: &Traces,
        after: i64,
        limit: u32,
    ) -> Result<Looked<i64>, StoreError> {
        use event::Column::{Payload, Seq};
        let stretch: Vec<i64> = self
            .scope
            .find::<event::Entity>()
            .select_only()
            .column(Seq)
            .filter(Seq.gt(after))
            .order_by_asc(Seq)
            .limit(u64::from(limit))
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let Some(last) = stretch.last().copied() else {
            return Ok(Looked::NOTHING);
        };
        let Some(customer_id) = traces.customers.first() else {
            return Err(broken("traces name no customer"));
        };
        let erased = to_json(&Event::CustomerErased {
            customer_id: *customer_id,
        })?;
        let result = self
            .scope
            .update_many::<event::Entity>()
            .col_expr(Payload, Expr::val(erased.as_str()))
            .filter(Seq.gt(after).and(Seq.lte(last)))
            .filter(Payload.ne(erased.as_str()))
            .filter(speaks_of(Payload, traces))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(Looked {
            next: (stretch.len() == limit as usize).then_some(last),
            erased: result.rows_affected,
            is_pending: false,
        })
    }

    async fn erase_memories(&self, traces: &Traces) -> Result<(), StoreError> {
        self.forget_imports(traces).await?;
        self.forget_reports_that_name(traces).await?;
        self.forget_answers(traces).await
    }
}

fn uuids<T>(ids: &[Id<T>]) -> impl Iterator<Item = Uuid> {
    ids.iter().map(|id| id.uuid())
}

/// By which events and answers name the person.
fn ids_of(traces: &Traces) -> Vec<String> {
    let customers = traces.customers.iter().map(ToString::to_string);
    let chats = traces.chats.iter().map(Id::<Chat>::to_string);
    customers.chain(chats).collect()
}

fn speaks_of(text: event::Column, traces: &Traces) -> Condition {
    ids_of(traces).iter().fold(Condition::any(), |any, id| {
        any.add(contains(text.into_expr(), id))
    })
}

impl TryFrom<Model> for Erasure {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            customer_id: row.id.into(),
            requested_by: row.requested_by.into(),
            requested_at: row.requested_at,
            traces: from_json_if_some(row.traces.as_deref())?,
            counts: from_json(&row.counts)?,
        })
    }
}
