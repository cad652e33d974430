use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    chats::{AgentsSee, AssignmentSettings},
    event::Event,
    job::Job,
    organizations::Permission,
};
use serde_json::{Value, json};

use super::Chats;
use crate::{Actor, Error, audit::changing};

/// What is to change; what is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpdateAssignmentSettings {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub enabled: Option<bool>,
    /// From 1 to [`AssignmentSettings::MAX_CAPACITY`].
    pub capacity: Option<u16>,
    pub agents_see: Option<AgentsSee>,
}

impl Chats {
    /// Needs an admin. Chats that wait already are given away at once.
    #[tracing::instrument(skip_all)]
    pub async fn update_assignment_settings(
        &self,
        actor: &Actor,
        command: UpdateAssignmentSettings,
    ) -> Result<AssignmentSettings, Error> {
        actor.require(Permission::OrganizationWrite)?;
        let organization_id = actor.organization_id();
        let uow = self.ports.store.begin(organization_id).await?;
        let before = uow.assignment().settings().await?;
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let mut settings = AssignmentSettings {
            enabled: command.enabled.unwrap_or(before.enabled),
            capacity: command.capacity.unwrap_or(before.capacity),
            agents_see: command.agents_see.unwrap_or(before.agents_see),
            ..before
        };
        if settings == before {
            return Ok(settings);
        }
        let now = self.ports.clock.now();
        settings.updated_at = now;
        if !uow.assignment().save(&settings).await? {
            return Err(Error::VersionMismatch);
        }
        let target = AuditTarget::new(AuditTargetKind::Organization, organization_id);
        let entry = actor.entry(AuditAction::AssignmentSettingsUpdated, target, now);
        let entry = changing(entry, fields(&before), fields(&settings));
        uow.audit_log().append(&entry).await?;
        if settings.agents_see != before.agents_see {
            uow.record(Event::ChatVisibilityChanged);
        }
        if settings.enabled {
            uow.enqueue(Job::AssignChats { organization_id });
        }
        uow.commit().await?;
        settings.version += 1;
        Ok(settings)
    }
}

fn fields(settings: &AssignmentSettings) -> Value {
    json!({
        "enabled": settings.enabled,
        "capacity": settings.capacity,
        "agentsSee": settings.agents_see,
    })
}
