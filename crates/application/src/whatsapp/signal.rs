use domain::{
    job::Outcome,
    organizations::OrganizationId,
    whatsapp::{AccountId, CloudApiError, Duty, Pause},
};

use super::{WhatsApp, explain};
use crate::Error;

/// What a customer is shown of the business, besides messages.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    Read,
    Typing,
}

impl WhatsApp {
    /// May run twice, and is not worth waiting for.
    pub(super) async fn signal(
        &self,
        organization_id: OrganizationId,
        account_id: AccountId,
        wamid: &str,
        signal: Signal,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let Some(account) = data.accounts().find(account_id).await? else {
            return Ok(Outcome::Done);
        };
        if account.check_may_answer().is_err() {
            return Ok(Outcome::Done);
        }
        let credentials = self.credentials(&account)?;
        let meta = &self.ports.cloud_api;
        let answer = match signal {
            Signal::Read => meta.mark_read(&credentials, wamid).await,
            Signal::Typing => meta.show_typing(&credentials, wamid).await,
        };
        match answer {
            Ok(()) => {}
            Err(CloudApiError::Refused(error)) => match error.duty() {
                Duty::Pause(Pause::Account(status)) => {
                    self.pause_account(organization_id, &account, status, &explain(&error))
                        .await?;
                }
                Duty::Retry | Duty::SlowNumber | Duty::SlowPair => {
                    return Err(Error::internal(CloudApiError::Refused(error)));
                }
                Duty::Pause(Pause::Message) | Duty::Final => {
                    tracing::warn!(%error, ?signal, "Meta refused a sign to the customer");
                }
            },
            // Not worth an outage's queue: the customer will see the next one.
            Err(error) => tracing::warn!(%error, ?signal, "A sign to the customer got lost"),
        }
        Ok(Outcome::Done)
    }
}
