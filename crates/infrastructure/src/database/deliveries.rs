mod erasing;

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    customers::{Looked, Traces},
    organizations::OrganizationId,
    page::{Page, PageRequest, Position},
    store::StoreError,
    whatsapp::{Delivery, DeliveryId, DeliveryRepository, LeftOver, LeftOverReason, PhoneNumberId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};

use self::erasing::Person;
use super::{
    entities::{delivery, left_over},
    error::{broken, store_error},
    text::{from_json, to_json},
    unit_of_work::SeaSystemUnitOfWork,
};

#[async_trait]
impl DeliveryRepository for SeaSystemUnitOfWork {
    async fn find(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        let deliveries = self.scope.find::<delivery::Entity>();
        self.db()
            .one(deliveries.filter(delivery::Column::Id.eq(id.uuid())))
            .await
    }

    async fn mark_processed(&self, id: DeliveryId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.scope
            .update_many::<delivery::Entity>()
            .col_expr(delivery::Column::ProcessedAt, Expr::val(at))
            .filter(delivery::Column::Id.eq(id.uuid()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn replace_body(&self, id: DeliveryId, body: &[u8]) -> Result<(), StoreError> {
        self.scope
            .update_many::<delivery::Entity>()
            .col_expr(delivery::Column::Body, Expr::val(body.to_vec()))
            .filter(delivery::Column::Id.eq(id.uuid()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn keep_left_overs(&self, left_overs: &[LeftOver]) -> Result<(), StoreError> {
        let rows = left_overs
            .iter()
            .map(left_over_row)
            .collect::<Result<Vec<_>, _>>()?;
        self.scope.insert_those_not_taken(rows).await?;
        Ok(())
    }

    async fn take_left_overs_of(
        &self,
        phone_number_id: &PhoneNumberId,
        organization_id: OrganizationId,
        kept_until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DeliveryId>, StoreError> {
        use delivery::Column::{Id, OrganizationId};
        use left_over::Column::{CreatedAt, DeliveryId, PhoneNumberId, Reason};
        let waits_for_account = PhoneNumberId
            .eq(&phone_number_id.0)
            .and(Reason.eq(LeftOverReason::UnknownAccount.as_str()))
            .and(CreatedAt.lte(kept_until));
        let may_speak = OrganizationId
            .is_null()
            .or(OrganizationId.eq(organization_id.uuid()));
        let its_delivery = self
            .scope
            .find::<delivery::Entity>()
            .select_only()
            .column(Id)
            .filter(Id.into_expr().eq(DeliveryId.into_expr()))
            .filter(may_speak);
        // Ids grow with time: the smallest are the oldest.
        let oldest = self
            .scope
            .find::<left_over::Entity>()
            .select_only()
            .column(DeliveryId)
            .distinct()
            .filter(waits_for_account.clone())
            .filter(Expr::exists(its_delivery.into_query()))
            .order_by_asc(DeliveryId)
            .limit(u64::from(limit));
        let of_oldest = waits_for_account.and(DeliveryId.in_subquery(oldest.into_query()));
        let taken = self
            .scope
            .delete_returning::<left_over::Entity>(of_oldest)
            .await?;
        let deliveries: BTreeSet<_> = taken.iter().map(|row| row.delivery_id).collect();
        Ok(deliveries.into_iter().map(Into::into).collect())
    }

    async fn count_left_overs(&self, reason: LeftOverReason) -> Result<u64, StoreError> {
        let left_overs = self.scope.find::<left_over::Entity>();
        self.db()
            .count(left_overs.filter(left_over::Column::Reason.eq(reason.as_str())))
            .await
    }

    async fn list_left_overs(&self, page: PageRequest) -> Result<Page<LeftOver>, StoreError> {
        use left_over::Column::{CreatedAt, Id};
        let left_overs = self.scope.find::<left_over::Entity>();
        self.db()
            .page(left_overs, (CreatedAt, Id), page, |left_over: &LeftOver| {
                Position {
                    at: left_over.created_at,
                    id: left_over.id.uuid(),
                }
            })
            .await
    }

    async fn erase(
        &self,
        organization_id: OrganizationId,
        traces: &Traces,
        stuck_before: DateTime<Utc>,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Looked<DeliveryId>, StoreError> {
        if traces.identities.is_empty() {
            return Ok(Looked::NOTHING);
        }
        let person = Person {
            traces,
            organization_id,
            stuck_before,
        };
        self.erase_person(&person, after, limit).await
    }

    async fn sweep(&self, processed_before: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        use delivery::Column::{Id, ProcessedAt};
        let left_overs = self
            .scope
            .find::<left_over::Entity>()
            .select_only()
            .column(left_over::Column::Id)
            .filter(left_over::Column::DeliveryId.into_expr().eq(Id.into_expr()));
        let old = self
            .scope
            .find::<delivery::Entity>()
            .select_only()
            .column(Id)
            .filter(ProcessedAt.lt(processed_before))
            .filter(Expr::not_exists(left_overs.into_query()))
            .limit(u64::from(limit));
        let among_old = Condition::all().add(Id.in_subquery(old.into_query()));
        self.scope.delete::<delivery::Entity>(among_old).await
    }
}

impl TryFrom<delivery::Model> for Delivery {
    type Error = StoreError;

    fn try_from(row: delivery::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            body: row.body.into(),
            organization_id: row.organization_id.map(Into::into),
            received_at: row.received_at,
            processed_at: row.processed_at,
        })
    }
}

fn left_over_row(left_over: &LeftOver) -> Result<left_over::ActiveModel, StoreError> {
    let phone_number_id = left_over.phone_number_id.as_ref().map(|id| id.0.clone());
    Ok(left_over::ActiveModel {
        id: Set(left_over.id.uuid()),
        delivery_id: Set(left_over.delivery_id.uuid()),
        position: Set(left_over.position.clone()),
        reason: Set(left_over.reason.as_str().to_owned()),
        phone_number_id: Set(phone_number_id),
        business_account_id: Set(left_over.business_account_id.clone()),
        field: Set(left_over.field.clone()),
        content: Set(to_json(&left_over.content)?),
        created_at: Set(left_over.created_at),
    })
}

impl TryFrom<left_over::Model> for LeftOver {
    type Error = StoreError;

    fn try_from(row: left_over::Model) -> Result<Self, StoreError> {
        use LeftOverReason::{Failed, Malformed, UnknownAccount, Unused};
        let reason = [UnknownAccount, Malformed, Unused, Failed]
            .into_iter()
            .find(|reason| reason.as_str() == row.reason)
            .ok_or_else(|| broken("a left-over has no known reason"))?;
        Ok(Self {
            id: row.id.into(),
            delivery_id: row.delivery_id.into(),
            position: row.position,
            reason,
            phone_number_id: row.phone_number_id.map(PhoneNumberId),
            business_account_id: row.business_account_id,
            field: row.field,
            content: from_json(&row.content)?,
            created_at: row.created_at,
        })
    }
}
