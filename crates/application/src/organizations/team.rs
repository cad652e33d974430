//! What every change of a member begins with.

use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    event::Event,
    organizations::{Member, MemberProfile, OrganizationId, Permission},
    store::UnitOfWork,
};

use super::Organizations;
use crate::{
    Actor, Error,
    auth::{end_sessions, session_ended},
    chats::assign_later,
};

/// The team, in a unit of work in which no owner changes meanwhile.
pub(super) struct Team {
    pub(super) uow: Box<dyn UnitOfWork>,
    organization_id: OrganizationId,
    /// Those who are active.
    pub(super) owners: Vec<UserId>,
    /// The actor's own place, as it is now.
    pub(super) me: Member,
}

impl Organizations {
    /// Begins the change of these members. It ends their sessions, unless nothing comes of
    /// it. Who has lost the permission since the request came in is refused.
    pub(super) async fn change_team<const N: usize>(
        &self,
        actor: &Actor,
        permission: Option<Permission>,
        mut members: [UserId; N],
    ) -> Result<Team, Error> {
        let organization_id = actor.organization_id();
        let system = self.ports.store.begin_system().await?;
        // Always in the same order, so that two changes cannot wait for each other.
        members.sort();
        for member in members {
            end_sessions(&*system, member, Some(organization_id), None).await?;
        }
        let uow = system.narrow(organization_id);
        let owners = uow.members().lock_owners().await?;
        let me = uow.members().find(actor.user_id()).await?;
        let me = me.map(|profile| profile.member).filter(|me| me.active);
        let me = me.ok_or_else(session_ended)?;
        match permission {
            Some(permission) if !me.role.may(permission) => Err(Error::Forbidden {
                needs: permission.role(),
            }),
            _ => Ok(Team {
                uow,
                organization_id,
                owners,
                me,
            }),
        }
    }
}

impl Team {
    pub(super) async fn find(&self, id: UserId) -> Result<MemberProfile, Error> {
        let member = self.uow.members().find(id).await?;
        member.ok_or(Error::NotFound("member"))
    }

    /// Somebody works here no more: others can take the chats.
    pub(super) async fn unassign_chats(&self, id: UserId, now: DateTime<Utc>) -> Result<(), Error> {
        for overview in self.uow.chats().unassign_all(id, now).await? {
            let chat_id = overview.chat.id;
            self.uow.record(Event::ChatUpdated { overview });
            self.uow.record(Event::ChatReassigned {
                chat_id,
                from: Some(id),
                to: None,
            });
        }
        self.assign_chats().await
    }

    /// There are chats to be given, or somebody to give them to.
    pub(super) async fn assign_chats(&self) -> Result<(), Error> {
        Ok(assign_later(self.uow.as_ref(), self.organization_id).await?)
    }
}
