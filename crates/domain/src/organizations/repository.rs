use async_trait::async_trait;
use chrono::{DateTime, Utc};
use iso_currency::Currency;

use super::{
    Availability, Invitation, InvitationId, Member, MemberName, MemberProfile, Organization,
    OrganizationId, Permission,
};
use crate::{
    auth::{EmailAddress, TokenHash, UserId},
    page::{Page, PageRequest},
    store::StoreError,
};

/// The one organization of the unit of work.
#[async_trait]
pub trait OrganizationRepository: Send + Sync {
    /// None before it is inserted.
    async fn current(&self) -> Result<Option<Organization>, StoreError>;

    /// False if the slug is taken; nothing is stored then.
    async fn insert(&self, organization: &Organization) -> Result<bool, StoreError>;

    /// Stores it as the version after `organization.version`, if that is still the stored
    /// one; else answers false. Leaves `currency_locked` as it is.
    async fn update(&self, organization: &Organization) -> Result<bool, StoreError>;

    /// The currency, which does not change before this unit of work ends. None before the
    /// organization is inserted.
    async fn hold_currency(&self) -> Result<Option<Currency>, StoreError>;

    /// From now on the currency stays. Whatever records money calls it in its unit of work;
    /// whoever changes the currency at the same time waits, or is waited for.
    async fn lock_currency(&self) -> Result<(), StoreError>;
}

/// Who works in the organization.
#[async_trait]
pub trait MemberRepository: Send + Sync {
    /// None also if the member was removed.
    async fn find(&self, id: UserId) -> Result<Option<MemberProfile>, StoreError>;

    /// As `find`, and the member's place does not change before this unit of work ends.
    async fn lock(&self, id: UserId) -> Result<Option<Member>, StoreError>;

    /// Those of them who were not removed, in no order.
    async fn find_all(&self, ids: &[UserId]) -> Result<Vec<MemberProfile>, StoreError>;

    /// Those with these e-mail addresses, whose places do not change before this unit of work
    /// ends; in no order.
    async fn lock_by_emails(
        &self,
        emails: &[EmailAddress],
    ) -> Result<Vec<MemberProfile>, StoreError>;

    /// What these are called, in no particular order, those who were removed included.
    async fn names(&self, ids: &[UserId]) -> Result<Vec<MemberName>, StoreError>;

    /// Those who were not removed, the newest first.
    async fn list(&self, page: PageRequest) -> Result<Page<MemberProfile>, StoreError>;

    /// The active members who may do this, at most 100, in no particular order.
    async fn who_may(&self, permission: Permission) -> Result<Vec<UserId>, StoreError>;

    /// How many there are in the list.
    async fn count(&self) -> Result<u64, StoreError>;

    /// False if the user is a member already; nothing is stored then. One who was removed
    /// comes back.
    async fn insert(&self, member: &Member) -> Result<bool, StoreError>;

    /// Stores role and activity as the version after `member.version`, if that is still the
    /// stored one; else answers false.
    async fn update(&self, member: &Member) -> Result<bool, StoreError>;

    /// Notes whether chats may be given to the member; is no change of the member's version.
    /// False if there is no such member.
    async fn set_availability(
        &self,
        id: UserId,
        availability: Availability,
    ) -> Result<bool, StoreError>;

    /// Notes when the member last signed in; is no change of the member's version.
    async fn signed_in(&self, id: UserId, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// The member signs in no more and is in no list; what the member did keeps its name.
    /// False if there is no such member.
    async fn remove(&self, id: UserId, at: DateTime<Utc>) -> Result<bool, StoreError>;

    /// The active owners, whom no other unit of work changes until this one ends: of owners
    /// who leave at the same time, the second sees that the first is gone.
    async fn lock_owners(&self) -> Result<Vec<UserId>, StoreError>;
}

/// The organization's open invitations.
#[async_trait]
pub trait InvitationRepository: Send + Sync {
    async fn find(&self, id: InvitationId) -> Result<Option<Invitation>, StoreError>;

    /// That of this address, expired or not, which no other unit of work changes until this
    /// one ends.
    async fn lock_by_email(&self, email: &EmailAddress) -> Result<Option<Invitation>, StoreError>;

    /// Newest first, expired ones included.
    async fn list(&self, page: PageRequest) -> Result<Page<Invitation>, StoreError>;

    async fn count(&self) -> Result<u64, StoreError>;

    /// Stores the invitation, or, if its address has one already, gives that one this role,
    /// inviter and expiry and voids its token. Answers the invitation as it is stored.
    async fn upsert(&self, invitation: &Invitation) -> Result<Invitation, StoreError>;

    /// The token that a mail brings; the one before it is void.
    async fn set_token(&self, id: InvitationId, hash: &TokenHash) -> Result<(), StoreError>;

    /// False if there is no such invitation: of many who accept the same one, one wins.
    async fn remove(&self, id: InvitationId) -> Result<bool, StoreError>;

    async fn remove_by_email(&self, email: &EmailAddress) -> Result<(), StoreError>;
}

/// Where a token leads.
#[async_trait]
pub trait InvitationDirectory: Send + Sync {
    /// Also if the invitation has expired.
    async fn find_by_token(
        &self,
        hash: &TokenHash,
    ) -> Result<Option<(OrganizationId, Invitation)>, StoreError>;

    /// Deletes at most `limit` invitations that expired before this time; answers how many.
    async fn sweep_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<u64, StoreError>;
}
