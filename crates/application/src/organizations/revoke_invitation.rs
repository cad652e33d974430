use domain::{
    audit::{AuditAction, AuditEntry, AuditTarget, AuditTargetKind},
    organizations::{InvitationId, MemberError, Permission},
};
use serde_json::json;

use super::Organizations;
use crate::{Actor, Error};

impl Organizations {
    /// Takes an invitation back: its link leads nowhere from now on.
    #[tracing::instrument(skip_all, fields(invitation.id = %id))]
    pub async fn revoke_invitation(&self, actor: &Actor, id: InvitationId) -> Result<(), Error> {
        actor.require(Permission::MembersWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let invitation = uow.invitations().find(id).await?;
        let invitation = invitation.ok_or(Error::NotFound("invitation"))?;
        // It may have been accepted meanwhile, or sent again with another role.
        let current = uow.invitations().lock_by_email(&invitation.email).await?;
        let current = current.filter(|current| current.id == id);
        let invitation = current.ok_or(Error::NotFound("invitation"))?;
        let me = uow.members().find(actor.user_id()).await?;
        if !me.is_some_and(|me| me.member.may_invite_as(invitation.role)) {
            return Err(MemberError::OwnersOnly.into());
        }
        if !uow.invitations().remove(id).await? {
            return Err(Error::NotFound("invitation"));
        }
        let target = AuditTarget::new(AuditTargetKind::Invitation, id);
        let now = self.ports.clock.now();
        let entry = AuditEntry {
            before: Some(json!({"email": invitation.email, "role": invitation.role})),
            ..actor.entry(AuditAction::InvitationRevoked, target, now)
        };
        uow.audit_log().append(&entry).await?;
        Ok(uow.commit().await?)
    }
}
