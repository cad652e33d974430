use domain::audit::{AuditAction, AuditEntry, AuditTarget, AuditTargetKind};
use serde_json::json;

use super::{Auth, session::end_sessions};
use crate::{Actor, Error};

impl Auth {
    /// Ends all of the actor's sessions, in every organization, this one too.
    #[tracing::instrument(skip_all)]
    pub async fn logout_all(&self, actor: &Actor) -> Result<(), Error> {
        let system = self.ports.store.begin_system().await?;
        let count = end_sessions(&*system, actor.user_id(), None, None).await?;
        let target = AuditTarget::new(AuditTargetKind::User, actor.user_id());
        let now = self.ports.clock.now();
        let entry = AuditEntry {
            after: Some(json!({"sessions": count})),
            ..actor.entry(AuditAction::SessionsRevoked, target, now)
        };
        let uow = system.narrow(actor.organization_id());
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(())
    }
}
