//! Mails sent by SMTP, or captured in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    id::Id,
    mail::{Mail, MailError, Mailer},
};
use lettre::{
    Address, AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        self,
        client::{Certificate, Tls, TlsParameters},
        response::{Category, Code, Severity},
    },
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time;
use url::Url;

use crate::InvalidSetting;

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

/// What is needed to reach an SMTP server.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// `smtps://user:password@host`, or `smtp://` with `?tls=required` for STARTTLS.
    pub url: SecretString,
    /// An address, with or without a name.
    pub from: String,
    /// Certificates in PEM that are trusted besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Bounds the conversation about one mail.
    pub timeout: Duration,
}

impl SmtpSettings {
    /// Long enough for servers that look at a mail closely before they take it.
    pub const TIMEOUT: Duration = Duration::from_mins(1);
}

/// Hands mails to an SMTP server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    timeout: Duration,
}

impl SmtpMailer {
    pub fn new(settings: &SmtpSettings) -> Result<Self, InvalidSetting> {
        let url = settings.url.expose_secret();
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| InvalidSetting::new("url", error))?;
        if let Some(file) = &settings.ca_file {
            transport = transport.tls(tls_trusting(file, url)?);
        }
        Ok(Self {
            transport: transport.timeout(Some(settings.timeout)).build(),
            from: sender(&settings.from)?,
            timeout: settings.timeout,
        })
    }

    /// Whether the server answers now, and takes our name and password.
    pub async fn check(&self) -> Result<(), MailError> {
        match self.within_time(self.transport.test_connection()).await? {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Unavailable("the server does not answer".into())),
            Err(error) => Err(smtp_error(&error)),
        }
    }

    /// The library's own time-out is over once the connection stands.
    async fn within_time<F: Future>(&self, conversation: F) -> Result<F::Output, MailError> {
        time::timeout(self.timeout, conversation)
            .await
            .map_err(|_| MailError::Unavailable("the server took too long".into()))
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message(&self.from, mail)?;
        match self.within_time(self.transport.send(message)).await? {
            Ok(_) => Ok(()),
            // The library found that the server knows ASCII alone.
            Err(error) if error.is_client() && !mail.to.as_str().is_ascii() => {
                Err(MailError::Refused(error.to_string()))
            }
            Err(error) => Err(smtp_error(&error)),
        }
    }
}

/// The encryption that the URL asks for, with the file's certificates trusted as well.
fn tls_trusting(file: &Path, url: &str) -> Result<Tls, InvalidSetting> {
    let invalid = |error: &dyn std::error::Error| InvalidSetting::new("ca_file", error.to_string());
    let url = Url::parse(url).map_err(|error| InvalidSetting::new("url", error))?;
    let pem = fs::read(file).map_err(|error| invalid(&error))?;
    let certificate = Certificate::from_pem(&pem).map_err(|error| invalid(&error))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let parameters = TlsParameters::builder(host)
        .add_root_certificate(certificate)
        .build()
        .map_err(|error| invalid(&error))?;
    let asked = url.query_pairs().find(|(name, _)| name == "tls");
    match (url.scheme(), asked.as_ref().map(|(_, value)| &**value)) {
        ("smtps", _) => Ok(Tls::Wrapper(parameters)),
        (_, Some("required")) => Ok(Tls::Required(parameters)),
        (_, Some("opportunistic")) => Ok(Tls::Opportunistic(parameters)),
        _ => Err(InvalidSetting::new(
            "ca_file",
            "is set, but the URL asks for no encryption",
        )),
    }
}

fn sender(from: &str) -> Result<Mailbox, InvalidSetting> {
    from.parse()
        .map_err(|error| InvalidSetting::new("from", format!("is no mail address: {error}")))
}

fn message(from: &Mailbox, mail: &Mail) -> Result<Message, MailError> {
    let refused = |error: &dyn std::error::Error| MailError::Refused(error.to_string());
    let to: Address = mail.to.as_str().parse().map_err(|error| refused(&error))?;
    let id = format!("<{}@{}>", Id::<Mail>::generate(), from.email.domain());
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .message_id(Some(id))
        .subject(&mail.subject)
        .multipart(MultiPart::alternative_plain_html(
            mail.text.clone(),
            mail.html.clone(),
        ))
        .map_err(|error| refused(&error))?;
    // RFC 3834: holiday notices and the like do not answer it.
    message.headers_mut().insert_raw(HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    ));
    Ok(message)
}

/// Of the permanent refusals only those of the mail system (55x) and of an address' form (501)
/// concern this mail; a wrong password, say, is no fault of it.
fn smtp_error(error: &smtp::Error) -> MailError {
    let concerns_mail = |code: Code| {
        code.severity == Severity::PermanentNegativeCompletion
            && (code.category == Category::MailSystem || u16::from(code) == 501)
    };
    if error.status().is_some_and(concerns_mail) {
        MailError::Refused(error.to_string())
    } else {
        MailError::Unavailable(error.to_string())
    }
}
