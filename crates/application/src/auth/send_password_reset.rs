use chrono::{DateTime, Duration, Utc};
use domain::{
    auth::{EmailAddress, TokenPurpose},
    job::Outcome,
};

use super::Auth;
use crate::{
    Error,
    mails::{Letter, Words, page_with_token},
};

/// After an outage, nobody waits for this mail any more.
const STALE_AFTER: Duration = Duration::hours(1);

impl Auth {
    /// Sends a link for a new password, if the address is a user's: also one who was removed
    /// from everywhere, as an invitation will ask for the password. A repeat sends it again,
    /// with a new token.
    #[tracing::instrument(skip_all)]
    pub async fn send_password_reset(
        &self,
        email: &EmailAddress,
        requested_at: DateTime<Utc>,
    ) -> Result<Outcome, Error> {
        if self.ports.clock.now() - requested_at >= STALE_AFTER {
            return Ok(Outcome::Done);
        }
        let system = self.ports.store.read_system();
        let Some(user) = system.users().find_by_email(email).await? else {
            return Ok(Outcome::Done);
        };
        let token = self
            .issue_one_time_token(&user, TokenPurpose::PasswordReset)
            .await?;
        let letter = Letter {
            to: &user.email,
            first_name: Some(&user.first_name),
            words: Words::PasswordReset,
            link: page_with_token(&self.settings.frontend_url, "reset-password", &token),
        };
        letter.send(&*self.ports.mailer).await
    }
}
