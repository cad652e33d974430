use chrono::Duration;
use domain::auth::{OneTimeToken, TokenPurpose, User};

use super::{Auth, opaque_token::OpaqueTokens};
use crate::Error;

/// Long enough for who registers on a Friday and reads the mail on a Monday.
const EMAIL_VERIFICATION_LIFETIME: Duration = Duration::days(3);
const PASSWORD_RESET_LIFETIME: Duration = Duration::hours(1);

impl Auth {
    /// A token for a mail to the user. It is made by the job that sends the mail, so that it
    /// rests nowhere in clear. Those sent before for the same purpose are void: if the job
    /// runs twice, the mail that came last has the token that is good.
    pub(super) async fn issue_one_time_token(
        &self,
        user: &User,
        purpose: TokenPurpose,
    ) -> Result<String, Error> {
        let token = OpaqueTokens::generate()?;
        let now = self.ports.clock.now();
        let lifetime = match purpose {
            TokenPurpose::EmailVerification => EMAIL_VERIFICATION_LIFETIME,
            TokenPurpose::PasswordReset => PASSWORD_RESET_LIFETIME,
        };
        let system = self.ports.store.begin_system().await?;
        system
            .one_time_tokens()
            .insert(&OneTimeToken {
                hash: self.opaque_tokens.hash(&token),
                purpose,
                user_id: user.id,
                email: user.email.clone(),
                created_at: now,
                expires_at: now + lifetime,
            })
            .await?;
        system.commit().await?;
        Ok(token)
    }
}

/// The answer to every token that is not good: unknown, used up, expired, and for another
/// purpose are not told apart.
pub(super) fn invalid_token() -> Error {
    Error::invalid(
        "/token",
        "invalid_token",
        "is unknown, was used before, or has expired: ask for a new link",
    )
}
