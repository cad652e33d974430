use domain::{audit::AuditAction, auth::UserId, job::SecurityNotice, store::SystemUnitOfWork};
use secrecy::SecretString;

use super::{lock, not_enabled, recovery_codes};
use crate::{Actor, Error, auth::Auth};

impl Auth {
    /// Makes new recovery codes; the older ones are void. They are shown this once.
    #[tracing::instrument(skip_all)]
    pub async fn replace_recovery_codes(
        &self,
        actor: &Actor,
        password: SecretString,
    ) -> Result<Vec<SecretString>, Error> {
        self.confirm_password(actor, "/password", password).await?;
        let system = self.ports.store.begin_system().await?;
        let user = lock(&*system, actor).await?;
        if !user.two_factor.is_on() {
            return Err(not_enabled());
        }
        let codes = self.store_recovery_codes(&*system, user.id).await?;
        self.commit_change(
            system,
            actor,
            AuditAction::RecoveryCodesReplaced,
            SecurityNotice::RecoveryCodesReplaced,
        )
        .await?;
        Ok(codes)
    }

    pub(super) async fn store_recovery_codes(
        &self,
        system: &dyn SystemUnitOfWork,
        id: UserId,
    ) -> Result<Vec<SecretString>, Error> {
        let generated = recovery_codes::generate(&self.opaque_tokens)?;
        let (codes, hashes): (Vec<_>, Vec<_>) = generated.into_iter().unzip();
        system.users().replace_recovery_codes(id, &hashes).await?;
        Ok(codes.into_iter().map(SecretString::from).collect())
    }
}
