use super::{Auth, Profile};
use crate::{Actor, Error};

impl Auth {
    /// Who the actor is, and where.
    pub async fn me(&self, actor: &Actor) -> Result<Profile, Error> {
        let system = self.ports.store.read_system();
        let user = system.users().find(actor.user_id()).await?;
        let user = user.ok_or(Error::NotFound("user"))?;
        self.profile(user, actor.organization_id(), actor.role())
            .await
    }
}
