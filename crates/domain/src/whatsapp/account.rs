use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{id::Id, sealed::Sealed};

pub type AccountId = Id<Account>;

/// What Meta allows a number until it is upgraded: messages a second, in and out together.
/// Source: cloud API, throughput.
pub const DEFAULT_THROUGHPUT_PER_SECOND: u32 = 80;

/// One WhatsApp business phone number that an organization connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// Meta's id of the number (not the number). Unique among the installation's accounts
    /// that are not removed.
    pub phone_number_id: PhoneNumberId,
    /// Meta's id of the WhatsApp Business Account that owns the number.
    pub business_account_id: String,
    pub display_name: String,
    /// As Meta shows it; known once Meta was asked.
    pub display_phone_number: Option<String>,
    pub access_token: Sealed,
    /// The secret that signs this account's deliveries; the platform's if none.
    pub app_secret: Option<Sealed>,
    pub status: AccountStatus,
    /// Why it is not connected, in plain words.
    pub status_reason: Option<String>,
    /// Meta's word: `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    pub quality_rating: Option<String>,
    /// Meta's word, such as `TIER_2K`.
    pub messaging_limit: Option<String>,
    pub throughput_per_second: u32,
    /// Whether customers see that their messages were read.
    pub send_read_receipts: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// A removed account keeps its chats, and sends and receives no more.
    pub removed_at: Option<DateTime<Utc>>,
    /// Counts changes, from 1.
    pub version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    Connected,
    /// Meta refuses the token. What is queued waits for a new one.
    NeedsReauth,
    /// Meta restricted or disabled it. What is queued waits.
    Restricted,
}

impl AccountStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::NeedsReauth => "needs_reauth",
            Self::Restricted => "restricted",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AccountError {
    #[error("Meta refuses this account's token: connect it again with a new one")]
    NeedsReauth,
    #[error("Meta restricts this account")]
    Restricted,
}

impl Account {
    /// Whether new messages may be sent now.
    pub fn check_may_send(&self) -> Result<(), AccountError> {
        match self.status {
            AccountStatus::Connected => Ok(()),
            AccountStatus::NeedsReauth => Err(AccountError::NeedsReauth),
            AccountStatus::Restricted => Err(AccountError::Restricted),
        }
    }
}

/// Meta's id of a phone number: decimal digits, kept as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PhoneNumberId(pub String);

impl fmt::Display for PhoneNumberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
