use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::UserId,
    organizations::{Member, MemberChange, MemberProfile, Permission},
};
use serde_json::json;

use super::Organizations;
use crate::{Actor, Error, audit::changing};

/// What is to change of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpdateMember {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub change: MemberChange,
}

impl Organizations {
    /// Changes a member's role, or whether the member may sign in. Either ends the member's
    /// sessions in the organization.
    #[tracing::instrument(skip_all, fields(member.id = %id))]
    pub async fn update_member(
        &self,
        actor: &Actor,
        id: UserId,
        command: UpdateMember,
    ) -> Result<MemberProfile, Error> {
        actor.require(Permission::MembersWrite)?;
        let permission = Some(Permission::MembersWrite);
        let team = self.change_team(actor, permission, [id]).await?;
        let mut profile = team.find(id).await?;
        let before = profile.member.clone();
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let mut member = before.changed(&team.me, command.change, &team.owners)?;
        if member == before {
            return Ok(profile);
        }
        let now = self.ports.clock.now();
        member.updated_at = now;
        if member.active != before.active {
            // An older link must not undo this. It comes before the member, as for who accepts
            // it: two changes cannot wait for each other.
            let invitations = team.uow.invitations();
            invitations.remove_by_email(&profile.email).await?;
        }
        if !team.uow.members().update(&member).await? {
            return Err(Error::VersionMismatch);
        }
        if before.active && !member.active {
            team.unassign_chats(id, now).await?;
        } else if member.active && !before.active {
            team.assign_chats().await?;
        }
        let target = AuditTarget::new(AuditTargetKind::Member, id);
        for (action, before, after) in changes(&before, &member) {
            let entry = actor.entry(action, target, now);
            let log = team.uow.audit_log();
            log.append(&changing(entry, before, after)).await?;
        }
        team.uow.commit().await?;
        member.version += 1;
        profile.member = member;
        Ok(profile)
    }
}

fn changes(
    before: &Member,
    after: &Member,
) -> Vec<(AuditAction, serde_json::Value, serde_json::Value)> {
    let mut changes = Vec::new();
    if after.role != before.role {
        changes.push((
            AuditAction::MemberRoleChanged,
            json!({"role": before.role}),
            json!({"role": after.role}),
        ));
    }
    if after.active != before.active {
        let action = if after.active {
            AuditAction::MemberReactivated
        } else {
            AuditAction::MemberDeactivated
        };
        changes.push((
            action,
            json!({"active": before.active}),
            json!({"active": after.active}),
        ));
    }
    changes
}
