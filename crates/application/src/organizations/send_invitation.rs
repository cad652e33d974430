use domain::{
    job::Outcome,
    organizations::{InvitationId, OrganizationId},
};

use super::Organizations;
use crate::{
    Error,
    mails::{Letter, Words, page_with_token},
};

impl Organizations {
    /// Mails an invitation, with a token that is made here, so that it rests nowhere in
    /// clear. If the job runs twice, the mail that came last has the token that is good.
    #[tracing::instrument(skip_all, fields(invitation.id = %id))]
    pub async fn send_invitation(
        &self,
        organization_id: OrganizationId,
        id: InvitationId,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let now = self.ports.clock.now();
        let invitation = data.invitations().find(id).await?;
        let Some(invitation) = invitation.filter(|invitation| !invitation.has_expired(now)) else {
            // Accepted, revoked or too late: there is nothing to be sent any more.
            return Ok(Outcome::Done);
        };
        let organization = data.organizations().current().await?;
        let organization = organization.ok_or(Error::NotFound("organization"))?;
        let system = self.ports.store.read_system();
        let inviter = system.users().find(invitation.invited_by).await?;
        let inviter = inviter.ok_or(Error::NotFound("user"))?;
        let token = self
            .auth
            .issue_invitation_token(organization_id, id)
            .await?;
        let letter = Letter {
            to: &invitation.email,
            first_name: None,
            words: Words::Invitation {
                inviter: &format!("{} {}", inviter.first_name, inviter.last_name),
                organization: &organization.name,
                role: invitation.role,
            },
            link: page_with_token(&self.settings.frontend_url, "accept-invitation", &token),
        };
        letter.send(&*self.ports.mailer).await
    }
}
