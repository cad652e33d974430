//! Who did what to what, when and from where: kept for ever, never changed.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    auth::{EmailAddress, UserId},
    id::Id,
    page::{Page, PageRequest},
    store::StoreError,
};

pub type AuditEntryId = Id<AuditEntry>;

#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    pub id: AuditEntryId,
    pub action: AuditAction,
    /// Nobody if the system did it, or somebody who was not signed in.
    pub actor_id: Option<UserId>,
    pub target: AuditTarget,
    /// Whence the request came.
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
    /// The fields that changed, as they were: never secrets.
    pub before: Option<Value>,
    /// The same fields, as they are since.
    pub after: Option<Value>,
    pub created_at: DateTime<Utc>,
}

/// An entry with the actor's name, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRecord {
    pub entry: AuditEntry,
    pub actor: Option<AuditActor>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditActor {
    pub first_name: String,
    pub last_name: String,
    pub email: EmailAddress,
}

/// What an entry is about: its kind, and its id there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditTarget {
    pub kind: AuditTargetKind,
    pub id: uuid::Uuid,
}

impl AuditTarget {
    pub fn new<T>(kind: AuditTargetKind, id: Id<T>) -> Self {
        Self {
            kind,
            id: id.uuid(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditTargetKind {
    Organization,
    User,
    Session,
    Member,
    Invitation,
    Account,
    Chat,
    Customer,
    Product,
    Category,
    Import,
    Contact,
}

impl AuditTargetKind {
    pub const ALL: [Self; 12] = [
        Self::Organization,
        Self::User,
        Self::Session,
        Self::Member,
        Self::Invitation,
        Self::Account,
        Self::Chat,
        Self::Customer,
        Self::Product,
        Self::Category,
        Self::Import,
        Self::Contact,
    ];
}

/// What was done. The names are stored and shown: they stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    UserRegistered,
    UserUpdated,
    EmailVerified,
    PasswordChanged,
    PasswordReset,
    TwoFactorEnabled,
    TwoFactorDisabled,
    RecoveryCodesReplaced,
    SessionStarted,
    SessionRevoked,
    /// All of a user's sessions.
    SessionsRevoked,
    /// A spent token came again: somebody has stolen it.
    RefreshTokenReused,
    OrganizationUpdated,
    LogoChanged,
    LogoRemoved,
    MemberJoined,
    MemberRoleChanged,
    MemberDeactivated,
    MemberReactivated,
    MemberRemoved,
    OwnershipTransferred,
    InvitationSent,
    InvitationRevoked,
    AccountConnected,
    AccountUpdated,
    AccountRemoved,
    AccountStatusChanged,
    ChatExported,
    ChatAutomationUpdated,
    AssignmentSettingsUpdated,
    CustomerErased,
    /// Nothing is left of somebody who was erased.
    CustomerErasureCompleted,
    ProductCreated,
    ProductUpdated,
    ProductArchived,
    ProductRemoved,
    CategoryCreated,
    CategoryUpdated,
    CategoryRemoved,
    CustomersExported,
    MetaCatalogUpdated,
    ImportStarted,
    ImportCancelled,
    ImportUndone,
    ContactBlocked,
    ContactUnblocked,
}

impl AuditAction {
    pub const ALL: [Self; 46] = [
        Self::UserRegistered,
        Self::UserUpdated,
        Self::EmailVerified,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::TwoFactorEnabled,
        Self::TwoFactorDisabled,
        Self::RecoveryCodesReplaced,
        Self::SessionStarted,
        Self::SessionRevoked,
        Self::SessionsRevoked,
        Self::RefreshTokenReused,
        Self::OrganizationUpdated,
        Self::LogoChanged,
        Self::LogoRemoved,
        Self::MemberJoined,
        Self::MemberRoleChanged,
        Self::MemberDeactivated,
        Self::MemberReactivated,
        Self::MemberRemoved,
        Self::OwnershipTransferred,
        Self::InvitationSent,
        Self::InvitationRevoked,
        Self::AccountConnected,
        Self::AccountUpdated,
        Self::AccountRemoved,
        Self::AccountStatusChanged,
        Self::ChatExported,
        Self::ChatAutomationUpdated,
        Self::AssignmentSettingsUpdated,
        Self::CustomerErased,
        Self::CustomerErasureCompleted,
        Self::ProductCreated,
        Self::ProductUpdated,
        Self::ProductArchived,
        Self::ProductRemoved,
        Self::CategoryCreated,
        Self::CategoryUpdated,
        Self::CategoryRemoved,
        Self::CustomersExported,
        Self::MetaCatalogUpdated,
        Self::ImportStarted,
        Self::ImportCancelled,
        Self::ImportUndone,
        Self::ContactBlocked,
        Self::ContactUnblocked,
    ];
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub action: Option<AuditAction>,
    pub actor_id: Option<UserId>,
    pub target_id: Option<uuid::Uuid>,
    pub from: Option<DateTime<Utc>>,
    /// Excluded.
    pub to: Option<DateTime<Utc>>,
}

/// The organization's audit log. The database itself refuses to change or delete entries.
#[async_trait]
pub trait AuditLog: Send + Sync {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// Newest first.
    async fn list(
        &self,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditRecord>, StoreError>;

    async fn count(&self, filter: &AuditFilter) -> Result<u64, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That these are all words that can be read as a `T`.
    fn assert_complete<T: Serialize + for<'de> Deserialize<'de>>(all: &[T]) {
        let Err(refusal) = serde_json::from_str::<T>("\"?\"") else {
            panic!("anything can be read");
        };
        let refusal = refusal.to_string();
        // "unknown variant `?`, expected one of `user_registered`, …"
        let known: Vec<_> = refusal.split('`').skip(3).step_by(2).collect();
        assert_eq!(serde_json::to_value(all).unwrap(), serde_json::json!(known));
    }

    #[test]
    fn all_words_are_in_the_lists_of_all() {
        assert_complete(&AuditAction::ALL);
        assert_complete(&AuditTargetKind::ALL);
    }
}
