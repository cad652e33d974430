use std::collections::HashMap;

use domain::{
    audit::{AuditAction, AuditEntry, AuditTarget, AuditTargetKind},
    customers::{CustomerFilter, CustomerSort},
    organizations::{OrganizationId, Permission},
    page::SortedRequest,
};
use serde_json::json;

use super::{Customers, FilterInput, may_own};
use crate::{
    Actor, Error, Ports,
    imports::{BYTE_ORDER_MARK, CustomerTable, csv_line},
};

/// How much is held at a time, however many customers there are.
const ROWS_AT_A_TIME: u32 = 500;

/// Customers as a table, to be read piece by piece.
pub struct CustomerExport {
    ports: Ports,
    organization_id: OrganizationId,
    table: CustomerTable,
    filter: CustomerFilter,
    /// None at the end.
    page: Option<SortedRequest<CustomerSort>>,
}

impl Customers {
    /// All customers who meet the filter, in this order.
    #[tracing::instrument(skip_all)]
    pub async fn export_customers(
        &self,
        actor: &Actor,
        filter: FilterInput,
        sort: CustomerSort,
        descending: bool,
    ) -> Result<CustomerExport, Error> {
        actor.require(Permission::CustomersExport)?;
        let organization_id = actor.organization_id();
        let uow = self.ports.store.begin(organization_id).await?;
        let filter = filter.read(uow.as_ref(), actor, "/filter").await?;
        let table = CustomerTable::new(uow.customer_fields().list().await?);
        let target = AuditTarget::new(AuditTargetKind::Organization, organization_id);
        let now = self.ports.clock.now();
        let entry = AuditEntry {
            after: Some(json!({"filtered": filter != CustomerFilter::default()})),
            ..actor.entry(AuditAction::CustomersExported, target, now)
        };
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(CustomerExport {
            ports: self.ports.clone(),
            organization_id,
            table,
            filter,
            page: Some(SortedRequest {
                sort,
                descending,
                after: None,
                limit: ROWS_AT_A_TIME,
            }),
        })
    }
}

impl CustomerExport {
    /// What the table begins with.
    pub fn beginning(&self) -> String {
        [BYTE_ORDER_MARK, &csv_line(&self.table.headers())].concat()
    }

    /// The next rows; none at the end.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        let Some(mut page) = self.page.take() else {
            return Ok(None);
        };
        let data = self.ports.store.read(self.organization_id);
        let found = data.customers().list(&self.filter, &page).await?;
        let mut owners: Vec<_> = found.rows.iter().filter_map(|one| one.owner_id).collect();
        owners.sort();
        owners.dedup();
        let owners = data.members().find_all(&owners).await?;
        let owners = owners.into_iter().filter(|owner| may_own(&owner.member));
        let owners: HashMap<_, _> = owners.map(|one| (one.member.user_id, one.email)).collect();
        let lines = found.rows.iter().map(|customer| {
            let owner = customer.owner_id.and_then(|id| owners.get(&id));
            csv_line(&self.table.record(customer, owner))
        });
        let lines = lines.collect();
        self.page = found.next.map(|place| {
            page.after = Some(place);
            page
        });
        Ok(Some(lines))
    }
}
