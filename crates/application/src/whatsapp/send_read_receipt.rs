use domain::{
    job::Outcome,
    organizations::OrganizationId,
    whatsapp::{AccountId, CloudApiError, Duty, Pause},
};

use super::{WhatsApp, explain};
use crate::Error;

impl WhatsApp {
    /// The job that shows a customer that the business has read. It may run twice, and is
    /// not worth waiting for.
    pub(crate) async fn send_read_receipt(
        &self,
        organization_id: OrganizationId,
        account_id: AccountId,
        wamid: &str,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let Some(account) = data.accounts().find(account_id).await? else {
            return Ok(Outcome::Done);
        };
        if account.check_may_send().is_err() {
            return Ok(Outcome::Done);
        }
        let credentials = self.credentials(&account)?;
        match self.ports.cloud_api.mark_read(&credentials, wamid).await {
            Ok(()) => {}
            Err(CloudApiError::Refused(error)) => match error.duty() {
                Duty::Pause(Pause::Account(status)) => {
                    self.pause_account(organization_id, account_id, status, &explain(&error))
                        .await?;
                }
                Duty::Retry | Duty::SlowNumber | Duty::SlowPair => {
                    return Err(Error::internal(CloudApiError::Refused(error)));
                }
                Duty::Pause(Pause::Message) | Duty::Final => {
                    tracing::warn!(%error, "Meta refused a read receipt");
                }
            },
            // Not worth an outage's queue: the customer will see the next one.
            Err(error) => tracing::warn!(%error, "A read receipt got lost"),
        }
        Ok(Outcome::Done)
    }
}
