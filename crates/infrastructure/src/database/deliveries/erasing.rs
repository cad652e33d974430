//! Taking a person out of what Meta delivered.

use std::collections::{BTreeSet, HashMap};

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
    pub(super) organization_id: OrganizationId,
    pub(super) stuck_before: DateTime<Utc>,
}

/// A delivery, and whose the numbers are of which it speaks, of those that somebody has or had.
struct Suspect {
    row: delivery::Model,
    owners: HashMap<String, Option<Uuid>>,
}

impl Suspect {
    /// Whether what came for this number is the organization's: it has the number, or nobody
    /// has it any more and the organization had it, or nobody ever had it and it is of a
    /// business account of the organization's.
    fn is_of(
        &self,
        person: &Person<'_>,
        number: Option<&PhoneNumberId>,
        business_account: Option<&str>,
    ) -> bool {
        match number.and_then(|number| self.owners.get(&number.0)) {
            Some(Some(owner)) => *owner == person.organization_id.uuid(),
            Some(None) => number.is_some_and(|number| person.traces.numbers.contains(number)),
            None => {
                let known = &person.traces.business_accounts;
                business_account.is_some_and(|id| known.iter().any(|known| known == id))
            }
        }
    }

    /// What is to stand in the place of the body; none if it does not speak of the person.
    fn without(&self, person: &Person<'_>) -> Option<Vec<u8>> {
        let (body, ids) = (&self.row.body, &person.traces.identities);
        let is_ours = |number: Option<&PhoneNumberId>, business_account: Option<&str>| {
            self.is_of(person, number, business_account)
        };
        webhook::without(body, ids, is_ours).unwrap_or_else(|webhook::Unreadable| {
            let body = String::from_utf8_lossy(body);
            let mut numbers = person.traces.numbers.iter();
            let is_ours = self.row.organization_id.is_some()
                || numbers.any(|number| body.contains(&format!("\"{}\"", number.0)));
            (is_ours && ids.iter().any(|id| body.contains(id.as_str()))).then(|| b"{}".to_vec())
        })
    }

    fn has_left_over(&self, person: &Person<'_>, left_over: &LeftOver) -> bool {
        let number = left_over.phone_number_id.as_ref();
        let business_account = left_over.business_account_id.as_deref();
        let is_whole_delivery = left_over.position.is_empty();
        (is_whole_delivery || self.is_of(person, number, business_account))
            && webhook::speaks_of(&left_over.content, &person.traces.identities)
    }

    fn is_pending(&self, person: &Person<'_>) -> bool {
        self.row.processed_at.is_none() && self.row.received_at >= person.stuck_before
    }
}

impl SeaSystemUnitOfWork {
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
            let Some(suspect) = self.suspect(id).await? else {
                continue;
            };
            let Some(body) = suspect.without(person) else {
                continue;
            };
            if suspect.is_pending(person) {
                looked.is_pending = true;
                continue;
            }
            looked.erased += self.put_body(&suspect.row, body).await?;
            self.erase_left_overs(person, &suspect).await?;
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

    async fn suspect(&self, id: Uuid) -> Result<Option<Suspect>, StoreError> {
        let deliveries = self.scope.find::<delivery::Entity>();
        let found = deliveries.filter(delivery::Column::Id.eq(id));
        let Some(row) = found.one(self.db()).await.map_err(store_error)? else {
            return Ok(None);
        };
        let parts = webhook::parse(&row.body, row.received_at).unwrap_or_default();
        let numbers: BTreeSet<_> = parts
            .into_iter()
            .filter_map(|part| Some(part.phone_number_id?.0))
            .collect();
        let accounts = self
            .scope
            .find_across_organizations::<account::Entity>()
            .filter(account::Column::PhoneNumberId.is_in(numbers))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let mut owners = HashMap::new();
        for account in accounts {
            let owner: &mut Option<Uuid> = owners.entry(account.phone_number_id).or_default();
            if account.removed_at.is_none() {
                *owner = Some(account.organization_id);
            }
        }
        Ok(Some(Suspect { row, owners }))
    }

    /// Nothing if somebody else has changed the body meanwhile.
    async fn put_body(&self, row: &delivery::Model, body: Vec<u8>) -> Result<u64, StoreError> {
        use delivery::Column::{Body, Id};
        let result = self
            .scope
            .update_many::<delivery::Entity>()
            .col_expr(Body, Expr::val(body))
            .filter(Id.eq(row.id))
            .filter(Body.eq(row.body.clone()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(result.rows_affected)
    }

    async fn erase_left_overs(
        &self,
        person: &Person<'_>,
        suspect: &Suspect,
    ) -> Result<(), StoreError> {
        use left_over::Column::{DeliveryId, Id};
        let left_overs = self.scope.find::<left_over::Entity>();
        let left_overs = left_overs.filter(DeliveryId.eq(suspect.row.id));
        let left_overs: Vec<LeftOver> = self.db().all(left_overs).await?;
        let theirs: Vec<_> = left_overs
            .iter()
            .filter(|left_over| suspect.has_left_over(person, left_over))
            .map(|left_over| left_over.id.uuid())
            .collect();
        if !theirs.is_empty() {
            let them = Condition::all().add(Id.is_in(theirs));
            self.scope.delete::<left_over::Entity>(them).await?;
        }
        Ok(())
    }
}
