use chrono::{DateTime, Utc};

use super::{EmailAddress, PasswordHash};
use crate::{id::Id, text::PhoneNumber};

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
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
