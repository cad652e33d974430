//! Accounts, what comes in from Meta, and the files that come with it.

mod check_account;
mod connect_account;
mod fetch_media;
mod get_media_url;
mod hand_over_media;
mod intake;
mod left_overs;
mod list_accounts;
mod list_contacts;
mod process_delivery;
mod receive_delivery;
mod remove_account;
mod send_read_receipt;
mod show_typing;
mod signal;
mod signature;
mod update_account;
mod upload_media;

pub use connect_account::ConnectAccount;
pub(crate) use hand_over_media::HandOver;
pub use list_accounts::AccountList;
pub use list_contacts::ContactList;
pub use update_account::UpdateAccount;
pub use upload_media::UploadMedia;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    event::Event,
    organizations::OrganizationId,
    store::{StoreError, UnitOfWork},
    whatsapp::{Account, AccountId, AccountStatus, CloudApiError, Credentials, MetaError},
};
use serde_json::{Value, json};

use crate::{Actor, Error, Ports, Settings, audit};

#[derive(Clone)]
pub struct WhatsApp {
    ports: Ports,
    settings: Arc<Settings>,
}

impl WhatsApp {
    pub(crate) fn new(ports: Ports, settings: Arc<Settings>) -> Self {
        Self { ports, settings }
    }

    /// With what right Meta is asked on behalf of the account.
    pub(crate) fn credentials(&self, account: &Account) -> Result<Credentials, Error> {
        let access_token = self
            .settings
            .sealing_keys
            .open(&account.access_token, &access_token_purpose(account.id))
            .map_err(Error::internal)?;
        Ok(Credentials {
            phone_number_id: account.phone_number_id.clone(),
            business_account_id: account.business_account_id.clone(),
            access_token,
        })
    }

    /// Lets the account stand still until a person acts.
    pub(crate) async fn pause_account(
        &self,
        organization_id: OrganizationId,
        account_id: AccountId,
        status: AccountStatus,
        reason: &str,
    ) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(organization_id).await?;
        set_status(uow.as_ref(), account_id, status, Some(reason), now).await?;
        Ok(uow.commit().await?)
    }
}

/// Changes the status, as Meta wants it, and tells so; nothing if it was that already.
async fn set_status(
    uow: &dyn UnitOfWork,
    account_id: AccountId,
    status: AccountStatus,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(before) = uow.accounts().find(account_id).await? else {
        return Ok(());
    };
    if uow
        .accounts()
        .set_status(account_id, status, reason, now)
        .await?
    {
        tracing::warn!(account.id = %account_id, status = status.as_str(), reason, "An account's status changed");
        let after = Account {
            status,
            status_reason: reason.map(str::to_owned),
            ..before.clone()
        };
        log_status_change(uow, None, &before, &after, now).await?;
    }
    Ok(())
}

/// Tells clients and the audit log of an account that its status has changed; it was the
/// program's finding if there is no actor.
async fn log_status_change(
    uow: &dyn UnitOfWork,
    actor: Option<&Actor>,
    before: &Account,
    after: &Account,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let status = |account: &Account| json!({"status": account.status, "statusReason": account.status_reason});
    let target = audit_target(after.id);
    let entry = audit::entry_by(actor, AuditAction::AccountStatusChanged, target, now);
    let entry = audit::changing(entry, status(before), status(after));
    uow.audit_log().append(&entry).await?;
    uow.record(Event::AccountStatusChanged {
        account_id: after.id,
        status: after.status,
        reason: after.status_reason.clone(),
    });
    Ok(())
}

fn audit_target(account_id: AccountId) -> AuditTarget {
    AuditTarget::new(AuditTargetKind::Account, account_id)
}

/// What the audit log tells of an account: nothing secret.
fn audited(account: &Account) -> Value {
    json!({
        "phoneNumberId": account.phone_number_id,
        "businessAccountId": account.business_account_id,
        "displayName": account.display_name,
        "sendReadReceipts": account.send_read_receipts,
        "status": account.status,
    })
}

/// Sealed secrets are bound to what they are for, so that none can be put in another's place.
fn access_token_purpose(account_id: AccountId) -> String {
    format!("{account_id}/access_token")
}

fn app_secret_purpose(account_id: AccountId) -> String {
    format!("{account_id}/app_secret")
}

/// Meta's words for people.
fn explain(error: &MetaError) -> String {
    error
        .hint()
        .map_or_else(|| error.to_string(), str::to_owned)
}

/// Meta cannot be asked now: the same may succeed later.
fn meta_unavailable(error: CloudApiError) -> Error {
    Error::Unavailable {
        what: "whatsapp",
        cause: Box::new(error),
    }
}
