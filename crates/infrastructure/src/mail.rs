//! Mails sent by SMTP, or captured in a folder.

use std::{fs, path::PathBuf, time::Duration};

use async_trait::async_trait;
use domain::mail::{Mail, MailError, Mailer};
use lettre::{
    Address, AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        self,
        response::{Category, Severity},
    },
};
use secrecy::{ExposeSecret, SecretString};

use crate::InvalidSetting;

/// Bounds each step of the conversation with the server.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Writes each mail to a file of its own, `<id>.eml`.
pub struct FileMailer {
    transport: AsyncFileTransport<Tokio1Executor>,
    from: Mailbox,
}

impl FileMailer {
    /// Makes the folder if it is missing. `from` is an address, with or without a name.
    pub fn new(folder: PathBuf, from: &str) -> Result<Self, InvalidSetting> {
        fs::create_dir_all(&folder)
            .map_err(|error| InvalidSetting::new("folder", format!("cannot be made: {error}")))?;
        Ok(Self {
            transport: AsyncFileTransport::new(folder),
            from: sender(from)?,
        })
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message(&self.from, mail)?;
        let written = self.transport.send(message).await;
        written
            .map(drop)
            .map_err(|error| MailError::Unavailable(error.to_string()))
    }
}

/// Hands mails to an SMTP server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// `url` is `smtps://user:password@host`, or `smtp://` with `?tls=required` for STARTTLS.
    /// `from` is an address, with or without a name.
    pub fn new(url: &SecretString, from: &str) -> Result<Self, InvalidSetting> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            .map_err(|error| InvalidSetting::new("url", error))?
            .timeout(Some(TIMEOUT))
            .build();
        Ok(Self {
            transport,
            from: sender(from)?,
        })
    }

    /// Whether the server answers now, and takes our name and password.
    pub async fn check(&self) -> Result<(), MailError> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Unavailable("the server does not answer".into())),
            Err(error) => Err(smtp_error(&error)),
        }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message(&self.from, mail)?;
        let sent = self.transport.send(message).await;
        sent.map(drop).map_err(|error| smtp_error(&error))
    }
}

fn sender(from: &str) -> Result<Mailbox, InvalidSetting> {
    from.parse()
        .map_err(|error| InvalidSetting::new("from", format!("is no mail address: {error}")))
}

fn message(from: &Mailbox, mail: &Mail) -> Result<Message, MailError> {
    let refused = |error: &dyn std::error::Error| MailError::Refused(error.to_string());
    let to: Address = mail.to.as_str().parse().map_err(|error| refused(&error))?;
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(&mail.subject)
        .multipart(MultiPart::alternative_plain_html(
            mail.text.clone(),
            mail.html.clone(),
        ))
        .map_err(|error| refused(&error))
}

fn smtp_error(error: &smtp::Error) -> MailError {
    // Of the permanent refusals only those of the mail system (55x) concern this mail; a wrong
    // password, say, is no fault of it.
    let concerns_mail = |code: smtp::response::Code| {
        code.severity == Severity::PermanentNegativeCompletion
            && code.category == Category::MailSystem
    };
    if error.status().is_some_and(concerns_mail) {
        MailError::Refused(error.to_string())
    } else {
        MailError::Unavailable(error.to_string())
    }
}
