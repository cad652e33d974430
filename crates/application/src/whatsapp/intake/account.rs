use domain::{
    store::StoreError,
    whatsapp::{Account, AccountStatus, webhook::AccountChange},
};

use super::Intake;
use crate::whatsapp::change_account::change_account;

impl Intake<'_> {
    pub(super) async fn take_account_change(
        &self,
        change: &AccountChange,
    ) -> Result<bool, StoreError> {
        let account = self.change_account(|account| self.apply(account, change));
        Ok(account.await?.is_some())
    }

    pub(super) async fn change_account(
        &self,
        change: impl FnOnce(&mut Account),
    ) -> Result<Option<Account>, StoreError> {
        change_account(self.uow, None, self.account_id, self.now, change).await
    }

    fn apply(&self, account: &mut Account, change: &AccountChange) {
        let health = &mut account.health;
        match change {
            // One that came so late that it is over.
            AccountChange::Restricted { until, .. } if until.is_some_and(|at| at <= self.now) => {}
            AccountChange::Restricted {
                reason,
                until,
                may_answer,
            } => account.restrict(reason.clone(), *until, *may_answer),
            AccountChange::Reinstated => {
                health.warning = None;
                // Only Meta's restriction is lifted: a bad token stays bad.
                if account.status == AccountStatus::Restricted {
                    account.resume();
                }
            }
            AccountChange::Warning(text) => health.warning.clone_from(text),
            AccountChange::MessagingLimit {
                limit,
                high_throughput,
            } => {
                health.messaging_limit = Some(limit.clone());
                if *high_throughput {
                    health.upgrade_throughput();
                }
            }
            AccountChange::Quality(quality) => health.quality_rating = Some(quality.clone()),
            AccountChange::Name {
                requested,
                decision,
            } => {
                health.name_status = Some(decision.clone());
                if decision == "APPROVED" {
                    health.verified_name = Some(requested.clone());
                }
            }
        }
    }
}
