use async_trait::async_trait;
use domain::{
    customers::{Consent, Customer, CustomerId, CustomerRepository},
    store::StoreError,
    text::PhoneNumber,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder,
};

use super::{
    entities::{customer, customer_consent},
    error::broken,
    text::{folded_name, from_json, parse, to_json},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CustomerRepository for SeaUnitOfWork {
    async fn find(&self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        let customers = self.scope.find::<customer::Entity>();
        self.db()
            .one(customers.filter(customer::Column::Id.eq(id.uuid())))
            .await
    }

    async fn find_all(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError> {
        let ids = ids.iter().map(|id| id.uuid());
        let customers = self.scope.find::<customer::Entity>();
        self.db()
            .all(customers.filter(customer::Column::Id.is_in(ids)))
            .await
    }

    async fn insert(&self, customer: &Customer) -> Result<(), StoreError> {
        self.scope.insert(row(customer)).await
    }

    async fn update(&self, customer: &Customer) -> Result<(), StoreError> {
        if self.scope.update(row(customer), Condition::all()).await? {
            Ok(())
        } else {
            Err(broken("a customer to be updated is not there"))
        }
    }

    async fn insert_consent(&self, consent: &Consent) -> Result<bool, StoreError> {
        use customer_consent::Column::{CustomerId, OccurredAt};
        // Entries of one customer come one after the other, so that each sees those before.
        let customers = self.scope.find::<customer::Entity>();
        let customer = customers.filter(customer::Column::Id.eq(consent.customer_id.uuid()));
        let Some(customer) = self.db().lock_one::<_, Customer>(customer).await? else {
            return Err(broken("a customer who consents is not there"));
        };
        if !self
            .scope
            .insert_unless_taken(consent_row(consent)?)
            .await?
        {
            return Ok(false);
        }
        let later = self
            .scope
            .find::<customer_consent::Entity>()
            .filter(CustomerId.eq(customer.id.uuid()))
            .filter(OccurredAt.gt(consent.occurred_at));
        if self.db().count(later).await? == 0 {
            let present = customer::ActiveModel {
                id: Set(customer.id.uuid()),
                marketing_consent: Set(consent.state.as_str().to_owned()),
                ..Default::default()
            };
            self.scope.update(present, Condition::all()).await?;
        }
        Ok(true)
    }

    async fn consents(&self, id: CustomerId) -> Result<Vec<Consent>, StoreError> {
        use customer_consent::Column::{CustomerId, Id, OccurredAt};
        let consents = self
            .scope
            .find::<customer_consent::Entity>()
            .filter(CustomerId.eq(id.uuid()))
            .order_by_asc(OccurredAt)
            .order_by_asc(Id);
        self.db().all(consents).await
    }
}

fn row(customer: &Customer) -> customer::ActiveModel {
    let phone_number = customer.phone_number.as_ref().map(PhoneNumber::as_str);
    let name = [
        customer.first_name.as_deref(),
        customer.last_name.as_deref(),
    ];
    customer::ActiveModel {
        organization_id: NotSet,
        id: Set(customer.id.uuid()),
        first_name: Set(customer.first_name.clone()),
        last_name: Set(customer.last_name.clone()),
        phone_number: Set(phone_number.map(str::to_owned)),
        marketing_consent: Set(customer.marketing_consent.as_str().to_owned()),
        folded_name: Set(folded_name(&name)),
        created_at: Set(customer.created_at),
        updated_at: Set(customer.updated_at),
    }
}

impl TryFrom<customer::Model> for Customer {
    type Error = StoreError;

    fn try_from(row: customer::Model) -> Result<Self, StoreError> {
        let phone_number = row.phone_number.map(PhoneNumber::try_from);
        Ok(Self {
            id: row.id.into(),
            first_name: row.first_name,
            last_name: row.last_name,
            phone_number: phone_number.transpose().map_err(broken)?,
            marketing_consent: parse(&row.marketing_consent)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn consent_row(consent: &Consent) -> Result<customer_consent::ActiveModel, StoreError> {
    Ok(customer_consent::ActiveModel {
        organization_id: NotSet,
        id: Set(consent.id.uuid()),
        customer_id: Set(consent.customer_id.uuid()),
        state: Set(consent.state.as_str().to_owned()),
        source: Set(consent.source.as_str().to_owned()),
        proof: Set(to_json(&consent.proof)?),
        occurred_at: Set(consent.occurred_at),
    })
}

impl TryFrom<customer_consent::Model> for Consent {
    type Error = StoreError;

    fn try_from(row: customer_consent::Model) -> Result<Self, StoreError> {
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
