use domain::{
    audit::{AuditAction, AuditEntry, AuditTarget, AuditTargetKind},
    auth::UserId,
    organizations::Permission,
};
use serde_json::json;

use super::Organizations;
use crate::{Actor, Error};

impl Organizations {
    /// Takes a member out of the organization; what the member did keeps its name. Anybody
    /// may leave. `expected_version` is the one that is to be removed, if that matters.
    #[tracing::instrument(skip_all, fields(member.id = %id))]
    pub async fn remove_member(
        &self,
        actor: &Actor,
        id: UserId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        let leaves = id == actor.user_id();
        if !leaves {
            actor.require(Permission::MembersWrite)?;
        }
        let permission = (!leaves).then_some(Permission::MembersWrite);
        let team = self.change_team(actor, permission, [id]).await?;
        let profile = team.find(id).await?;
        let member = profile.member;
        if expected_version.is_some_and(|version| version != member.version) {
            return Err(Error::VersionMismatch);
        }
        member.removable(&team.me, &team.owners)?;
        let now = self.ports.clock.now();
        // An older link must not undo this. It comes before the member, as for who accepts it:
        // two changes cannot wait for each other.
        let invitations = team.uow.invitations();
        invitations.remove_by_email(&profile.email).await?;
        if !team.uow.members().remove(id, now).await? {
            return Err(Error::NotFound("member"));
        }
        team.unassign_chats(id, now).await?;
        let target = AuditTarget::new(AuditTargetKind::Member, id);
        let entry = AuditEntry {
            before: Some(json!({"role": member.role, "active": member.active})),
            ..actor.entry(AuditAction::MemberRemoved, target, now)
        };
        team.uow.audit_log().append(&entry).await?;
        Ok(team.uow.commit().await?)
    }
}
