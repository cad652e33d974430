use domain::{
    customers::{CustomerField, CustomerFieldId},
    organizations::Permission,
};

use super::{Customers, fields::find};
use crate::{Actor, Error};

impl Customers {
    /// All of them, oldest first: they are few.
    #[tracing::instrument(skip_all)]
    pub async fn list_fields(&self, actor: &Actor) -> Result<Vec<CustomerField>, Error> {
        actor.require(Permission::CustomersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        Ok(data.customer_fields().list().await?)
    }

    #[tracing::instrument(skip_all, fields(customer_field.id = %id))]
    pub async fn get_field(
        &self,
        actor: &Actor,
        id: CustomerFieldId,
    ) -> Result<CustomerField, Error> {
        actor.require(Permission::CustomersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        find(data.as_ref(), id).await
    }
}
