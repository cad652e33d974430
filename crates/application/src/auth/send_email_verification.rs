use domain::{
    auth::{TokenPurpose, UserId},
    job::Outcome,
};

use super::Auth;
use crate::{
    Error,
    mails::{Letter, Words, page_with_token},
};

impl Auth {
    /// Asks once more to confirm the e-mail address. A repeat sends it again, with a new
    /// token.
    #[tracing::instrument(skip_all, fields(user.id = %user_id))]
    pub async fn send_email_verification(&self, user_id: UserId) -> Result<Outcome, Error> {
        let user = self.ports.store.read_system().users().find(user_id).await?;
        let Some(user) = user.filter(|user| !user.email_verified) else {
            return Ok(Outcome::Done);
        };
        let token = self
            .issue_one_time_token(&user, TokenPurpose::EmailVerification)
            .await?;
        let letter = Letter {
            to: &user.email,
            first_name: Some(&user.first_name),
            words: Words::EmailVerification,
            link: page_with_token(&self.settings.frontend_url, "verify-email", &token),
        };
        letter.send(&*self.ports.mailer).await
    }
}
