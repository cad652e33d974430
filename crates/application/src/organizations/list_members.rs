use domain::{
    auth::UserId,
    organizations::{MemberProfile, Permission},
    page::{Page, PageRequest},
};

use super::Organizations;
use crate::{Actor, Error};

/// Some of those who work in the organization.
#[derive(Clone, Debug)]
pub struct MemberList {
    pub page: Page<MemberProfile>,
    /// How many there are in all, if it was asked for.
    pub total: Option<u64>,
}

impl Organizations {
    /// Who works in the actor's organization, the newest first.
    #[tracing::instrument(skip_all)]
    pub async fn list_members(
        &self,
        actor: &Actor,
        page: PageRequest,
        include_total: bool,
    ) -> Result<MemberList, Error> {
        actor.require(Permission::MembersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let page = data.members().list(page).await?;
        let total = if include_total {
            Some(data.members().count().await?)
        } else {
            None
        };
        Ok(MemberList { page, total })
    }

    #[tracing::instrument(skip_all, fields(member.id = %id))]
    pub async fn get_member(&self, actor: &Actor, id: UserId) -> Result<MemberProfile, Error> {
        actor.require(Permission::MembersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        data.members()
            .find(id)
            .await?
            .ok_or(Error::NotFound("member"))
    }
}
