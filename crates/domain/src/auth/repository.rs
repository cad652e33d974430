use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{EmailAddress, RefreshToken, Session, SessionId, TokenHash, User, UserId};
use crate::{
    organizations::{OrganizationId, Role},
    store::StoreError,
};

/// All users of the installation.
#[async_trait]
pub trait UserRepository: Send + Sync {
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError>;

    async fn find_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError>;

    /// False if the e-mail address is taken; nothing is stored then.
    async fn insert(&self, user: &User) -> Result<bool, StoreError>;

    /// The organization that the user works in, with the role there; none if the user is
    /// not an active member of any.
    async fn membership(&self, id: UserId) -> Result<Option<(OrganizationId, Role)>, StoreError>;

    /// The organization that registered first in the installation.
    async fn first_organization(&self) -> Result<Option<OrganizationId>, StoreError>;
}

/// Whom a living session stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub organization_id: OrganizationId,
    pub role: Role,
}

/// All sessions of the installation.
#[async_trait]
pub trait SessionRepository: Send + Sync {
    async fn insert(&self, session: &Session) -> Result<(), StoreError>;

    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// Whom the session stands for, if it is not over at this time and its user is still an
    /// active member of its organization.
    async fn signed_in(
        &self,
        id: SessionId,
        now: DateTime<Utc>,
    ) -> Result<Option<SignedIn>, StoreError>;

    /// Moves on when the session was last used and when it expires.
    async fn prolong(
        &self,
        id: SessionId,
        last_used_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Ends the session: its row and its refresh tokens go. False if it was over already.
    async fn end(&self, id: SessionId) -> Result<bool, StoreError>;

    async fn insert_refresh_token(&self, token: &RefreshToken) -> Result<(), StoreError>;

    async fn find_refresh_token(
        &self,
        hash: &TokenHash,
    ) -> Result<Option<RefreshToken>, StoreError>;

    /// Marks the token as spent. False if it was spent already: of many who present the same
    /// token, one wins.
    async fn spend_refresh_token(
        &self,
        hash: &TokenHash,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Keeps a single-use realtime ticket until `expires_at`.
    async fn insert_ticket(
        &self,
        hash: &TokenHash,
        session_id: SessionId,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Uses up a ticket and answers its session, if it exists and has not expired.
    async fn redeem_ticket(
        &self,
        hash: &TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<SessionId>, StoreError>;

    /// Deletes at most `limit` sessions and tickets that expired before `now`; answers how many.
    async fn sweep_expired(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError>;
}
