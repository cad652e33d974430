use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{EmailAddress, TokenHash, UserId};

/// What a mail lets its reader do, once and for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeToken {
    pub hash: TokenHash,
    pub purpose: TokenPurpose,
    pub user_id: UserId,
    /// Where it was sent: whoever presents the token reads the mail of this address.
    pub email: EmailAddress,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPurpose {
    PasswordReset,
    EmailVerification,
}

impl TokenPurpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::EmailVerification => "email_verification",
        }
    }
}
