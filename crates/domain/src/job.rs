//! Work that must happen after a commit: kept as rows, so that no crash loses it.

#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    auth::{EmailAddress, UserId},
    catalog::ReservationId,
    chats::{ChatId, MessageId},
    customers::{CustomerId, CustomerMergeId},
    id::Id,
    imports::ImportId,
    organizations::{InvitationId, OrganizationId},
    page::{Page, PageRequest},
    storage::FileKey,
    store::StoreError,
    whatsapp::{AccountAlert, AccountId, DeliveryId, MediaId},
};

pub type JobId = Id<QueuedJob>;

/// What is to be done. Handlers are idempotent: a job runs at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    ProcessDelivery {
        delivery_id: DeliveryId,
    },
    SendMessage {
        message_id: MessageId,
        chat_id: ChatId,
    },
    /// Shows the customer that the message and those before it were read.
    SendReadReceipt {
        account_id: AccountId,
        wamid: String,
    },
    /// Shows the customer that somebody types an answer to the message, unless it is late.
    ShowTyping {
        account_id: AccountId,
        wamid: String,
        until: DateTime<Utc>,
    },
    FetchMedia {
        media_id: MediaId,
    },
    /// Opens a chat that is still snoozed until then. Waits by putting itself off.
    EndSnooze {
        chat_id: ChatId,
        until: DateTime<Utc>,
    },
    /// Ends a reservation that nothing came of until then. Waits by putting itself off.
    ReleaseReservation {
        reservation_id: ReservationId,
    },
    /// Tells Meta's catalog of what has changed.
    PushCatalog {
        organization_id: OrganizationId,
    },
    /// Asks Meta what came of what its catalog was told. Waits by putting itself off.
    SettleCatalogBatch {
        catalog_id: String,
        handle: String,
        /// Then nothing more is expected.
        until: DateTime<Utc>,
    },
    /// Reads Meta's catalog, and tells in what it differs.
    CheckCatalog {
        organization_id: OrganizationId,
    },
    /// Gives chats that nobody has to those who are free.
    AssignChats {
        organization_id: OrganizationId,
    },
    /// Lets what waited for an account go on.
    ResumeAccount {
        account_id: AccountId,
    },
    /// Ends a restriction that Meta has named an end of, unless that was moved. Waits by
    /// putting itself off.
    EndRestriction {
        account_id: AccountId,
        until: DateTime<Utc>,
    },
    /// Asks Meta once for what the phone knows on which the number lives, too.
    SyncPhone {
        account_id: AccountId,
    },
    /// Mails an owner or admin what is wrong with an account.
    SendAccountAlert {
        account_id: AccountId,
        user_id: UserId,
        alert: AccountAlert,
        at: DateTime<Utc>,
    },
    /// Greets somebody who has registered, and asks to confirm the e-mail address.
    SendWelcomeMail {
        user_id: UserId,
    },
    SendEmailVerification {
        user_id: UserId,
    },
    /// Looks whether the address is a user's, and if so sends a link. Asking takes the same
    /// time whether it is or not.
    SendPasswordReset {
        email: EmailAddress,
        requested_at: DateTime<Utc>,
    },
    SendInvitation {
        invitation_id: InvitationId,
    },
    /// Tells somebody that their sign-in was changed, for the case that it was not they.
    SendSecurityNotice {
        user_id: UserId,
        notice: SecurityNotice,
        /// Whence it was done.
        address: Option<String>,
        at: DateTime<Utc>,
    },
    /// Forgets how to undo a merge when its time is over. Waits by putting itself off.
    ForgetMerge {
        merge_id: CustomerMergeId,
        until: DateTime<Utc>,
    },
    /// Has what is left of somebody go who was erased.
    EraseCustomer {
        customer_id: CustomerId,
    },
    RunImport {
        organization_id: OrganizationId,
        import_id: ImportId,
    },
    UndoImport {
        organization_id: OrganizationId,
        import_id: ImportId,
    },
    /// Makes customers of all contacts who are none.
    SyncContacts {
        organization_id: OrganizationId,
    },
    /// The file's row is gone.
    DeleteFile {
        key: FileKey,
    },
    /// Deletes what has had its time; comes again every hour.
    Sweep,
    /// Deletes files to which nothing refers; comes again every day.
    SweepFiles,
    /// Empties messages that organizations keep no longer; comes again every day.
    ExpireMessages,
    /// Asks Meta how numbers do that it was not asked about for long; comes again in minutes.
    CheckAccounts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityNotice {
    PasswordChanged,
    PasswordReset,
    TwoFactorEnabled,
    TwoFactorDisabled,
    RecoveryCodesReplaced,
    RecoveryCodeUsed,
}

impl Job {
    /// The name under which it is logged, listed and counted.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ProcessDelivery { .. } => "process_delivery",
            Self::SendMessage { .. } => "send_message",
            Self::SendReadReceipt { .. } => "send_read_receipt",
            Self::ShowTyping { .. } => "show_typing",
            Self::FetchMedia { .. } => "fetch_media",
            Self::EndSnooze { .. } => "end_snooze",
            Self::ReleaseReservation { .. } => "release_reservation",
            Self::PushCatalog { .. } => "push_catalog",
            Self::SettleCatalogBatch { .. } => "settle_catalog_batch",
            Self::CheckCatalog { .. } => "check_catalog",
            Self::AssignChats { .. } => "assign_chats",
            Self::ResumeAccount { .. } => "resume_account",
            Self::EndRestriction { .. } => "end_restriction",
            Self::SyncPhone { .. } => "sync_phone",
            Self::SendAccountAlert { .. } => "send_account_alert",
            Self::SendWelcomeMail { .. } => "send_welcome_mail",
            Self::SendEmailVerification { .. } => "send_email_verification",
            Self::SendPasswordReset { .. } => "send_password_reset",
            Self::SendInvitation { .. } => "send_invitation",
            Self::SendSecurityNotice { .. } => "send_security_notice",
            Self::ForgetMerge { .. } => "forget_merge",
            Self::EraseCustomer { .. } => "erase_customer",
            Self::RunImport { .. } => "run_import",
            Self::UndoImport { .. } => "undo_import",
            Self::SyncContacts { .. } => "sync_contacts",
            Self::DeleteFile { .. } => "delete_file",
            Self::Sweep => "sweep",
            Self::SweepFiles => "sweep_files",
            Self::ExpireMessages => "expire_messages",
            Self::CheckAccounts => "check_accounts",
        }
    }

    /// Jobs with the same key run one after the other, oldest first.
    pub fn ordering_key(&self) -> Option<String> {
        match self {
            Self::SendMessage { chat_id, .. } => Some(format!("chat:{chat_id}")),
            // Not one job at most: whoever frees up while one runs may be too late for it.
            Self::AssignChats { organization_id } => Some(format!("assignment:{organization_id}")),
            // Whoever runs tells of all that has changed: those after it find little to do. What
            // is compared has been told before.
            Self::PushCatalog { organization_id } | Self::CheckCatalog { organization_id } => {
                Some(format!("meta_catalog:{organization_id}"))
            }
            // Of several such mails, the one that comes last must be the one that is good.
            Self::SendPasswordReset { email, .. } => Some(format!("password_reset:{email}")),
            Self::SendInvitation { invitation_id } => Some(format!("invitation:{invitation_id}")),
            Self::SendWelcomeMail { user_id } | Self::SendEmailVerification { user_id } => {
                Some(format!("email_verification:{user_id}"))
            }
            // That trouble is over is not told before the trouble.
            Self::SendAccountAlert {
                account_id,
                user_id,
                ..
            } => Some(format!("account_alert:{account_id}:{user_id}")),
            // Two tables may tell of the same people.
            Self::RunImport {
                organization_id, ..
            }
            | Self::UndoImport {
                organization_id, ..
            } => Some(format!("imports:{organization_id}")),
            // The second finds nothing left to do.
            Self::SyncContacts { organization_id } => Some(format!("contacts:{organization_id}")),
            _ => None,
        }
    }

    /// How often it may fail before it is dead. Outages do not count.
    pub fn max_attempts(&self) -> u32 {
        match self {
            // Meta's own advice for sending. Source: cloud API 6.2.
            Self::SendMessage { .. } => 6,
            Self::SendReadReceipt { .. } | Self::ShowTyping { .. } => 3,
            Self::ProcessDelivery { .. }
            | Self::FetchMedia { .. }
            | Self::EndSnooze { .. }
            | Self::ReleaseReservation { .. }
            | Self::PushCatalog { .. }
            | Self::SettleCatalogBatch { .. }
            | Self::CheckCatalog { .. }
            | Self::AssignChats { .. }
            | Self::ResumeAccount { .. }
            | Self::EndRestriction { .. }
            | Self::SyncPhone { .. }
            | Self::SendAccountAlert { .. }
            | Self::SendWelcomeMail { .. }
            | Self::SendEmailVerification { .. }
            | Self::SendPasswordReset { .. }
            | Self::SendInvitation { .. }
            | Self::SendSecurityNotice { .. }
            | Self::ForgetMerge { .. }
            | Self::EraseCustomer { .. }
            | Self::RunImport { .. }
            | Self::UndoImport { .. }
            | Self::SyncContacts { .. }
            | Self::DeleteFile { .. }
            | Self::Sweep
            | Self::SweepFiles
            | Self::ExpireMessages
            | Self::CheckAccounts => 10,
        }
    }
}

/// A job to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    pub job: Job,
    /// None for jobs of the whole installation.
    pub organization_id: Option<OrganizationId>,
    pub ordering_key: Option<String>,
    pub run_at: DateTime<Utc>,
    /// Of several unfinished jobs with the same key, only the first is stored.
    pub unique_key: Option<String>,
    /// The request that set it off, for the logs.
    pub request_id: Option<String>,
}

/// A job that a worker has claimed. Nobody else runs it until the lease is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedJob {
    pub id: JobId,
    pub job: Job,
    pub organization_id: Option<OrganizationId>,
    pub request_id: Option<String>,
    /// Counts its claims, from 1: a worker whose lease was taken over knows by it.
    pub attempt: u32,
}

/// How a run of a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It ran, failed, and shall run again then.
    Retry {
        at: DateTime<Utc>,
        error: String,
    },
    /// It could not even begin (a limit, a pause): does not count as an attempt.
    Postpone {
        until: DateTime<Utc>,
    },
    /// It shall never run again by itself; kept for people to see.
    Dead {
        error: String,
    },
}

/// A job that is kept because it will not run again by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadJob {
    pub id: JobId,
    pub job: Job,
    pub organization_id: Option<OrganizationId>,
    pub attempts: u32,
    pub error: String,
    pub died_at: DateTime<Utc>,
}

#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Stores a job outside of any unit of work. False if its unique key is taken.
    async fn enqueue(&self, job: &NewJob) -> Result<bool, StoreError>;

    /// Claims up to `limit` jobs that are due, oldest first, for the time of the lease. A job
    /// with an ordering key waits until all older ones with that key are finished. Jobs whose
    /// lease is over are claimed again.
    async fn claim(&self, limit: u32, lease: Duration) -> Result<Vec<QueuedJob>, StoreError>;

    /// Prolongs the lease of a job that still runs. False if it was over and somebody else
    /// has claimed the job since.
    async fn renew(&self, job: &QueuedJob, lease: Duration) -> Result<bool, StoreError>;

    /// Ends this run. False, and nothing changed, if the lease was over and somebody else
    /// has claimed the job since.
    async fn finish(&self, job: &QueuedJob, outcome: &Outcome) -> Result<bool, StoreError>;

    /// Has the organization's jobs that wait for their time run now.
    async fn hasten(&self, organization: OrganizationId) -> Result<(), StoreError>;

    /// Returns when a job may have become ready, in this process or another, or after
    /// `at_most`. May return early for no reason.
    async fn wait(&self, at_most: Duration);

    /// When the next unfinished job is due (or its lease over), if there is any.
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// Newest first.
    async fn dead(&self, page: PageRequest) -> Result<Page<DeadJob>, StoreError>;

    /// Has a dead job run again. False if there is no such dead job.
    async fn revive(&self, id: JobId) -> Result<bool, StoreError>;
}
