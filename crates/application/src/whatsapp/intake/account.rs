use domain::{
    audit::AuditAction,
    store::StoreError,
    whatsapp::{Account, AccountStatus, webhook::AccountChange},
};

use super::Intake;
use crate::{
    audit,
    whatsapp::{audit_target, audited, check_account::HIGH_THROUGHPUT_PER_SECOND, set_status},
};

impl Intake<'_> {
    pub(super) async fn take_account_change(
        &self,
        change: &AccountChange,
    ) -> Result<bool, StoreError> {
        let Some(account) = self.uow.accounts().find(self.account_id).await? else {
            return Ok(false);
        };
        let status = match change {
            AccountChange::Restricted { reason } => {
                Some((AccountStatus::Restricted, Some(reason.as_str())))
            }
            // Only Meta's restriction is lifted: a bad token stays bad.
            AccountChange::Reinstated if account.status == AccountStatus::Restricted => {
                Some((AccountStatus::Connected, None))
            }
            _ => None,
        };
        if let Some((status, reason)) = status {
            set_status(self.uow, account.id, status, reason, self.now).await?;
            return Ok(true);
        }
        let mut changed = account.clone();
        apply(&mut changed, change);
        if changed != account {
            changed.updated_at = self.now;
            if !self.uow.accounts().update(&changed).await? {
                let reason = "somebody else is changing the account";
                return Err(StoreError::Unavailable(reason.into()));
            }
            self.log_update(&account, &changed).await?;
        }
        Ok(true)
    }

    /// What Meta alone knows of a number, such as its quality, is no news for the audit log.
    async fn log_update(&self, before: &Account, after: &Account) -> Result<(), StoreError> {
        let (before, after, id) = (audited(before), audited(after), after.id);
        if before == after {
            return Ok(());
        }
        let target = audit_target(id);
        let entry = audit::entry_by(None, AuditAction::AccountUpdated, target, self.now);
        let entry = audit::changing(entry, before, after);
        self.uow.audit_log().append(&entry).await
    }
}

fn apply(account: &mut Account, change: &AccountChange) {
    match change {
        AccountChange::Restricted { .. } | AccountChange::Reinstated => {}
        AccountChange::MessagingLimit {
            limit,
            high_throughput,
        } => {
            account.messaging_limit = Some(limit.clone());
            if *high_throughput {
                account.throughput_per_second = HIGH_THROUGHPUT_PER_SECOND;
            }
        }
        AccountChange::Quality(quality) => account.quality_rating = Some(quality.clone()),
        AccountChange::Name(name) => account.display_name.clone_from(name),
    }
}
