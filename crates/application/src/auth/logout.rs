use super::{Auth, session::end_session};
use crate::{Actor, Error};
use domain::audit::{AuditAction, AuditTarget, AuditTargetKind};

impl Auth {
    /// Ends the actor's session.
    #[tracing::instrument(skip_all)]
    pub async fn logout(&self, actor: &Actor) -> Result<(), Error> {
        let system = self.ports.store.begin_system().await?;
        let (organization_id, id) = (actor.organization_id(), actor.session_id());
        if end_session(&*system, organization_id, id).await? {
            let target = AuditTarget::new(AuditTargetKind::Session, id);
            let now = self.ports.clock.now();
            let entry = actor.entry(AuditAction::SessionRevoked, target, now);
            let uow = system.narrow(organization_id);
            uow.audit_log().append(&entry).await?;
            uow.commit().await?;
        }
        Ok(())
    }
}
