use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::SessionId,
};

use super::{Auth, session::end_session};
use crate::{Actor, Error};

impl Auth {
    /// Ends one of the actor's own sessions, in whichever organization it is.
    #[tracing::instrument(skip_all, fields(session.id = %id))]
    pub async fn revoke_session(&self, actor: &Actor, id: SessionId) -> Result<(), Error> {
        let system = self.ports.store.begin_system().await?;
        let now = self.ports.clock.now();
        let session = system.sessions().find(id).await?;
        let session = session
            .filter(|session| session.user_id == actor.user_id() && session.expires_at > now)
            .ok_or(Error::NotFound("session"))?;
        if !end_session(&*system, session.organization_id, id).await? {
            return Err(Error::NotFound("session"));
        }
        let target = AuditTarget::new(AuditTargetKind::Session, id);
        let entry = actor.entry(AuditAction::SessionRevoked, target, now);
        let uow = system.narrow(session.organization_id);
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(())
    }
}
