use std::time::Duration;

use domain::{
    audit::{AuditAction, AuditEntry, AuditTarget, AuditTargetKind},
    auth::EmailAddress,
    id::Id,
    job::Job,
    organizations::{Invitation, Member, MemberError, Permission, Role},
};
use serde_json::json;

use super::Organizations;
use crate::{
    Actor, Error,
    throttle::{Limit, throttle},
};

/// Invitations of one organization.
const ORGANIZATION_LIMIT: Limit = Limit {
    name: "invitations",
    count: 50,
    period: Duration::from_hours(1),
};

/// Invitations to one address, from whichever organization: a mailbox is not to be flooded.
const ADDRESS_LIMIT: Limit = Limit {
    name: "invitations-address",
    count: 5,
    period: Duration::from_hours(1),
};

impl Organizations {
    /// Has somebody asked by mail to join. Who was asked before gets a new link, and the one
    /// before is void.
    #[tracing::instrument(skip_all)]
    pub async fn invite_member(
        &self,
        actor: &Actor,
        email: EmailAddress,
        role: Role,
    ) -> Result<Invitation, Error> {
        actor.require(Permission::MembersWrite)?;
        let organization_id = actor.organization_id();
        let data = self.ports.store.read(organization_id);
        let me = data.members().find(actor.user_id()).await?;
        let me = me
            .map(|me| me.member)
            .filter(|me| me.may_invite_as(role))
            .ok_or(MemberError::OwnersOnly)?;
        let limits = [
            (ORGANIZATION_LIMIT, organization_id.to_string()),
            (ADDRESS_LIMIT, email.to_string()),
        ];
        throttle(&self.ports, &limits).await?;
        if let Some(member) = self.member_with(actor, &email).await? {
            if member.active {
                return Err(already_member());
            }
            // It would change the role.
            if member.role == Role::Owner && !me.role.may(Permission::RolesWrite) {
                return Err(MemberError::OwnersOnly.into());
            }
        }

        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(organization_id).await?;
        let open = uow.invitations().lock_by_email(&email).await?;
        // An owner's word is not for others to change.
        if open.is_some_and(|open| !me.may_invite_as(open.role)) {
            return Err(MemberError::OwnersOnly.into());
        }
        let invitation = Invitation {
            id: Id::generate(),
            email,
            role,
            invited_by: actor.user_id(),
            created_at: now,
            expires_at: now + Invitation::LIFETIME,
        };
        let invitation = uow.invitations().upsert(&invitation).await?;
        uow.enqueue(Job::SendInvitation {
            invitation_id: invitation.id,
        });
        let target = AuditTarget::new(AuditTargetKind::Invitation, invitation.id);
        let entry = AuditEntry {
            after: Some(json!({"email": invitation.email, "role": invitation.role})),
            ..actor.entry(AuditAction::InvitationSent, target, now)
        };
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(invitation)
    }

    async fn member_with(
        &self,
        actor: &Actor,
        email: &EmailAddress,
    ) -> Result<Option<Member>, Error> {
        let system = self.ports.store.read_system();
        let Some(user) = system.users().find_by_email(email).await? else {
            return Ok(None);
        };
        let data = self.ports.store.read(actor.organization_id());
        let profile = data.members().find(user.id).await?;
        Ok(profile.map(|profile| profile.member))
    }
}

pub(crate) fn already_member() -> Error {
    Error::conflict(
        "already_member",
        "somebody with this e-mail address is a member already",
    )
}
