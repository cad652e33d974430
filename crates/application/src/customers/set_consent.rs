use domain::{
    customers::{Consent, ConsentSource, CustomerId, MarketingConsent},
    event::Event,
    id::Id,
    organizations::Permission,
};

use super::{CustomerView, Customers, view::view};
use crate::{Actor, Error};

impl Customers {
    /// Notes what a customer has said of marketing, and where. Nothing of what was noted before
    /// goes.
    #[tracing::instrument(skip_all, fields(customer.id = %id))]
    pub async fn set_consent(
        &self,
        actor: &Actor,
        id: CustomerId,
        state: MarketingConsent,
        source: ConsentSource,
    ) -> Result<CustomerView, Error> {
        actor.require(Permission::CustomersWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let customers = uow.customers();
        if customers.find(id).await?.is_none() {
            return Err(Error::NotFound("customer"));
        }
        let consent = Consent {
            id: Id::generate(),
            customer_id: id,
            state,
            source,
            proof: Consent::proof_of(actor.user_id()),
            occurred_at: self.ports.clock.now(),
        };
        let is_new = customers.insert_consent(&consent).await?;
        let customer = customers.find(id).await?;
        let customer = customer.ok_or(Error::NotFound("customer"))?;
        let view = view(uow.as_ref(), customer.clone()).await?;
        if is_new {
            uow.record(Event::CustomerUpdated { customer });
            uow.commit().await?;
        }
        Ok(view)
    }
}
