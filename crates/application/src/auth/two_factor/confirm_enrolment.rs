use domain::{audit::AuditAction, auth::TwoFactor, job::SecurityNotice};
use secrecy::SecretString;

use super::{already_enabled, lock, totp};
use crate::{
    Actor, Error,
    auth::{ACCOUNT_LIMIT, Auth},
    throttle::throttle,
};

impl Auth {
    /// Turns the second factor on, as the code proves that the authenticator has the secret.
    /// Answers the recovery codes: they are shown this once.
    #[tracing::instrument(skip_all)]
    pub async fn confirm_two_factor_enrolment(
        &self,
        actor: &Actor,
        code: &str,
    ) -> Result<Vec<SecretString>, Error> {
        let user = self
            .ports
            .store
            .read_system()
            .users()
            .find(actor.user_id())
            .await?;
        let email = user.ok_or(Error::NotFound("user"))?.email;
        throttle(&self.ports, &[(ACCOUNT_LIMIT, email)]).await?;
        let system = self.ports.store.begin_system().await?;
        let mut user = lock(&*system, actor).await?;
        let secret = match &user.two_factor {
            TwoFactor::Enrolling { secret } => secret.clone(),
            TwoFactor::On { .. } => return Err(already_enabled()),
            TwoFactor::Off => return Err(not_enrolling()),
        };
        let now = self.ports.clock.now();
        let keys = &self.settings.sealing_keys;
        let step = totp::check(keys, &user, &secret, code, now)?;
        let last_step = step.ok_or_else(wrong_code)?;
        user.two_factor = TwoFactor::On { secret, last_step };
        user.updated_at = now;
        system.users().update(&user).await?;
        let codes = self.store_recovery_codes(&*system, user.id).await?;
        self.commit_change(
            system,
            actor,
            AuditAction::TwoFactorEnabled,
            SecurityNotice::TwoFactorEnabled,
        )
        .await?;
        Ok(codes)
    }
}

fn not_enrolling() -> Error {
    Error::conflict(
        "two_factor_not_enrolling",
        "ask for a secret first, and give it to an authenticator",
    )
}

fn wrong_code() -> Error {
    Error::invalid(
        "/code",
        "invalid_two_factor_code",
        "is not the code that the authenticator shows now",
    )
}
