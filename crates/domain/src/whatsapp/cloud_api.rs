use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::{
    BatchAccepted, BatchStatus, CatalogName, ItemChange, MediaKind, MetaError, PhoneNumberId,
    ShownItems, TemplateCategory,
};
use crate::{
    chats::{Attachment, Interactive, Location, MessageId, TemplateUse, Text},
    storage::ByteStream,
};

/// With whose right the Cloud API is called.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub phone_number_id: PhoneNumberId,
    pub business_account_id: String,
    pub access_token: SecretString,
}

/// A message as Meta is asked to send it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// Comes back in every status of the message, as `biz_opaque_callback_data`.
    pub message_id: MessageId,
    pub recipient: Recipient,
    /// The wamid of the message that this one answers.
    pub reply_to: Option<String>,
    pub content: OutgoingContent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Digits with country code; sent with a plus sign.
    Phone(String),
    /// For users without a phone number. Source: cloud API 2.1, `recipient`.
    UserId(String),
}

/// What is to be sent, with Meta's ids of the files and messages in it.
#[derive(Clone, Debug, PartialEq)]
pub enum OutgoingContent {
    Text(Text),
    File {
        kind: MediaKind,
        meta_id: String,
        attachment: Attachment,
    },
    Location(Location),
    /// Contact cards, as Meta writes them.
    Contacts(Vec<Value>),
    Reaction {
        /// Of the message reacted to.
        wamid: String,
        /// None takes the reaction back.
        emoji: Option<String>,
    },
    Interactive {
        interactive: Interactive,
        /// Of the file in its header.
        header_meta_id: Option<String>,
    },
    Template {
        template: TemplateUse,
        /// Of the file in its header.
        header_meta_id: Option<String>,
    },
}

/// What fills a template's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateParameters {
    /// For `{{1}}`, `{{2}}` and so on.
    Positional(Vec<String>),
    Named(BTreeMap<String, String>),
}

/// Meta took the message: not yet sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub wamid: String,
    /// The recipient's `wa_id`, which may differ from the number asked for.
    pub wa_id: Option<String>,
    pub user_id: Option<String>,
}

/// What Meta tells of a number. Words are kept as Meta writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhoneNumberHealth {
    pub display_phone_number: Option<String>,
    pub verified_name: Option<String>,
    /// `APPROVED`, `PENDING_REVIEW`, `DECLINED` and others.
    pub name_status: Option<String>,
    pub quality_rating: Option<String>,
    pub messaging_limit: Option<String>,
    /// `STANDARD` or `HIGH`.
    pub throughput_level: Option<String>,
    /// `CONNECTED`, `BANNED`, `RESTRICTED` and others.
    pub status: Option<String>,
    /// Whether it also lives on the owner's phone, with the WhatsApp Business app.
    pub on_phone: Option<bool>,
}

/// What the phone of a number can be asked for. Source: cloud API 5.5, coexistence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneSync {
    AddressBook,
    /// The chats from before the number was connected, if the owner shares them.
    History,
}

/// What Meta tells of a token that it accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenInfo {
    /// The app that it was given to.
    pub app_id: Option<String>,
    /// None if it never does.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it is good for, if Meta tells.
    pub scopes: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaDescription {
    pub url: String,
    pub mime_type: Option<String>,
    /// Lower-case hex.
    pub sha256: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
}

/// A file as it is handed to Meta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaUpload {
    pub mime_type: String,
    pub file_name: String,
    /// Bytes.
    pub size: u64,
}

#[derive(Clone, Debug, Error)]
pub enum CloudApiError {
    /// Meta's own answer, whatever the HTTP status.
    #[error("Meta refused: {0}")]
    Refused(MetaError),
    /// Meta cannot have got the request: asking again is safe.
    #[error("Meta could not be reached: {0}")]
    NotReached(String),
    /// Meta may have got the request and done it: time-out, broken connection, an answer
    /// that is none of the API's.
    #[error("Meta gave no answer: {0}")]
    NoAnswer(String),
    /// The URL is not one to which the token may be sent.
    #[error("not a host of Meta's: {0}")]
    ForeignHost(String),
    /// The file behind this URL is gone: URLs live 5 minutes.
    #[error("the file is not there any more")]
    Gone,
}

/// Meta's Graph API, as far as it is used. Adapters bound time and size of every call.
#[async_trait]
pub trait CloudApi: Send + Sync {
    async fn send(
        &self,
        credentials: &Credentials,
        message: &Outgoing,
    ) -> Result<Accepted, CloudApiError>;

    /// Shows the customer that this message and all earlier ones were read.
    async fn mark_read(&self, credentials: &Credentials, wamid: &str) -> Result<(), CloudApiError>;

    /// Shows the customer that the business is typing, for 25 seconds or until it answers.
    /// Marks this message and all earlier ones as read, too.
    async fn show_typing(
        &self,
        credentials: &Credentials,
        wamid: &str,
    ) -> Result<(), CloudApiError>;

    async fn phone_number(
        &self,
        credentials: &Credentials,
    ) -> Result<PhoneNumberHealth, CloudApiError>;

    /// How long the token is good, and for what. One that is not good is refused.
    async fn token(&self, credentials: &Credentials) -> Result<TokenInfo, CloudApiError>;

    /// Has Meta deliver the business account's webhooks to this app.
    async fn subscribe(&self, credentials: &Credentials) -> Result<(), CloudApiError>;

    /// The ids of the apps to which Meta delivers the business account's webhooks.
    async fn subscribed_apps(
        &self,
        credentials: &Credentials,
    ) -> Result<Vec<String>, CloudApiError>;

    /// Has what is on the phone of a number delivered, some time later. Can be asked for once,
    /// within a day of connecting the number to the Cloud API (2593107, 2593108).
    async fn request_sync(
        &self,
        credentials: &Credentials,
        what: PhoneSync,
    ) -> Result<(), CloudApiError>;

    async fn describe_media(
        &self,
        credentials: &Credentials,
        media_id: &str,
    ) -> Result<MediaDescription, CloudApiError>;

    /// Gives Meta a file, of exactly the size that it is said to have; answers Meta's id of
    /// it, which this number may send for 30 days. Asking again is safe, whatever became of
    /// it. Source: cloud API 3.
    async fn upload_media(
        &self,
        credentials: &Credentials,
        file: &MediaUpload,
        content: ByteStream,
    ) -> Result<String, CloudApiError>;

    /// Meta delivers nothing between this number and the user any more. Only who wrote to it
    /// within the last 24 hours can be blocked (131047). Asking again is safe. Source: cloud
    /// API 7 and 8.
    async fn block(&self, credentials: &Credentials, user: &Recipient)
    -> Result<(), CloudApiError>;

    /// Ends that. Asking again is safe.
    async fn unblock(
        &self,
        credentials: &Credentials,
        user: &Recipient,
    ) -> Result<(), CloudApiError>;

    /// What Meta takes the business account's template for: it may change its mind. None if
    /// there is no such template. Source: cloud API 4.1.
    async fn template_category(
        &self,
        credentials: &Credentials,
        name: &str,
        language: &str,
    ) -> Result<Option<TemplateCategory>, CloudApiError>;

    /// The file behind a URL that Meta gave.
    async fn download(
        &self,
        credentials: &Credentials,
        url: &str,
    ) -> Result<ByteStream, CloudApiError>;

    /// The catalogs that are connected to the business account.
    async fn catalogs(&self, credentials: &Credentials) -> Result<Vec<CatalogName>, CloudApiError>;

    /// Tells a catalog of items, `ItemChange::MAX_OF_A_BATCH` at most. Asking again is safe.
    async fn change_items(
        &self,
        credentials: &Credentials,
        catalog_id: &str,
        changes: &[ItemChange],
    ) -> Result<BatchAccepted, CloudApiError>;

    /// What came of a batch so far.
    async fn batch_status(
        &self,
        credentials: &Credentials,
        catalog_id: &str,
        handle: &str,
    ) -> Result<BatchStatus, CloudApiError>;

    /// A page of what a catalog shows, the first or the one that `after` leads to.
    async fn shown_items(
        &self,
        credentials: &Credentials,
        catalog_id: &str,
        after: Option<&str>,
    ) -> Result<ShownItems, CloudApiError>;
}
