use chrono::Duration;
use domain::{job::Outcome, whatsapp::DueCheck};

use super::{WhatsApp, check_account::AGAIN};
use crate::Error;

const COMES_AGAIN: Duration = Duration::minutes(5);
const BATCH: u32 = 50;
/// How long one run may go on, so that nobody waits for its end while Meta does not answer.
const AT_MOST: Duration = Duration::seconds(30);

impl WhatsApp {
    /// The job that asks Meta how numbers do of which it was not asked for hours, those first
    /// that wait longest, and comes again in some minutes. One after the other, so that many
    /// numbers keep no messages waiting.
    pub(crate) async fn check_accounts(&self) -> Result<Outcome, Error> {
        let started_at = self.ports.clock.now();
        let system = self.ports.store.read_system();
        let due = system.accounts().due_for_check(started_at, BATCH).await?;
        let is_all = due.len() < BATCH as usize;
        for check in due {
            self.check_in_turn(check).await?;
            let now = self.ports.clock.now();
            if now > started_at + AT_MOST {
                return Ok(Outcome::Postpone { until: now });
            }
        }
        let now = self.ports.clock.now();
        let until = if is_all { now + COMES_AGAIN } else { now };
        Ok(Outcome::Postpone { until })
    }

    /// One that cannot be looked at must not keep the others.
    async fn check_in_turn(&self, check: DueCheck) -> Result<(), Error> {
        let DueCheck {
            organization_id,
            account_id,
        } = check;
        let learnt = self.learn_health(organization_id, None, account_id).await;
        let Err(error) = learnt else { return Ok(()) };
        tracing::error!(
            error = &error as &dyn std::error::Error,
            account.id = %account_id,
            "How an account does is not known"
        );
        let next_at = self.ports.clock.now() + AGAIN;
        let uow = self.ports.store.begin(organization_id).await?;
        uow.accounts().note_check(account_id, None, next_at).await?;
        Ok(uow.commit().await?)
    }
}
