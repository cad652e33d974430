use domain::organizations::{Organization, Permission};

use super::Organizations;
use crate::{Actor, Error};

impl Organizations {
    /// The actor's own organization.
    pub async fn get_current(&self, actor: &Actor) -> Result<Organization, Error> {
        actor.require(Permission::OrganizationRead)?;
        let repositories = self.ports.store.read(actor.organization_id());
        let organization = repositories.organizations().current().await?;
        organization.ok_or(Error::NotFound("organization"))
    }
}
