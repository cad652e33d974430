//! Forgetting a person, wherever they are spoken of.

mod leaving;

use async_trait::async_trait;
use chrono::DateTime;
use domain::{
    chats::{Chat, Expired, MessageStatus},
    customers::{
        Customer, CustomerErasureRepository, CustomerId, CustomerMergeRepository, Erasure, Looked,
        MarketingConsent, Stage, Traces,
    },
    id::Id,
    store::StoreError,
    whatsapp::{IdentityKind, PhoneNumberId},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LockType},
};
use uuid::Uuid;

use super::row;
use crate::database::{
    entities::{
        account, contact_identity, customer, customer_consent,
        customer_erasure::{ActiveModel, Column, Entity, Model},
        customer_merge, customer_term, event, idempotency_key, import_change, merged_chat, message,
        message_report, note,
    },
    error::{broken, store_error},
    text::{contains, contains_bytes, from_json, from_json_if_some, to_json},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CustomerErasureRepository for SeaUnitOfWork {
    async fn traces(&self, id: CustomerId) -> Result<Traces, StoreError> {
        let belongings = self.belongings(id).await?;
        let contacts: Vec<_> = belongings.contacts.iter().map(|it| it.id.uuid()).collect();
        let kinds = [IdentityKind::WaId, IdentityKind::UserId].map(IdentityKind::as_str);
        let identities = self
            .scope
            .find::<contact_identity::Entity>()
            .filter(contact_identity::Column::ContactId.is_in(contacts))
            .filter(contact_identity::Column::Kind.is_in(kinds))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let chats = belongings.chats.iter().map(|id| id.uuid());
        let joined = self
            .scope
            .find::<merged_chat::Entity>()
            .filter(merged_chat::Column::ChatId.is_in(chats.clone()))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let chats: Vec<_> = chats.chain(joined.iter().map(|row| row.id)).collect();
        let customer = self
            .scope
            .find::<customer::Entity>()
            .filter(customer::Column::Id.eq(id.uuid()));
        let customer: Option<Customer> = self.db().one(customer).await?;
        let customer = customer.ok_or_else(|| broken("a customer who is locked is not there"))?;
        let mut identities: Vec<_> = identities.into_iter().map(|row| row.value).collect();
        let known_as = belongings.contacts.iter().filter_map(|it| it.wa_id.clone());
        identities.extend(known_as);
        let own = customer.all_numbers().into_iter();
        identities.extend(own.map(|number| number.digits().to_owned()));
        let accounts = self.scope.find::<account::Entity>();
        let accounts = accounts.all(self.db()).await.map_err(store_error)?;
        let numbers = accounts
            .into_iter()
            .map(|row| PhoneNumberId(row.phone_number_id));
        let numbers = numbers.collect();
        identities.sort_unstable();
        identities.dedup();
        Ok(Traces {
            customers: self.merged_into(id).await?,
            chats: chats.into_iter().map(Into::into).collect(),
            identities,
            numbers,
        })
    }

    async fn begin(&self, mut erasure: Erasure) -> Result<Erasure, StoreError> {
        let (id, at) = (erasure.customer_id, erasure.requested_at);
        let traces = erasure.traces.clone();
        let traces = traces.ok_or_else(|| broken("an erasure begins with its traces"))?;
        erasure.counts.contacts = self.forget_contacts(id, at).await?;
        erasure.counts.chats = self.leave_chats(&erasure, &traces).await?;
        let of_customer = customer_consent::Column::CustomerId.eq(id.uuid());
        erasure.counts.consents = self
            .scope
            .delete::<customer_consent::Entity>(of_customer)
            .await?;
        let of_customer = customer_term::Column::CustomerId.eq(id.uuid());
        self.scope
            .delete::<customer_term::Entity>(of_customer)
            .await?;
        let into_them = customer_merge::Column::CustomerId.is_in(uuids(&traces.customers));
        self.scope
            .update_many::<customer_merge::Entity>()
            .col_expr(customer_merge::Column::Undo, Expr::val(None::<String>))
            .filter(into_them)
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        let nobody = Customer {
            id,
            stage: Stage::Inactive,
            updated_at: at,
            ..Customer::unknown(at)
        };
        let emptied = customer::ActiveModel {
            created_at: NotSet,
            marketing_consent: Set(MarketingConsent::OptedOut.as_str().to_owned()),
            last_seen_at: Set(DateTime::UNIX_EPOCH),
            erased_at: Set(Some(at)),
            version: NotSet,
            ..row(&nobody)?
        };
        self.scope.update(emptied, Condition::all()).await?;
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

    async fn erase_messages(&self, traces: &Traces, limit: u32) -> Result<Expired, StoreError> {
        use message::Column::{CreatedAt, Id, ReplyToWamid, Status, TargetWamid, Wamid};
        let rows = self
            .scope
            .find::<message::Entity>()
            .filter(says_something(traces))
            .filter(Status.ne(MessageStatus::Sending.as_str()))
            .order_by_asc(CreatedAt)
            .order_by_asc(Id)
            .limit(u64::from(limit))
            .lock(LockType::NoKeyUpdate)
            .all(self.db().writing()?)
            .await
            .map_err(store_error)?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(Expired::default());
        }
        let reports = message_report::Column::AccountId
            .is_in(rows.iter().map(|row| row.account_id))
            .and(
                message_report::Column::Wamid
                    .is_in(rows.iter().filter_map(|row| row.wamid.clone())),
            );
        self.scope.delete::<message_report::Entity>(reports).await?;
        let files = self.empty_messages(&ids).await?;
        let nothing = || Expr::val(None::<String>);
        self.scope
            .update_many::<message::Entity>()
            .col_expr(Wamid, nothing())
            .col_expr(TargetWamid, nothing())
            .col_expr(ReplyToWamid, nothing())
            .filter(Id.is_in(ids.iter().copied()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(Expired {
            count: u32::try_from(ids.len()).map_err(broken)?,
            files,
        })
    }

    async fn has_messages(&self, traces: &Traces) -> Result<bool, StoreError> {
        let messages = self.scope.find::<message::Entity>();
        let first = messages.filter(says_something(traces)).limit(1);
        let first = first.one(self.db()).await.map_err(store_error)?;
        Ok(first.is_some())
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
            return Ok(Looked {
                next: None,
                erased: 0,
            });
        };
        let Some(customer_id) = traces.customers.first() else {
            return Err(broken("traces name no customer"));
        };
        let erased = to_json(&domain::event::Event::CustomerErased {
            customer_id: *customer_id,
        })?;
        let result = self
            .scope
            .update_many::<event::Entity>()
            .col_expr(Payload, Expr::val(erased))
            .filter(Seq.gt(after).and(Seq.lte(last)))
            .filter(speaks_of(Payload, traces))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(Looked {
            next: (stretch.len() == limit as usize).then_some(last),
            erased: result.rows_affected,
        })
    }

    async fn erase_memories(&self, traces: &Traces) -> Result<(), StoreError> {
        let of_person = import_change::Column::SubjectId.is_in(uuids(&traces.customers));
        self.scope
            .delete::<import_change::Entity>(of_person)
            .await?;
        let names = ids_of(traces);
        let names = names.iter().map(String::as_bytes);
        let sqlite = self.scope.is_on_sqlite();
        let answers = names.fold(Condition::any(), |any, name| {
            any.add(contains_bytes(
                idempotency_key::Column::Body.into_expr(),
                name,
                sqlite,
            ))
        });
        let answers = Condition::all()
            .add(idempotency_key::Column::AnsweredAt.is_not_null())
            .add(answers);
        self.scope
            .delete::<idempotency_key::Entity>(answers)
            .await?;
        Ok(())
    }
}

impl SeaUnitOfWork {
    /// The customer, and all who were merged into them and those before them.
    async fn merged_into(&self, id: CustomerId) -> Result<Vec<CustomerId>, StoreError> {
        let mut all = vec![id.uuid()];
        let mut newest = all.clone();
        while !newest.is_empty() {
            let merges = self
                .scope
                .find::<customer_merge::Entity>()
                .filter(customer_merge::Column::CustomerId.is_in(newest))
                .filter(customer_merge::Column::UndoneAt.is_null())
                .all(self.db())
                .await
                .map_err(store_error)?;
            newest = merges.into_iter().map(|row| row.other_id).collect();
            newest.retain(|id| !all.contains(id));
            all.extend(&newest);
        }
        Ok(all.into_iter().map(Into::into).collect())
    }
}

fn says_something(traces: &Traces) -> Condition {
    Condition::all()
        .add(message::Column::ChatId.is_in(uuids(&traces.chats)))
        .add(message::Column::Kind.ne("expired"))
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
