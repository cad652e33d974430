use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    job::{Outcome, SecurityNotice},
};

use super::Auth;
use crate::{
    Error,
    mails::{Letter, Words, page},
};

impl Auth {
    /// Tells somebody that their sign-in was changed, and what to do if it was not they. A
    /// repeat sends it again.
    #[tracing::instrument(skip_all, fields(user.id = %user_id))]
    pub async fn send_security_notice(
        &self,
        user_id: UserId,
        notice: SecurityNotice,
        address: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<Outcome, Error> {
        let Some(user) = self.ports.store.read_system().users().find(user_id).await? else {
            return Ok(Outcome::Done);
        };
        let letter = Letter {
            to: &user.email,
            first_name: Some(&user.first_name),
            words: Words::SecurityNotice {
                notice,
                address,
                at,
            },
            link: page(&self.settings.frontend_url, "forgot-password"),
        };
        letter.send(&*self.ports.mailer).await
    }
}
