use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    EmailAddress, OneTimeToken, RefreshToken, Session, SessionId, TokenHash, TokenPurpose, User,
    UserId,
};
use crate::{
    organizations::{OrganizationId, Role},
    page::{Page, PageRequest},
    store::StoreError,
};

/// An organization in which a user is an active member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub organization_id: OrganizationId,
    pub organization_name: String,
    pub role: Role,
}

/// All users of the installation.
#[async_trait]
pub trait UserRepository: Send + Sync {
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError>;

    async fn find_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError>;

    /// False if the e-mail address is taken; nothing is stored then.
    async fn insert(&self, user: &User) -> Result<bool, StoreError>;

    /// The user, whom no other unit of work changes until this one ends.
    async fn lock(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Stores what may change of a user: all but id, e-mail address and creation.
    async fn update(&self, user: &User) -> Result<(), StoreError>;

    /// The organizations in which the user is an active member, the one last signed in to
    /// first; at most 100.
    async fn memberships(&self, id: UserId) -> Result<Vec<Membership>, StoreError>;

    /// Puts these recovery codes in the place of the user's older ones.
    async fn replace_recovery_codes(
        &self,
        id: UserId,
        hashes: &[TokenHash],
    ) -> Result<(), StoreError>;

    /// Uses up a recovery code. False if the user has no such code: of many who present the
    /// same one, one wins.
    async fn spend_recovery_code(&self, id: UserId, hash: &TokenHash) -> Result<bool, StoreError>;

    /// How many recovery codes the user has left.
    async fn count_recovery_codes(&self, id: UserId) -> Result<u64, StoreError>;

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

    /// The user's sessions that are not over at this time, in all organizations.
    async fn of_user(
        &self,
        id: UserId,
        now: DateTime<Utc>,
        page: PageRequest,
    ) -> Result<Page<Session>, StoreError>;

    /// How many of the user's sessions are not over at this time, in all organizations.
    async fn count_of_user(&self, id: UserId, now: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Ends the session: its row and its refresh tokens go. False if it was over already.
    async fn end(&self, id: SessionId) -> Result<bool, StoreError>;

    /// Ends the user's sessions, in one organization or in all, but for the one that is to
    /// stay; answers which they were.
    async fn end_all(
        &self,
        id: UserId,
        organization: Option<OrganizationId>,
        stays: Option<SessionId>,
    ) -> Result<Vec<(OrganizationId, SessionId)>, StoreError>;

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

/// The tokens that were sent by mail, of the whole installation.
#[async_trait]
pub trait OneTimeTokenRepository: Send + Sync {
    /// Stores the token; those that the user had before for the same purpose are void.
    async fn insert(&self, token: &OneTimeToken) -> Result<(), StoreError>;

    /// Uses up a token and answers it, if it is for this purpose and has not expired.
    async fn redeem(
        &self,
        hash: &TokenHash,
        purpose: TokenPurpose,
        now: DateTime<Utc>,
    ) -> Result<Option<OneTimeToken>, StoreError>;

    /// Voids the user's tokens for this purpose.
    async fn revoke(&self, id: UserId, purpose: TokenPurpose) -> Result<(), StoreError>;

    /// Deletes at most `limit` tokens that expired before `now`; answers how many.
    async fn sweep_expired(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError>;
}
