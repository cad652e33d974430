use domain::{
    customers::{Consent, CustomerId},
    organizations::Permission,
};

use super::Customers;
use crate::{Actor, Error};

impl Customers {
    /// All that a customer has ever said of marketing, newest first.
    #[tracing::instrument(skip_all, fields(customer.id = %id))]
    pub async fn list_consents(
        &self,
        actor: &Actor,
        id: CustomerId,
    ) -> Result<Vec<Consent>, Error> {
        actor.require(Permission::CustomersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        if data.customers().find(id).await?.is_none() {
            return Err(Error::NotFound("customer"));
        }
        let mut consents = data.customers().consents(id).await?;
        consents.reverse();
        Ok(consents)
    }
}
