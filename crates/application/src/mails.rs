//! Mails: what they say, from the templates, and how jobs send them.

mod account_alert;

use askama::Template;
use chrono::{DateTime, Duration, Utc};
use domain::{
    auth::EmailAddress,
    job::{Outcome, SecurityNotice},
    mail::{Mail, MailError, Mailer},
    organizations::Role,
    whatsapp::AccountAlert,
};
use url::Url;

use crate::Error;

/// A mail before it has its form.
#[derive(Clone, Debug)]
pub(crate) struct Letter<'a> {
    pub to: &'a EmailAddress,
    /// As which the reader is greeted, if we know.
    pub first_name: Option<&'a str>,
    pub words: Words<'a>,
    /// Where its button leads.
    pub link: Url,
}

/// What a mail says: a pair of templates for each, as text and as HTML.
#[derive(Clone, Debug)]
pub(crate) enum Words<'a> {
    Welcome {
        organization: &'a str,
    },
    EmailVerification,
    PasswordReset,
    Invitation {
        /// First and last name.
        inviter: &'a str,
        organization: &'a str,
        role: Role,
    },
    SecurityNotice {
        notice: SecurityNotice,
        address: Option<&'a str>,
        at: DateTime<Utc>,
    },
    AccountAlert {
        alert: &'a AccountAlert,
        /// What the organization calls it.
        account: &'a str,
        phone_number: Option<&'a str>,
        organization: &'a str,
        at: DateTime<Utc>,
    },
}

#[derive(Template)]
#[template(path = "layout.txt")]
struct Text<'a> {
    letter: &'a Letter<'a>,
    subject: &'a str,
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Html<'a> {
    letter: &'a Letter<'a>,
    subject: &'a str,
}

impl Letter<'_> {
    fn render(&self) -> Result<Mail, Error> {
        let subject = self.words.subject(self.first_name);
        let text = Text {
            letter: self,
            subject: &subject,
        };
        let html = Html {
            letter: self,
            subject: &subject,
        };
        Ok(Mail {
            to: self.to.clone(),
            text: text.render().map_err(Error::internal)?,
            html: html.render().map_err(Error::internal)?,
            subject,
        })
    }

    /// Sends it from a job. A mail that nobody can ever deliver is the job's end; while mail
    /// is down, the job waits.
    pub(crate) async fn send(&self, mailer: &dyn Mailer) -> Result<Outcome, Error> {
        match mailer.send(&self.render()?).await {
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

impl Words<'_> {
    fn subject(&self, first_name: Option<&str>) -> String {
        match self {
            Self::Welcome { .. } => match first_name {
                Some(name) => format!("Welcome to Luminous, {name}"),
                None => "Welcome to Luminous".to_owned(),
            },
            Self::EmailVerification => "Confirm your e-mail address".to_owned(),
            Self::PasswordReset => "Choose a new password".to_owned(),
            Self::Invitation {
                inviter,
                organization,
                ..
            } => format!("{inviter} invites you to {organization}"),
            Self::SecurityNotice { notice, .. } => what_happened(*notice).to_owned(),
            Self::AccountAlert { alert, .. } => account_alert::subject(alert),
        }
    }

    /// What the button says.
    fn action(&self) -> &'static str {
        match self {
            Self::Welcome { .. } | Self::EmailVerification => "Confirm the address",
            Self::PasswordReset | Self::SecurityNotice { .. } => "Choose a new password",
            Self::Invitation { .. } => "Join",
            Self::AccountAlert { .. } => "See the number",
        }
    }
}

fn what_happened(notice: SecurityNotice) -> &'static str {
    match notice {
        SecurityNotice::PasswordChanged => "Your password was changed",
        SecurityNotice::PasswordReset => "Your password was reset",
        SecurityNotice::TwoFactorEnabled => "Two-factor sign-in was turned on",
        SecurityNotice::TwoFactorDisabled => "Two-factor sign-in was turned off",
        SecurityNotice::RecoveryCodesReplaced => "Your recovery codes were replaced",
        SecurityNotice::RecoveryCodeUsed => "A recovery code was used to sign in",
    }
}

fn moment(at: &DateTime<Utc>) -> String {
    at.format("%-d %B %Y at %H:%M UTC").to_string()
}

fn with_article(role: &Role) -> &'static str {
    match role {
        Role::Agent => "an agent",
        Role::Admin => "an administrator",
        Role::Owner => "an owner",
    }
}

/// A page of the product.
pub(crate) fn page(frontend_url: &Url, path: &str) -> Url {
    let mut url = frontend_url.clone();
    // Only URLs that cannot have a path refuse; the configuration takes none of those.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(path);
    }
    url
}

/// A page of the product that takes the token.
pub(crate) fn page_with_token(frontend_url: &Url, path: &str, token: &str) -> Url {
    let mut url = page(frontend_url, path);
    url.query_pairs_mut().append_pair("token", token);
    url
}

/// Each mail with made-up content, by name, to be looked at.
pub fn samples(frontend_url: &Url) -> Result<Vec<(&'static str, Mail)>, Error> {
    let to = EmailAddress::parse("ana@example.com").map_err(Error::internal)?;
    let invited = EmailAddress::parse("ben@example.com").map_err(Error::internal)?;
    let mail = |words, path| {
        Letter {
            to: &to,
            first_name: Some("Ana"),
            words,
            link: page_with_token(frontend_url, path, SAMPLE_TOKEN),
        }
        .render()
    };
    let at = DateTime::UNIX_EPOCH + Duration::days(20_700);
    let notice = |notice| {
        Letter {
            to: &to,
            first_name: Some("Ana"),
            words: Words::SecurityNotice {
                notice,
                address: Some("203.0.113.7"),
                at,
            },
            link: page(frontend_url, "forgot-password"),
        }
        .render()
    };
    let organization = "Café Luna";
    let invitation = Letter {
        to: &invited,
        first_name: None,
        words: Words::Invitation {
            inviter: "Ana Paz",
            organization,
            role: Role::Agent,
        },
        link: page_with_token(frontend_url, "accept-invitation", SAMPLE_TOKEN),
    };
    let alerts = account_alert::samples(at).into_iter().map(|(name, alert)| {
        let letter = Letter {
            to: &to,
            first_name: Some("Ana"),
            words: Words::AccountAlert {
                alert: &alert,
                account: "Sales",
                phone_number: Some("+1 555-078-3881"),
                organization,
                at,
            },
            link: page(frontend_url, "whatsapp-accounts"),
        };
        Ok((name, letter.render()?))
    });
    let alerts: Vec<_> = alerts.collect::<Result<_, Error>>()?;
    let mut samples = vec![
        (
            "welcome",
            mail(Words::Welcome { organization }, "verify-email")?,
        ),
        (
            "email-verification",
            mail(Words::EmailVerification, "verify-email")?,
        ),
        (
            "password-reset",
            mail(Words::PasswordReset, "reset-password")?,
        ),
        ("invitation", invitation.render()?),
        ("password-changed", notice(SecurityNotice::PasswordChanged)?),
        ("password-was-reset", notice(SecurityNotice::PasswordReset)?),
        (
            "two-factor-enabled",
            notice(SecurityNotice::TwoFactorEnabled)?,
        ),
        (
            "two-factor-disabled",
            notice(SecurityNotice::TwoFactorDisabled)?,
        ),
        (
            "recovery-codes-replaced",
            notice(SecurityNotice::RecoveryCodesReplaced)?,
        ),
        (
            "recovery-code-used",
            notice(SecurityNotice::RecoveryCodeUsed)?,
        ),
    ];
    samples.extend(alerts);
    Ok(samples)
}

const SAMPLE_TOKEN: &str = "a-token-that-opens-nothing-0000000000000000";

#[cfg(test)]
mod tests {
    use super::*;

    fn frontend() -> Url {
        Url::parse("https://shop.example/app/").unwrap()
    }

    #[test]
    fn every_mail_says_the_same_in_both_parts_and_shows_nothing_from_elsewhere() {
        for (name, mail) in samples(&frontend()).unwrap() {
            assert!(mail.text.starts_with("Hello"), "{name}: {}", mail.text);
            assert!(
                !mail.text.contains('<') && !mail.text.contains("\n\n\n"),
                "{name}: {}",
                mail.text
            );
            assert!(
                mail.html.starts_with("<!doctype html>"),
                "{name}: {}",
                mail.html
            );
            let link = mail.text.lines().find(|line| line.starts_with("https://"));
            let link = link.unwrap_or_else(|| panic!("{name} has no link"));
            assert!(
                link.starts_with("https://shop.example/app/"),
                "{name}: {link}"
            );
            assert!(
                mail.html.contains(&format!("href=\"{link}\"")),
                "{name}: {}",
                mail.html
            );
            assert!(
                !mail.html.contains("<img") && !mail.html.contains("url("),
                "{name}"
            );
            assert!(
                (1..=78).contains(&mail.subject.chars().count()),
                "{name}: {}",
                mail.subject
            );
        }
    }

    #[test]
    fn what_people_write_is_text_in_html_and_stays_as_it_is_in_text() {
        let to = EmailAddress::parse("ana@example.com").unwrap();
        let mail = Letter {
            to: &to,
            first_name: Some("<script>alert(1)</script>"),
            words: Words::Invitation {
                inviter: "Ben \"&\" <b>Co</b>",
                organization: "<img src=x onerror='alert(2)'>",
                role: Role::Admin,
            },
            link: page_with_token(&frontend(), "accept-invitation", "a&b=\"<c>"),
        }
        .render()
        .unwrap();
        for piece in ["<script", "<b>Co", "<img", "\"<c>"] {
            assert!(!mail.html.contains(piece), "{piece}: {}", mail.html);
        }
        assert!(mail.html.contains("alert(1)"));
        assert!(mail.text.contains("<script>alert(1)</script>"));
        assert!(mail.text.contains("as an administrator"));
        assert!(
            mail.text
                .contains("accept-invitation?token=a%26b%3D%22%3Cc%3E\n")
        );
    }

    #[test]
    fn a_security_notice_says_what_when_whence_and_what_to_do() {
        let to = EmailAddress::parse("ana@example.com").unwrap();
        let letter = |notice, address| Letter {
            to: &to,
            first_name: Some("Ana"),
            words: Words::SecurityNotice {
                notice,
                address,
                at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            },
            link: page(&frontend(), "forgot-password"),
        };
        let mail = letter(SecurityNotice::PasswordChanged, Some("203.0.113.7"));
        let mail = mail.render().unwrap();
        assert_eq!(mail.subject, "Your password was changed");
        let first = "Your password was changed on 21 September 2026 at 14:13 UTC, from the address 203.0.113.7.";
        assert!(mail.text.contains(first), "{}", mail.text);
        assert!(
            mail.text.contains("choose a new password at once"),
            "{}",
            mail.text
        );
        let mail = letter(SecurityNotice::PasswordReset, None)
            .render()
            .unwrap();
        assert!(
            mail.text.contains("an address that we do not know"),
            "{}",
            mail.text
        );
        assert!(
            mail.text.contains("make your mailbox safe first"),
            "{}",
            mail.text
        );
    }
}
