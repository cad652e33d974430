use domain::{
    customers::{CustomerId, CustomerMerge},
    organizations::Permission,
    page::{Page, PageRequest},
};

use super::Customers;
use crate::{Actor, Error};

/// A page of merges and, if it was asked for, how many there are in all.
#[derive(Clone, Debug, PartialEq)]
pub struct MergeList {
    pub page: Page<CustomerMerge>,
    pub total: Option<u64>,
}

impl Customers {
    /// Who was made part of this customer, newest first.
    #[tracing::instrument(skip_all, fields(customer.id = %id))]
    pub async fn list_merges(
        &self,
        actor: &Actor,
        id: CustomerId,
        page: PageRequest,
        include_total: bool,
    ) -> Result<MergeList, Error> {
        actor.require(Permission::CustomersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        if data.customers().find(id).await?.is_none() {
            return Err(Error::NotFound("customer"));
        }
        let merges = data.customer_merges();
        let total = if include_total {
            Some(merges.count(id).await?)
        } else {
            None
        };
        Ok(MergeList {
            page: merges.list(id, page).await?,
            total,
        })
    }
}
