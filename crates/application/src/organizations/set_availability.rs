use domain::organizations::{Availability, MemberProfile, Permission};

use super::Organizations;
use crate::{Actor, Error, chats::assign_later};

impl Organizations {
    /// Whether chats may be given to the actor by the program. Chats that the actor has stay.
    #[tracing::instrument(skip_all)]
    pub async fn set_availability(
        &self,
        actor: &Actor,
        availability: Availability,
    ) -> Result<MemberProfile, Error> {
        actor.require(Permission::ChatsWrite)?;
        let (id, organization_id) = (actor.user_id(), actor.organization_id());
        let uow = self.ports.store.begin(organization_id).await?;
        if !uow.members().set_availability(id, availability).await? {
            return Err(Error::NotFound("member"));
        }
        if availability == Availability::Available {
            assign_later(uow.as_ref(), organization_id).await?;
        }
        let member = uow.members().find(id).await?;
        uow.commit().await?;
        member.ok_or(Error::NotFound("member"))
    }
}
