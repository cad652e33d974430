use domain::{
    customers::{ChangeOrigin, CustomerChange, CustomerId},
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateCustomer {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub input: CustomerInput,
}

impl Customers {
    #[tracing::instrument(skip_all, fields(customer.id = %id))]
    pub async fn update_customer(
        &self,
        actor: &Actor,
        id: CustomerId,
        command: UpdateCustomer,
    ) -> Result<CustomerView, Error> {
        actor.require(Permission::CustomersWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let before = uow.customers().find(id).await?;
        let before = before.ok_or(Error::NotFound("customer"))?;
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let mut customer = before.clone();
        command.input.apply(uow.as_ref(), &mut customer).await?;
        if customer == before {
            return view(uow.as_ref(), customer).await;
        }
        let mut strangers = Vec::new();
        if customer.phone_number != before.phone_number {
            check_number(uow.as_ref(), &customer).await?;
            strangers = lock_strangers(uow.as_ref(), &customer).await?;
        }
        customer.updated_at = self.ports.clock.now();
        if !uow.customers().update(&customer).await? {
            if customer.phone_number != before.phone_number {
                check_number(uow.as_ref(), &customer).await?;
            }
            return Err(Error::VersionMismatch);
        }
        customer.version += 1;
        let change = CustomerChange::between(
            Some(&before),
            &customer,
            ChangeOrigin::Member,
            Some(actor.user_id()),
        );
        uow.customer_history().append(&[change]).await?;
        let customer = join_strangers(uow.as_ref(), &strangers, customer).await?;
        let view = view(uow.as_ref(), customer.clone()).await?;
        uow.record(Event::CustomerUpdated { customer });
        uow.commit().await?;
        Ok(view)
    }
}
