use chrono::{DateTime, Utc};
use domain::{job::Outcome, organizations::OrganizationId, whatsapp::AccountId};

use super::{WhatsApp, signal::Signal};
use crate::Error;

impl WhatsApp {
    /// The job that shows a customer that somebody types. Nobody types any more when it is
    /// late.
    pub(crate) async fn show_typing(
        &self,
        organization_id: OrganizationId,
        account_id: AccountId,
        wamid: &str,
        until: DateTime<Utc>,
    ) -> Result<Outcome, Error> {
        if self.ports.clock.now() >= until {
            return Ok(Outcome::Done);
        }
        self.signal(organization_id, account_id, wamid, Signal::Typing)
            .await
    }
}
