use domain::{
    organizations::{Invitation, InvitationId, Permission},
    page::{Page, PageRequest},
};

use super::Organizations;
use crate::{Actor, Error};

/// Some of the open invitations.
#[derive(Clone, Debug)]
pub struct InvitationList {
    pub page: Page<Invitation>,
    /// How many there are in all, if it was asked for.
    pub total: Option<u64>,
}

impl Organizations {
    /// The open invitations of the actor's organization, newest first; also those that have
    /// expired and were not swept yet, so that they can be sent again.
    #[tracing::instrument(skip_all)]
    pub async fn list_invitations(
        &self,
        actor: &Actor,
        page: PageRequest,
        include_total: bool,
    ) -> Result<InvitationList, Error> {
        actor.require(Permission::MembersWrite)?;
        let data = self.ports.store.read(actor.organization_id());
        let page = data.invitations().list(page).await?;
        let total = if include_total {
            Some(data.invitations().count().await?)
        } else {
            None
        };
        Ok(InvitationList { page, total })
    }

    #[tracing::instrument(skip_all, fields(invitation.id = %id))]
    pub async fn get_invitation(
        &self,
        actor: &Actor,
        id: InvitationId,
    ) -> Result<Invitation, Error> {
        actor.require(Permission::MembersWrite)?;
        let data = self.ports.store.read(actor.organization_id());
        data.invitations()
            .find(id)
            .await?
            .ok_or(Error::NotFound("invitation"))
    }
}
