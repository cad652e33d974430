use domain::organizations::OrganizationId;

use super::{Auth, SignIn, session::end_session, session_ended};
use crate::{Actor, Error};

impl Auth {
    /// Ends the actor's session, and begins one in another of the actor's organizations.
    #[tracing::instrument(skip_all, fields(organization.id = %organization_id))]
    pub async fn switch_organization(
        &self,
        actor: &Actor,
        organization_id: OrganizationId,
    ) -> Result<SignIn, Error> {
        let system = self.ports.store.begin_system().await?;
        // Whoever ends the user's sessions meanwhile must not miss the one that begins here.
        let user = system.users().lock(actor.user_id()).await?;
        let user = user.ok_or(Error::NotFound("user"))?;
        let memberships = system.users().memberships(user.id).await?;
        let role = memberships
            .iter()
            .find(|membership| membership.organization_id == organization_id)
            .ok_or(Error::NotFound("organization"))?
            .role;
        if !end_session(&*system, actor.organization_id(), actor.session_id()).await? {
            // Of many who switch at once, one goes on.
            return Err(session_ended());
        }
        let client = actor.client().clone();
        let tokens = self
            .open_session_within(system, &user, organization_id, role, client)
            .await?;
        let profile = self.profile(user, organization_id, role).await?;
        Ok(SignIn { profile, tokens })
    }
}
