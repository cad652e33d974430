use askama::Template;
use domain::{
    auth::UserId,
    job::Outcome,
    mail::{Mail, MailError},
};

use super::{Auth, Profile};
use crate::Error;

#[derive(Template)]
#[template(path = "welcome.txt")]
struct WelcomeText<'a> {
    profile: &'a Profile,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomeHtml<'a> {
    profile: &'a Profile,
    link: &'a str,
}

impl Auth {
    /// Greets somebody who has registered.
    #[tracing::instrument(skip_all, fields(user.id = %user_id))]
    pub async fn send_welcome_mail(&self, user_id: UserId) -> Result<Outcome, Error> {
        let system = self.ports.store.read_system();
        let membership = system.users().membership(user_id).await?;
        let (Some(user), Some((organization_id, role))) =
            (system.users().find(user_id).await?, membership)
        else {
            // Gone since: there is nobody to greet.
            return Ok(Outcome::Done);
        };
        let profile = self.profile(user, organization_id, role).await?;
        let mail = welcome(&profile, self.settings.frontend_url.as_str())?;
        match self.ports.mailer.send(&mail).await {
            Ok(()) => Ok(Outcome::Done),
            Err(error @ MailError::Refused(_)) => Ok(Outcome::Dead {
                error: error.to_string(),
            }),
            Err(error @ MailError::Unavailable(_)) => Err(Error::Unavailable {
                what: "mail",
                cause: Box::new(error),
            }),
        }
    }
}

fn welcome(profile: &Profile, link: &str) -> Result<Mail, Error> {
    Ok(Mail {
        to: profile.user.email.clone(),
        subject: format!("Welcome to Luminous, {}", profile.user.first_name),
        text: WelcomeText { profile, link }
            .render()
            .map_err(Error::internal)?,
        html: WelcomeHtml { profile, link }
            .render()
            .map_err(Error::internal)?,
    })
}
