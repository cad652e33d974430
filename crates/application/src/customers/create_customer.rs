use domain::{
    customers::{ChangeOrigin, Customer, CustomerChange},
    event::Event,
    organizations::Permission,
};

use super::{
    CustomerInput, CustomerView, Customers,
    input::check_number,
    strangers::{join_strangers, lock_strangers},
    view::view,
};
use crate::{Actor, Error};

impl Customers {
    #[tracing::instrument(skip_all)]
    pub async fn create_customer(
        &self,
        actor: &Actor,
        input: CustomerInput,
    ) -> Result<CustomerView, Error> {
        actor.require(Permission::CustomersWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let mut customer = Customer::unknown(self.ports.clock.now());
        input.apply(uow.as_ref(), &mut customer).await?;
        check_number(uow.as_ref(), &customer).await?;
        let strangers = lock_strangers(uow.as_ref(), &customer).await?;
        if !uow.customers().insert(&customer).await? {
            check_number(uow.as_ref(), &customer).await?;
            let gone = "another customer had this phone number until now: try again";
            return Err(Error::conflict("phone_number_taken", gone));
        }
        let change =
            CustomerChange::between(None, &customer, ChangeOrigin::Member, Some(actor.user_id()));
        uow.customer_history().append(&[change]).await?;
        let customer = join_strangers(uow.as_ref(), &strangers, customer).await?;
        let view = view(uow.as_ref(), customer.clone()).await?;
        uow.record(Event::CustomerCreated { customer });
        uow.commit().await?;
        Ok(view)
    }
}
