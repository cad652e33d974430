use domain::{customers::CustomerId, organizations::Permission};

use super::{CustomerView, Customers, view::view};
use crate::{Actor, Error};

impl Customers {
    #[tracing::instrument(skip_all, fields(customer.id = %id))]
    pub async fn get_customer(&self, actor: &Actor, id: CustomerId) -> Result<CustomerView, Error> {
        actor.require(Permission::CustomersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let customer = data.customers().find(id).await?;
        view(data.as_ref(), customer.ok_or(Error::NotFound("customer"))?).await
    }
}
