use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::{Password, TokenPurpose},
    job::SecurityNotice,
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    Auth, confirm_password::wrong_password, reset_password::too_weak, session::end_sessions,
};
use crate::{Actor, Error};

pub struct ChangePassword {
    pub current_password: SecretString,
    pub new_password: SecretString,
}

impl Auth {
    /// Changes the actor's password, and ends the actor's other sessions, in all
    /// organizations.
    #[tracing::instrument(skip_all)]
    pub async fn change_password(
        &self,
        actor: &Actor,
        command: ChangePassword,
    ) -> Result<(), Error> {
        let (current, new) = (command.current_password, command.new_password);
        let is_unchanged = current.expose_secret() == new.expose_secret();
        let confirmed = self
            .confirm_password(actor, "/currentPassword", current)
            .await?;
        if is_unchanged {
            return Err(Error::invalid(
                "/newPassword",
                "password_unchanged",
                "is the password that you have",
            ));
        }
        let password = Password::choose(new, Some(&confirmed.email)).map_err(too_weak)?;
        let password_hash = self.passwords.hash(password).await?;
        let now = self.ports.clock.now();

        let system = self.ports.store.begin_system().await?;
        // A link that was sent before is for a password that was forgotten. Tokens come before
        // their user, as wherever both are locked.
        system
            .one_time_tokens()
            .revoke(confirmed.id, TokenPurpose::PasswordReset)
            .await?;
        let user = system.users().lock(confirmed.id).await?;
        let mut user = user.ok_or(Error::NotFound("user"))?;
        if user.password_hash != confirmed.password_hash {
            // It was changed while we looked.
            return Err(wrong_password("/currentPassword"));
        }
        user.password_hash = password_hash;
        user.updated_at = now;
        system.users().update(&user).await?;
        end_sessions(&*system, user.id, None, Some(actor.session_id())).await?;
        let notice = SecurityNotice::PasswordChanged;
        system.enqueue(self.notice(user.id, notice, actor.client()));
        let target = AuditTarget::new(AuditTargetKind::User, user.id);
        let entry = actor.entry(AuditAction::PasswordChanged, target, now);
        let uow = system.narrow(actor.organization_id());
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(())
    }
}
