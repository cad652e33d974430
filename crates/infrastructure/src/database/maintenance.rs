use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    chats::Retention,
    organizations::OrganizationId,
    store::{Maintenance, StoreError},
};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};

use super::{
    entities::{event, idempotency_key, job, organization},
    error::store_error,
    organizations::retention,
    unit_of_work::SeaSystemUnitOfWork,
};

#[async_trait]
impl Maintenance for SeaSystemUnitOfWork {
    async fn sweep_events(&self, before: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        use event::Column::{OccurredAt, OrganizationId, Seq};
        let old = self
            .scope
            .find_across_organizations::<event::Entity>()
            .select_only()
            .columns([OrganizationId, Seq])
            .filter(OccurredAt.lt(before))
            .order_by_asc(OccurredAt)
            .limit(u64::from(limit));
        let key = Expr::tuple([Expr::col(OrganizationId), Expr::col(Seq)]);
        let among_old = Condition::all().add(key.in_subquery(old.into_query()));
        self.scope
            .delete_across_organizations::<event::Entity>(among_old)
            .await
    }

    async fn message_retentions(
        &self,
        after: Option<OrganizationId>,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, Retention)>, StoreError> {
        use organization::Column::{Id, MessageRetentionDays};
        let mut retentions = self
            .scope
            .find_across_organizations::<organization::Entity>()
            .filter(MessageRetentionDays.is_not_null())
            .order_by_asc(Id)
            .limit(u64::from(limit));
        if let Some(after) = after {
            retentions = retentions.filter(Id.gt(after.uuid()));
        }
        let rows = retentions.all(self.scope.connection()).await;
        let retentions = rows.map_err(store_error)?.into_iter().map(|row| {
            let retention = retention(row.message_retention_days)?;
            Ok(retention.map(|retention| (row.id.into(), retention)))
        });
        retentions.filter_map(Result::transpose).collect()
    }

    async fn erase_dead_jobs(
        &self,
        organization: OrganizationId,
        ordering_keys: &[String],
    ) -> Result<(), StoreError> {
        use job::Column::{DiedAt, Kind, OrderingKey, OrganizationId};
        self.scope
            .update_many::<job::Entity>()
            .col_expr(OrderingKey, Expr::val(None::<String>))
            .filter(DiedAt.is_not_null())
            .filter(OrderingKey.is_in(ordering_keys))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        // Meta's ids of messages have numbers in them.
        let shows = Condition::all()
            .add(DiedAt.is_not_null())
            .add(OrganizationId.eq(organization.uuid()))
            .add(Kind.is_in(["send_read_receipt", "show_typing"]));
        self.scope.delete::<job::Entity>(shows).await?;
        Ok(())
    }

    async fn sweep_idempotency_keys(
        &self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<u64, StoreError> {
        use idempotency_key::Column::{ClaimedAt, Key, OrganizationId};
        let old = self
            .scope
            .find_across_organizations::<idempotency_key::Entity>()
            .select_only()
            .columns([OrganizationId, Key])
            .filter(ClaimedAt.lt(before))
            .order_by_asc(ClaimedAt)
            .limit(u64::from(limit));
        let key = Expr::tuple([Expr::col(OrganizationId), Expr::col(Key)]);
        let among_old = Condition::all().add(key.in_subquery(old.into_query()));
        self.scope
            .delete_across_organizations::<idempotency_key::Entity>(among_old)
            .await
    }
}
