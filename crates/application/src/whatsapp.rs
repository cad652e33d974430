//! Accounts, what comes in from Meta, and the files that come with it.

mod block_contact;
mod change_account;
mod check_account;
mod check_accounts;
mod connect_account;
mod end_restriction;
mod fetch_media;
mod get_contact;
mod get_media_url;
mod hand_over_media;
mod intake;
mod left_overs;
mod list_accounts;
mod list_contacts;
mod process_delivery;
mod receive_delivery;
mod remove_account;
mod send_account_alert;
mod send_read_receipt;
mod show_typing;
mod signal;
mod signature;
mod sync_contacts;
mod sync_phone;
mod update_account;
mod upload_media;

pub use connect_account::ConnectAccount;
pub use get_contact::ContactDetails;
pub(crate) use hand_over_media::HandOver;
pub use list_accounts::AccountList;
pub use list_contacts::ContactList;
pub use update_account::UpdateAccount;
pub use upload_media::UploadMedia;

use std::{sync::Arc, time::Duration};

use domain::{
    audit::{AuditTarget, AuditTargetKind},
    organizations::OrganizationId,
    whatsapp::{Account, AccountId, AccountStatus, CloudApiError, Credentials, MetaError},
};
use serde_json::{Value, json};

use self::change_account::change_account;
use crate::{Error, Ports, Settings};

/// How often it is looked whether an account that stands still goes on.
pub(crate) const ACCOUNT_POLL: Duration = Duration::from_mins(1);

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

    /// Lets the account stand still until a person acts. `account` is as it was when Meta was
    /// asked: what Meta says of one token says nothing of another.
    pub(crate) async fn pause_account(
        &self,
        organization_id: OrganizationId,
        account: &Account,
        status: AccountStatus,
        reason: &str,
    ) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(organization_id).await?;
        change_account(uow.as_ref(), None, account.id, now, |current| {
            if current.access_token == account.access_token {
                current.pause(status, reason);
            }
        })
        .await?;
        Ok(uow.commit().await?)
    }
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
pub(crate) fn explain(error: &MetaError) -> String {
    error
        .hint()
        .map_or_else(|| error.to_string(), str::to_owned)
}

/// Meta cannot be asked now: the same may succeed later.
pub(crate) fn meta_unavailable(error: CloudApiError) -> Error {
    Error::Unavailable {
        what: "whatsapp",
        cause: Box::new(error),
    }
}
