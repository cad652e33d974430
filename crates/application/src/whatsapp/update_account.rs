use domain::{
    audit::AuditAction,
    event::Event,
    organizations::Permission,
    whatsapp::{
        Account, AccountHealth, AccountId, AccountStatus, AlertSubject, PhoneNumberId, ToldAlerts,
    },
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{WhatsApp, audit_target, audited, connect_account::phone_number_id_taken};
use crate::{Actor, Error, audit};

/// What changes of an account; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateAccount {
    /// The version that is to be changed, if that matters.
    pub expected_version: Option<i64>,
    pub phone_number_id: Option<PhoneNumberId>,
    pub business_account_id: Option<String>,
    pub access_token: Option<SecretString>,
    /// `Some(None)`: the platform's signs from now on.
    pub app_secret: Option<Option<SecretString>>,
    pub display_name: Option<String>,
    pub send_read_receipts: Option<bool>,
}

impl WhatsApp {
    /// Changes an account. A new token is tried out at once, and sets free what waited for
    /// it.
    #[tracing::instrument(skip_all, fields(account.id = %id))]
    pub async fn update_account(
        &self,
        actor: &Actor,
        id: AccountId,
        command: UpdateAccount,
    ) -> Result<Account, Error> {
        actor.require(Permission::AccountsWrite)?;
        let organization_id = actor.organization_id();
        let before = self.get_account(actor, id).await?;
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let account = self.changed(&before, command)?;
        if account == before {
            return Ok(before);
        }
        if account.phone_number_id != before.phone_number_id {
            self.check_ownership(&self.credentials(&account)?).await?;
        }
        let uow = self.ports.store.begin(organization_id).await?;
        if !uow.accounts().update(&account).await? {
            drop(uow);
            return Err(self.why_not_updated(&account).await?);
        }
        if account.phone_number_id != before.phone_number_id {
            // Of another number's phone nothing is known.
            uow.accounts().set_history(id, None).await?;
        }
        if account.status != before.status {
            uow.record(Event::AccountStatusChanged {
                account_id: id,
                status: account.status,
                reason: account.status_reason.clone(),
                restricted_until: account.restricted_until,
                may_answer: account.may_answer,
            });
        }
        let entry = actor.entry(
            AuditAction::AccountUpdated,
            audit_target(id),
            account.updated_at,
        );
        let entry = audit::changing(
            entry,
            audited(&before),
            with_secrets_replaced(&before, &account),
        );
        uow.audit_log().append(&entry).await?;
        let stored = uow.accounts().find(id).await?;
        let stored = stored.ok_or(Error::NotFound("account"))?;
        uow.commit().await?;
        if account.access_token == before.access_token
            && account.phone_number_id == before.phone_number_id
            && account.business_account_id == before.business_account_id
        {
            return Ok(stored);
        }
        Ok(self
            .start_account(organization_id, Some(actor), stored)
            .await)
    }

    fn changed(&self, account: &Account, command: UpdateAccount) -> Result<Account, Error> {
        let mut changed = account.clone();
        if let Some(phone_number_id) = command.phone_number_id
            && phone_number_id != account.phone_number_id
        {
            changed.phone_number_id = phone_number_id;
            // Nothing is known of the other number yet.
            changed.health = AccountHealth::default();
            changed.told = ToldAlerts::default();
        }
        if let Some(business_account_id) = command.business_account_id {
            changed.business_account_id = business_account_id;
        }
        if let Some(token) = command.access_token {
            changed.access_token = self.seal_access_token(account.id, &token)?;
            changed.health.forget_token();
            changed.told.forget(AlertSubject::Token);
            if account.status == AccountStatus::NeedsReauth {
                changed.resume();
                changed.told.forget(AlertSubject::Status);
            }
        }
        if let Some(secret) = command.app_secret {
            changed.app_secret = self.seal_app_secret(account.id, secret.as_ref())?;
        }
        if let Some(display_name) = command.display_name {
            changed.display_name = display_name;
        }
        if let Some(send_read_receipts) = command.send_read_receipts {
            changed.send_read_receipts = send_read_receipts;
        }
        if changed != *account {
            changed.updated_at = self.ports.clock.now();
        }
        Ok(changed)
    }

    async fn why_not_updated(&self, account: &Account) -> Result<Error, Error> {
        let system = self.ports.store.read_system();
        let owner = system
            .accounts()
            .by_phone_number_id(&account.phone_number_id)
            .await?;
        Ok(match owner {
            Some((_, id)) if id != account.id => phone_number_id_taken(),
            _ => Error::VersionMismatch,
        })
    }
}

/// What the audit log tells of the changed account. Of a secret, only that there is another
/// one now.
fn with_secrets_replaced(before: &Account, after: &Account) -> Value {
    let mut told = audited(after);
    if after.access_token != before.access_token {
        told["accessToken"] = json!("replaced");
    }
    if after.app_secret != before.app_secret {
        let what = if after.app_secret.is_some() {
            "replaced"
        } else {
            "removed"
        };
        told["appSecret"] = json!(what);
    }
    told
}
