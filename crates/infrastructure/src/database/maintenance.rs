use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::store::{Maintenance, StoreError};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};

use super::{
    entities::{event, idempotency_key},
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
