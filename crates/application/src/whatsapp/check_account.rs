use domain::{
    organizations::{OrganizationId, Permission},
    whatsapp::{
        Account, AccountId, AccountStatus, CloudApiError, DEFAULT_THROUGHPUT_PER_SECOND, Duty,
        Pause, PhoneNumberHealth,
    },
};

use super::{WhatsApp, explain, log_status_change, meta_unavailable};
use crate::{Actor, Error};

/// What a number may send each second once Meta has upgraded it. Source: cloud API 7.
pub(super) const HIGH_THROUGHPUT_PER_SECOND: u32 = 1_000;

/// What became of asking Meta.
enum Finding {
    Healthy(PhoneNumberHealth),
    Paused(AccountStatus, String),
    /// Nothing can be concluded about the account.
    Unclear(CloudApiError),
}

impl WhatsApp {
    /// Asks Meta how the number does, and has its webhooks delivered here.
    #[tracing::instrument(skip_all, fields(account.id = %id))]
    pub async fn check_account(&self, actor: &Actor, id: AccountId) -> Result<Account, Error> {
        actor.require(Permission::AccountsWrite)?;
        let account = self.get_account(actor, id).await?;
        self.take_up_left_overs(actor.organization_id(), &account.phone_number_id)
            .await?;
        match self.ask_meta(&account).await? {
            Finding::Unclear(CloudApiError::Refused(error)) => {
                Err(Error::conflict("whatsapp_refused", explain(&error)))
            }
            Finding::Unclear(error) => Err(meta_unavailable(error)),
            finding => {
                self.store_finding(actor.organization_id(), Some(actor), id, &finding)
                    .await
            }
        }
    }

    /// As `check_account`, after a change: that Meta gives no clear answer changes nothing.
    pub(super) async fn learn_health(
        &self,
        organization_id: OrganizationId,
        actor: Option<&Actor>,
        id: AccountId,
    ) -> Result<Account, Error> {
        let data = self.ports.store.read(organization_id);
        let account = data.accounts().find(id).await?;
        let account = account.ok_or(Error::NotFound("account"))?;
        let finding = self.ask_meta(&account).await?;
        if let Finding::Unclear(error) = &finding {
            tracing::warn!(account.id = %id, %error, "Meta says nothing clear of the account");
        }
        self.store_finding(organization_id, actor, id, &finding)
            .await
    }

    async fn ask_meta(&self, account: &Account) -> Result<Finding, Error> {
        let credentials = self.credentials(account)?;
        let health = match self.ports.cloud_api.phone_number(&credentials).await {
            Ok(health) => health,
            Err(error) => return Ok(Finding::of_error(error)),
        };
        if let Some(status) = health.status.as_deref().filter(|word| is_restriction(word)) {
            let reason = format!("Meta calls the number {status}.");
            return Ok(Finding::Paused(AccountStatus::Restricted, reason));
        }
        Ok(match self.ports.cloud_api.subscribe(&credentials).await {
            Ok(()) => Finding::Healthy(health),
            Err(error) => match Finding::of_error(error) {
                Finding::Unclear(error) => {
                    tracing::warn!(account.id = %account.id, %error, "Meta was not subscribed to");
                    Finding::Healthy(health)
                }
                finding => finding,
            },
        })
    }

    async fn store_finding(
        &self,
        organization_id: OrganizationId,
        actor: Option<&Actor>,
        id: AccountId,
        finding: &Finding,
    ) -> Result<Account, Error> {
        // Whoever changes the account at the same moment is not undone.
        const TRIES: u32 = 3;
        for _ in 0..TRIES {
            let uow = self.ports.store.begin(organization_id).await?;
            let before = uow.accounts().find(id).await?;
            let before = before.ok_or(Error::NotFound("account"))?;
            let mut account = before.clone();
            finding.change(&mut account);
            if account == before {
                return Ok(before);
            }
            account.updated_at = self.ports.clock.now();
            if !uow.accounts().update(&account).await? {
                continue;
            }
            if (account.status, &account.status_reason) != (before.status, &before.status_reason) {
                let now = account.updated_at;
                log_status_change(uow.as_ref(), actor, &before, &account, now).await?;
            }
            let stored = uow.accounts().find(id).await?;
            uow.commit().await?;
            return stored.ok_or(Error::NotFound("account"));
        }
        Err(Error::VersionMismatch)
    }
}

impl Finding {
    fn of_error(error: CloudApiError) -> Self {
        match &error {
            CloudApiError::Refused(refusal) => match refusal.duty() {
                Duty::Pause(Pause::Account(status)) => Self::Paused(status, explain(refusal)),
                _ => Self::Unclear(error),
            },
            _ => Self::Unclear(error),
        }
    }

    fn change(&self, account: &mut Account) {
        match self {
            Self::Healthy(health) => {
                account.status = AccountStatus::Connected;
                account.status_reason = None;
                account.throughput_per_second = match health.throughput_level.as_deref() {
                    Some("HIGH") => HIGH_THROUGHPUT_PER_SECOND,
                    Some("STANDARD") => DEFAULT_THROUGHPUT_PER_SECOND,
                    _ => account.throughput_per_second,
                };
                for (known, told) in [
                    (
                        &mut account.display_phone_number,
                        &health.display_phone_number,
                    ),
                    (&mut account.quality_rating, &health.quality_rating),
                    (&mut account.messaging_limit, &health.messaging_limit),
                ] {
                    if told.is_some() {
                        known.clone_from(told);
                    }
                }
            }
            Self::Paused(status, reason) => {
                account.status = *status;
                account.status_reason = Some(reason.clone());
            }
            Self::Unclear(_) => {}
        }
    }
}

fn is_restriction(status: &str) -> bool {
    matches!(status, "BANNED" | "RESTRICTED")
}
