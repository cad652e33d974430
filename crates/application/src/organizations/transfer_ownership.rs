use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::UserId,
    organizations::{MemberProfile, Permission},
};
use secrecy::SecretString;
use serde_json::json;

use super::Organizations;
use crate::{Actor, Error, audit::changing};

impl Organizations {
    /// Makes another member the owner in the actor's place, who becomes an admin. Both have
    /// to sign in again.
    #[tracing::instrument(skip_all, fields(member.id = %to))]
    pub async fn transfer_ownership(
        &self,
        actor: &Actor,
        to: UserId,
        password: SecretString,
    ) -> Result<MemberProfile, Error> {
        actor.require(Permission::OwnershipTransfer)?;
        self.auth
            .confirm_password(actor, "/password", password)
            .await?;
        let permission = Some(Permission::OwnershipTransfer);
        let members = [actor.user_id(), to];
        let team = self.change_team(actor, permission, members).await?;
        let mut profile = team.find(to).await?;
        let (mut me, mut owner) = team.me.hand_over(&profile.member)?;
        let now = self.ports.clock.now();
        for member in [&mut owner, &mut me] {
            member.updated_at = now;
            if !team.uow.members().update(member).await? {
                return Err(Error::VersionMismatch);
            }
        }
        let target = AuditTarget::new(AuditTargetKind::Member, to);
        let entry = actor.entry(AuditAction::OwnershipTransferred, target, now);
        let (before, after) = (
            json!({"ownerId": me.user_id, "role": profile.member.role}),
            json!({"ownerId": to, "role": owner.role}),
        );
        let log = team.uow.audit_log();
        log.append(&changing(entry, before, after)).await?;
        team.uow.commit().await?;
        owner.version += 1;
        profile.member = owner;
        Ok(profile)
    }
}
