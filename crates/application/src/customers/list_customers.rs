use domain::{
    customers::CustomerSort,
    organizations::Permission,
    page::{SortedPage, SortedRequest},
};

use super::{CustomerView, Customers, FilterInput, view::views};
use crate::{Actor, Error};

/// A page of customers and, if it was asked for, how many there are in all.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerList {
    pub page: SortedPage<CustomerView>,
    pub total: Option<u64>,
}

impl Customers {
    #[tracing::instrument(skip_all)]
    pub async fn list_customers(
        &self,
        actor: &Actor,
        filter: FilterInput,
        page: &SortedRequest<CustomerSort>,
        include_total: bool,
    ) -> Result<CustomerList, Error> {
        actor.require(Permission::CustomersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let filter = filter.read(data.as_ref(), actor, "/filter").await?;
        let found = data.customers().list(&filter, page).await?;
        let total = if include_total {
            Some(data.customers().count(&filter).await?)
        } else {
            None
        };
        let page = SortedPage {
            rows: views(data.as_ref(), found.rows).await?,
            next: found.next,
        };
        Ok(CustomerList { page, total })
    }
}
