use domain::{job::Outcome, organizations::OrganizationId, whatsapp::AccountId};

use super::{WhatsApp, signal::Signal};
use crate::Error;

impl WhatsApp {
    /// The job that shows a customer that the business has read.
    pub(crate) async fn send_read_receipt(
        &self,
        organization_id: OrganizationId,
        account_id: AccountId,
        wamid: &str,
    ) -> Result<Outcome, Error> {
        self.signal(organization_id, account_id, wamid, Signal::Read)
            .await
    }
}
