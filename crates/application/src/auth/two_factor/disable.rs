use domain::{audit::AuditAction, auth::TwoFactor, job::SecurityNotice};
use secrecy::SecretString;

use super::{lock, not_enabled};
use crate::{Actor, Error, auth::Auth};

impl Auth {
    /// Turns the second factor off; the secret and the recovery codes are forgotten.
    #[tracing::instrument(skip_all)]
    pub async fn disable_two_factor(
        &self,
        actor: &Actor,
        password: SecretString,
    ) -> Result<(), Error> {
        self.confirm_password(actor, "/password", password).await?;
        let system = self.ports.store.begin_system().await?;
        let mut user = lock(&*system, actor).await?;
        if !user.two_factor.is_on() {
            return Err(not_enabled());
        }
        user.two_factor = TwoFactor::Off;
        user.updated_at = self.ports.clock.now();
        system.users().update(&user).await?;
        system.users().replace_recovery_codes(user.id, &[]).await?;
        self.commit_change(
            system,
            actor,
            AuditAction::TwoFactorDisabled,
            SecurityNotice::TwoFactorDisabled,
        )
        .await
    }
}
