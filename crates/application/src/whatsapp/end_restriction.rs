use chrono::{DateTime, Utc};
use domain::{job::Outcome, organizations::OrganizationId, whatsapp::AccountId};

use super::WhatsApp;
use crate::Error;

impl WhatsApp {
    /// Lets an account go on when the time of its restriction is over, unless Meta, asked
    /// again, still restricts it. One that was lifted before, or moved, is left alone: another
    /// job sees to that.
    #[tracing::instrument(skip_all, fields(account.id = %id))]
    pub(crate) async fn end_restriction(
        &self,
        organization_id: OrganizationId,
        id: AccountId,
        until: DateTime<Utc>,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let account = data.accounts().find(id).await?;
        if account.is_none_or(|account| account.restricted_until != Some(until)) {
            return Ok(Outcome::Done);
        }
        if self.ports.clock.now() < until {
            return Ok(Outcome::Postpone { until });
        }
        self.learn_health(organization_id, None, id).await?;
        Ok(Outcome::Done)
    }
}
