//! Changing an account, and telling of it.

use chrono::{DateTime, Utc};
use domain::{
    audit::AuditAction,
    event::Event,
    job::Job,
    organizations::Permission,
    store::{StoreError, UnitOfWork},
    whatsapp::{Account, AccountAlert, AccountId, AccountStatus, AlertSubject},
};
use serde_json::json;

use super::audit_target;
use crate::{Actor, audit};

/// Changes an account while nobody else does. Clients, the audit log, owners and admins are
/// told of it in the same unit of work; it was the program's finding if there is no actor.
/// Answers the account as it is then, or none if there is no such account.
pub(super) async fn change_account(
    uow: &dyn UnitOfWork,
    actor: Option<&Actor>,
    id: AccountId,
    now: DateTime<Utc>,
    change: impl FnOnce(&mut Account),
) -> Result<Option<Account>, StoreError> {
    let Some(before) = uow.accounts().lock(id).await? else {
        return Ok(None);
    };
    let mut account = before.clone();
    change(&mut account);
    if account != before {
        account.updated_at = now;
    }
    if actor.is_some() && account.status == AccountStatus::Connected {
        account.told.forget(AlertSubject::Status);
    }
    let alerts = account.take_alerts(now);
    if account == before {
        return Ok(Some(before));
    }
    if !uow.accounts().update(&account).await? {
        let reason = "somebody else is changing the account";
        return Err(StoreError::Unavailable(reason.into()));
    }
    tell_of_status(uow, actor, &before, &account, now).await?;
    if account.health != before.health {
        uow.record(Event::AccountHealthChanged {
            account_id: id,
            health: account.health,
        });
    }
    tell_by_mail(uow, id, &alerts, now).await?;
    uow.accounts().find(id).await
}

async fn tell_of_status(
    uow: &dyn UnitOfWork,
    actor: Option<&Actor>,
    before: &Account,
    after: &Account,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let told = |account: &Account| {
        json!({
            "status": account.status,
            "statusReason": account.status_reason,
            "restrictedUntil": account.restricted_until,
            "mayAnswer": account.may_answer,
        })
    };
    if told(before) == told(after) {
        return Ok(());
    }
    tracing::warn!(
        account.id = %after.id,
        status = after.status.as_str(),
        reason = after.status_reason,
        "An account's status changed"
    );
    let target = audit_target(after.id);
    let entry = audit::entry_by(actor, AuditAction::AccountStatusChanged, target, now);
    let entry = audit::changing(entry, told(before), told(after));
    uow.audit_log().append(&entry).await?;
    uow.record(Event::AccountStatusChanged {
        account_id: after.id,
        status: after.status,
        reason: after.status_reason.clone(),
        restricted_until: after.restricted_until,
        may_answer: after.may_answer,
    });
    if let Some(until) = after.restricted_until
        && before.restricted_until != Some(until)
    {
        uow.enqueue(Job::EndRestriction {
            account_id: after.id,
            until,
        });
    }
    Ok(())
}

/// A job for each mail, so that none is sent twice because another failed.
async fn tell_by_mail(
    uow: &dyn UnitOfWork,
    account_id: AccountId,
    alerts: &[AccountAlert],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if alerts.is_empty() {
        return Ok(());
    }
    for user_id in uow.members().who_may(Permission::AccountsWrite).await? {
        for alert in alerts {
            uow.enqueue(Job::SendAccountAlert {
                account_id,
                user_id,
                alert: alert.clone(),
                at,
            });
        }
    }
    Ok(())
}
