use domain::organizations::{Organization, Permission};

use super::Organizations;
use crate::{Actor, Error};

impl Organizations {
    /// Shows no logo any more; the image is deleted. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn remove_logo(
        &self,
        actor: &Actor,
        expected_version: Option<i64>,
    ) -> Result<Organization, Error> {
        actor.require(Permission::OrganizationWrite)?;
        self.set_logo(actor, expected_version, None).await
    }
}
