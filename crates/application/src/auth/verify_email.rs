use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::TokenPurpose,
};

use super::{Auth, Client, one_time_tokens::invalid_token};
use crate::Error;

impl Auth {
    /// Notes that the user reads the mail of their address. An address that is confirmed
    /// already stays so.
    #[tracing::instrument(skip_all)]
    pub async fn verify_email(&self, token: &str, client: &Client) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let system = self.ports.store.begin_system().await?;
        let hash = self.opaque_tokens.hash(token);
        let token = system
            .one_time_tokens()
            .redeem(&hash, TokenPurpose::EmailVerification, now)
            .await?
            .ok_or_else(invalid_token)?;
        let user = system.users().lock(token.user_id).await?;
        let mut user = user
            .filter(|user| user.email == token.email)
            .ok_or_else(invalid_token)?;
        // Who was removed from everywhere since has no organization whose log would tell it.
        let memberships = system.users().memberships(user.id).await?;
        let organization_id = memberships
            .first()
            .ok_or_else(invalid_token)?
            .organization_id;
        if user.email_verified {
            system.commit().await?;
            return Ok(());
        }
        user.email_verified = true;
        user.updated_at = now;
        system.users().update(&user).await?;
        let target = AuditTarget::new(AuditTargetKind::User, user.id);
        let entry = client.entry(Some(user.id), AuditAction::EmailVerified, target, now);
        let uow = system.narrow(organization_id);
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(())
    }
}
