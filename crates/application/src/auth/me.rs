use domain::{auth::Membership, organizations::Availability};

use super::{Auth, Profile};
use crate::{Actor, Error};

/// Who somebody is, and where else that person may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    pub profile: Profile,
    pub availability: Availability,
    /// Where the person is an active member, the one last signed in to first.
    pub organizations: Vec<Membership>,
}

impl Auth {
    /// Who the actor is, and where.
    pub async fn me(&self, actor: &Actor) -> Result<Me, Error> {
        let system = self.ports.store.read_system();
        let user = system.users().find(actor.user_id()).await?;
        let user = user.ok_or(Error::NotFound("user"))?;
        let organizations = system.users().memberships(user.id).await?;
        let here = self.ports.store.read(actor.organization_id());
        let member = here.members().find(user.id).await?;
        let member = member.ok_or(Error::NotFound("member"))?.member;
        let profile = self
            .profile(user, actor.organization_id(), actor.role())
            .await?;
        Ok(Me {
            profile,
            availability: member.availability,
            organizations,
        })
    }
}
