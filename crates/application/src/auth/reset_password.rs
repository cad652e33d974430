use std::time::Duration;

use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::{Password, PasswordError, TokenPurpose, TwoFactor},
    job::SecurityNotice,
};
use secrecy::SecretString;

use super::{Auth, Client, one_time_tokens::invalid_token, session::end_sessions};
use crate::{
    Error,
    throttle::{Limit, network, throttle},
};

const ADDRESS_LIMIT: Limit = Limit {
    name: "reset-password-address",
    count: 60,
    period: Duration::from_mins(1),
};

/// What somebody does with the mail that a forgotten password brought.
pub struct ResetPassword {
    pub token: String,
    pub new_password: SecretString,
}

impl Auth {
    /// Sets a new password, and ends every session of the user. Whoever has the token reads
    /// the user's mail, so the address is confirmed by it; if it was not before, the second
    /// factor goes too, as it need not be theirs. A password that is not good enough leaves
    /// the token as it is.
    #[tracing::instrument(skip_all)]
    pub async fn reset_password(
        &self,
        command: ResetPassword,
        client: &Client,
    ) -> Result<(), Error> {
        if let Some(address) = client.address {
            throttle(&self.ports, &[(ADDRESS_LIMIT, network(address))]).await?;
        }
        let password = Password::choose(command.new_password.clone(), None).map_err(too_weak)?;
        let password_hash = self.passwords.hash(password).await?;
        let now = self.ports.clock.now();

        let system = self.ports.store.begin_system().await?;
        let hash = self.opaque_tokens.hash(&command.token);
        let token = system
            .one_time_tokens()
            .redeem(&hash, TokenPurpose::PasswordReset, now)
            .await?
            .ok_or_else(invalid_token)?;
        let user = system.users().lock(token.user_id).await?;
        let mut user = user.ok_or_else(invalid_token)?;
        Password::choose(command.new_password, Some(&user.email)).map_err(too_weak)?;
        let memberships = system.users().memberships(user.id).await?;

        let is_verified_now = !user.email_verified && token.email == user.email;
        user.password_hash = password_hash;
        if is_verified_now {
            user.email_verified = true;
            // Who registered with an address whose mail they do not read is locked out, with
            // the second factor that they have set up.
            user.two_factor = TwoFactor::Off;
            system.users().replace_recovery_codes(user.id, &[]).await?;
        }
        user.updated_at = now;
        system.users().update(&user).await?;
        system
            .one_time_tokens()
            .revoke(user.id, TokenPurpose::PasswordReset)
            .await?;
        end_sessions(&*system, user.id, None, None).await?;
        system.enqueue(self.notice(user.id, SecurityNotice::PasswordReset, client));
        if let Some(membership) = memberships.first() {
            let target = AuditTarget::new(AuditTargetKind::User, user.id);
            let entry = client.entry(Some(user.id), AuditAction::PasswordReset, target, now);
            let uow = system.narrow(membership.organization_id);
            uow.audit_log().append(&entry).await?;
            if is_verified_now {
                let entry = client.entry(Some(user.id), AuditAction::EmailVerified, target, now);
                uow.audit_log().append(&entry).await?;
            }
            uow.commit().await?;
        } else {
            // Removed from everywhere: there is no log to tell it.
            system.commit().await?;
        }
        self.forget_failures(&user.email).await;
        Ok(())
    }
}

/// The fault of a new password.
pub(super) fn too_weak(error: PasswordError) -> Error {
    Error::invalid("/newPassword", error.code(), error)
}
