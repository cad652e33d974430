use domain::{
    audit::{AuditFilter, AuditRecord},
    organizations::Permission,
    page::{Page, PageRequest},
};

use super::Organizations;
use crate::{Actor, Error};

/// Some of what was done in the organization.
#[derive(Clone, Debug)]
pub struct AuditRecordList {
    pub page: Page<AuditRecord>,
    /// How many fit the filter in all, if it was asked for.
    pub total: Option<u64>,
}

impl Organizations {
    /// What was done in the actor's organization, newest first.
    #[tracing::instrument(skip_all)]
    pub async fn list_audit_log(
        &self,
        actor: &Actor,
        filter: &AuditFilter,
        page: PageRequest,
        include_total: bool,
    ) -> Result<AuditRecordList, Error> {
        actor.require(Permission::AuditLogRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let page = data.audit_log().list(filter, page).await?;
        let total = if include_total {
            Some(data.audit_log().count(filter).await?)
        } else {
            None
        };
        Ok(AuditRecordList { page, total })
    }
}
