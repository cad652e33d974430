use domain::{
    customers::{Consent, CustomerId},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect,
    sea_query::LockType,
};

use crate::database::{
    entities::{
        customer,
        customer_consent::{
            ActiveModel,
            Column::{CustomerId as OfCustomer, Id, OccurredAt},
            Entity, Model,
        },
    },
    error::{store_error, unavailable},
    text::{from_json, parse, to_json},
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    pub(super) async fn add_consent(&self, consent: &Consent) -> Result<bool, StoreError> {
        // Entries of one customer come one after the other, so that each sees those before.
        let customers = self.scope.find::<customer::Entity>();
        let customer = customers.filter(customer::Column::Id.eq(consent.customer_id.uuid()));
        let found = customer
            .lock(LockType::NoKeyUpdate)
            .one(self.db().writing()?)
            .await
            .map_err(store_error)?;
        let Some(customer) = found else {
            // Merged into another: whoever looks again finds them there.
            return Err(unavailable("a customer who consents is not there any more"));
        };
        if customer.erased_at.is_some() {
            return Ok(false);
        }
        if !self.scope.insert_unless_taken(row(consent)?).await? {
            return Ok(false);
        }
        let later = self
            .scope
            .find::<Entity>()
            .filter(OfCustomer.eq(customer.id))
            .filter(OccurredAt.gt(consent.occurred_at));
        if self.db().count(later).await? == 0 {
            let present = customer::ActiveModel {
                id: Set(customer.id),
                marketing_consent: Set(consent.state.as_str().to_owned()),
                ..Default::default()
            };
            self.scope.update(present, Condition::all()).await?;
        }
        Ok(true)
    }

    pub(super) async fn consents_of(&self, id: CustomerId) -> Result<Vec<Consent>, StoreError> {
        let consents = self
            .scope
            .find::<Entity>()
            .filter(OfCustomer.eq(id.uuid()))
            .order_by_asc(OccurredAt)
            .order_by_asc(Id);
        self.db().all(consents).await
    }
}

pub(in crate::database) fn row(consent: &Consent) -> Result<ActiveModel, StoreError> {
    Ok(ActiveModel {
        organization_id: NotSet,
        id: Set(consent.id.uuid()),
        customer_id: Set(consent.customer_id.uuid()),
        state: Set(consent.state.as_str().to_owned()),
        source: Set(consent.source.as_str().to_owned()),
        proof: Set(to_json(&consent.proof)?),
        occurred_at: Set(consent.occurred_at),
    })
}

impl TryFrom<Model> for Consent {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            customer_id: row.customer_id.into(),
            state: parse(&row.state)?,
            source: parse(&row.source)?,
            proof: from_json(&row.proof)?,
            occurred_at: row.occurred_at,
        })
    }
}
