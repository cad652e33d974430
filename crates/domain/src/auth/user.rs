use chrono::{DateTime, Utc};

use super::{EmailAddress, PasswordHash};
use crate::{id::Id, sealed::Sealed, text::PhoneNumber};

pub type UserId = Id<User>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub first_name: String,
    pub last_name: String,
    pub email: EmailAddress,
    pub phone_number: PhoneNumber,
    pub password_hash: PasswordHash,
    pub email_verified: bool,
    pub two_factor: TwoFactor,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Whether signing in asks for a code besides the password (TOTP, RFC 6238).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TwoFactor {
    Off,
    /// The secret was shown, but no code has proven yet that an authenticator has it.
    Enrolling {
        secret: Sealed,
    },
    On {
        secret: Sealed,
        /// The time step of the last code that was taken: none is taken twice.
        last_step: i64,
    },
}

impl TwoFactor {
    pub fn is_on(&self) -> bool {
        matches!(self, Self::On { .. })
    }
}
