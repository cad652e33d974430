use chrono::{DateTime, Duration, Utc};

use super::Role;
use crate::{
    auth::{EmailAddress, UserId},
    id::Id,
};

pub type InvitationId = Id<Invitation>;

/// Somebody was asked to join. It goes when it is accepted or revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    /// One open invitation for each address.
    pub email: EmailAddress,
    pub role: Role,
    pub invited_by: UserId,
    pub created_at: DateTime<Utc>,
    /// Moves on when it is sent again.
    pub expires_at: DateTime<Utc>,
}

impl Invitation {
    pub const LIFETIME: Duration = Duration::days(7);

    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        now >= self.expires_at
    }
}
