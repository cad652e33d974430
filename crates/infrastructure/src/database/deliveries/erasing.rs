//! Taking a person out of what Meta delivered.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    customers::{Looked, Traces},
    organizations::OrganizationId,
    store::StoreError,
    whatsapp::{DeliveryId, LeftOver, PhoneNumberId, webhook},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::database::{
    entities::{account, delivery, left_over},
    error::store_error,
    text::contains_bytes,
    unit_of_work::SeaSystemUnitOfWork,
};

/// Who is to be taken out, and out of what.
pub(super) struct Person<'a> {
    pub(super) traces: &'a Traces,
    /// Of each number that somebody has or had in the traces' business accounts, or as one of
    /// the traces' numbers: who has it now.
    pub(super) whose: HashMap<String, Option<Uuid>>,
    pub(super) organization_id: OrganizationId,
    pub(super) stuck_before: DateTime<Utc>,
}

impl Person<'_> {
    /// Whether what came for this number is the organization's: it has the number, or nobody
    /// has it any more and the organization had it, or nobody ever had it and it is of a
    /// business account of the organization's.
    fn is_ours(&self, number: Option<&PhoneNumberId>, business_account: Option<&str>) -> bool {
        match number.and_then(|number| self.whose.get(&number.0)) {
            Some(Some(owner)) => *owner == self.organization_id.uuid(),
            Some(None) => number.is_some_and(|number| self.traces.numbers.contains(number)),
            None => {
                let known = &self.traces.business_accounts;
                business_account.is_some_and(|id| known.iter().any(|known| known == id))
            }
        }
    }

    /// What is to stand in the place of a body; none if it does not speak of the person.
    fn taken_out_of(&self, row: &delivery::Model) -> Option<Vec<u8>> {
        let ids = &self.traces.identities;
        let is_ours = |number: Option<&PhoneNumberId>, business_account: Option<&str>| {
            self.is_ours(number, business_account)
        };
        webhook::without(&row.body, ids, is_ours).unwrap_or_else(|webhook::Unreadable| {
            let body = String::from_utf8_lossy(&row.body);
            let mut numbers = self.traces.numbers.iter();
            let is_ours = row.organization_id.is_some()
                || numbers.any(|number| body.contains(&format!("\"{}\"", number.0)));
            (is_ours && ids.iter().any(|id| body.contains(id.as_str()))).then(|| b"{}".to_vec())
        })
    }

    fn is_to_go(&self, left_over: &LeftOver, of_own_app: bool) -> bool {
        let number = left_over.phone_number_id.as_ref();
        let business_account = left_over.business_account_id.as_deref();
        let is_whole_delivery = left_over.position.is_empty();
        (of_own_app || is_whole_delivery || self.is_ours(number, business_account))
            && webhook::speaks_of(&left_over.content, &self.traces.identities)
    }
}

impl SeaSystemUnitOfWork {
    pub(super) async fn whose_numbers(
        &self,
        traces: &Traces,
    ) -> Result<HashMap<String, Option<Uuid>>, StoreError> {
        use account::Column::{BusinessAccountId, PhoneNumberId};
        let numbers = traces.numbers.iter().map(|number| number.0.as_str());
        let accounts = self
            .scope
            .find_across_organizations::<account::Entity>()
            .filter(
                PhoneNumberId
                    .is_in(numbers)
                    .or(BusinessAccountId.is_in(&traces.business_accounts)),
            )
            .all(self.db())
            .await
            .map_err(store_error)?;
        let mut whose = HashMap::new();
        for row in accounts {
            let owner: &mut Option<Uuid> = whose.entry(row.phone_number_id).or_default();
            if row.removed_at.is_none() {
                *owner = Some(row.organization_id);
            }
        }
        Ok(whose)
    }

    pub(super) async fn erase_person(
        &self,
        person: &Person<'_>,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Looked<DeliveryId>, StoreError> {
        let stretch = self.stretch_of_deliveries(after, limit).await?;
        let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else {
            return Ok(Looked::NOTHING);
        };
        let mut looked = Looked {
            next: (stretch.len() == limit as usize).then(|| (*last).into()),
            erased: 0,
            is_pending: false,
        };
        // Bodies may be large: one at a time.
        for id in self.suspects(person, *first, *last).await? {
            let row = self
                .scope
                .find::<delivery::Entity>()
                .filter(delivery::Column::Id.eq(id))
                .one(self.db())
                .await
                .map_err(store_error)?;
            let taken_out = row.and_then(|row| Some((person.taken_out_of(&row)?, row)));
            let Some((body, row)) = taken_out else {
                continue;
            };
            if row.processed_at.is_none() && row.received_at >= person.stuck_before {
                looked.is_pending = true;
                continue;
            }
            looked.erased += self.put_body(row.id, &row.body, body).await?;
            self.erase_left_overs(person, &row).await?;
        }
        Ok(looked)
    }

    async fn stretch_of_deliveries(
        &self,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Uuid>, StoreError> {
        use delivery::Column::Id;
        let mut stretch = self
            .scope
            .find::<delivery::Entity>()
            .select_only()
            .column(Id)
            .order_by_asc(Id)
            .limit(u64::from(limit));
        if let Some(after) = after {
            stretch = stretch.filter(Id.gt(after.uuid()));
        }
        let ids = stretch.into_tuple().all(self.db()).await;
        ids.map_err(store_error)
    }

    /// Those in which an id of the person stands somewhere, and that may speak of the
    /// organization.
    async fn suspects(
        &self,
        person: &Person<'_>,
        first: Uuid,
        last: Uuid,
    ) -> Result<Vec<Uuid>, StoreError> {
        use delivery::Column::{Body, Id, OrganizationId};
        let is_on_sqlite = self.db().get_database_backend() == DbBackend::Sqlite;
        let ids = person.traces.identities.iter();
        let names = ids.fold(Condition::any(), |any, id| {
            any.add(contains_bytes(
                Body.into_expr(),
                id.as_bytes(),
                is_on_sqlite,
            ))
        });
        let ours = person.organization_id.uuid();
        self.scope
            .find::<delivery::Entity>()
            .select_only()
            .column(Id)
            .filter(Id.gte(first).and(Id.lte(last)))
            .filter(OrganizationId.is_null().or(OrganizationId.eq(ours)))
            .filter(names)
            .order_by_asc(Id)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)
    }

    /// Nothing if somebody else has changed the body meanwhile.
    async fn put_body(&self, id: Uuid, before: &[u8], body: Vec<u8>) -> Result<u64, StoreError> {
        use delivery::Column::{Body, Id};
        let result = self
            .scope
            .update_many::<delivery::Entity>()
            .col_expr(Body, Expr::val(body))
            .filter(Id.eq(id))
            .filter(Body.eq(before.to_vec()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(result.rows_affected)
    }

    async fn erase_left_overs(
        &self,
        person: &Person<'_>,
        delivery: &delivery::Model,
    ) -> Result<(), StoreError> {
        use left_over::Column::{DeliveryId, Id};
        let left_overs = self.scope.find::<left_over::Entity>();
        let left_overs = left_overs.filter(DeliveryId.eq(delivery.id));
        let left_overs: Vec<LeftOver> = self.db().all(left_overs).await?;
        let of_own_app = delivery.organization_id.is_some();
        let theirs: Vec<_> = left_overs
            .iter()
            .filter(|left_over| person.is_to_go(left_over, of_own_app))
            .map(|left_over| left_over.id.uuid())
            .collect();
        if !theirs.is_empty() {
            let them = Condition::all().add(Id.is_in(theirs));
            self.scope.delete::<left_over::Entity>(them).await?;
        }
        Ok(())
    }
}
