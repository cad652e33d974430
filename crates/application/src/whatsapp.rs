//! Accounts, what comes in from Meta, and the files that come with it.

mod check_account;
mod connect_account;
mod fetch_media;
mod get_media_url;
mod intake;
mod left_overs;
mod list_accounts;
mod list_contacts;
mod process_delivery;
mod receive_delivery;
mod remove_account;
mod sealing;
mod send_read_receipt;
mod signature;
mod update_account;

pub use connect_account::ConnectAccount;
pub use list_accounts::AccountList;
pub use list_contacts::ContactList;
pub use sealing::{SealingKeys, SealingKeysError};
pub use update_account::UpdateAccount;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    event::Event,
    organizations::OrganizationId,
    store::{StoreError, UnitOfWork},
    whatsapp::{Account, AccountId, AccountStatus, CloudApiError, Credentials, MetaError},
};

use crate::{Error, Ports, Settings};

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

/// Changes the status and tells so; nothing if it was that already.
async fn set_status(
    uow: &dyn UnitOfWork,
    account_id: AccountId,
    status: AccountStatus,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if uow
        .accounts()
        .set_status(account_id, status, reason, now)
        .await?
    {
        tracing::warn!(account.id = %account_id, status = status.as_str(), reason, "An account's status changed");
        uow.record(Event::AccountStatusChanged {
            account_id,
            status,
            reason: reason.map(str::to_owned),
        });
    }
    Ok(())
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
