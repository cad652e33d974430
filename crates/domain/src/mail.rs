//! Mail to the people of an organization.

use async_trait::async_trait;
use thiserror::Error;

use crate::auth::EmailAddress;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub to: EmailAddress,
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Debug, Error)]
pub enum MailError {
    /// The mail can never be delivered.
    #[error("the mail was refused: {0}")]
    Refused(String),
    #[error("mail is unavailable: {0}")]
    Unavailable(String),
}

#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}
