use chrono::Duration;
use domain::{
    organizations::{OrganizationId, Permission},
    whatsapp::{
        Account, AccountId, AccountStatus, CloudApiError, Credentials, Duty, HealthReport, Pause,
        TokenInfo, WebhookReport,
    },
};

use super::{WhatsApp, change_account, explain, meta_unavailable};
use crate::{Actor, Error, worker::jitter};

/// How long after an answer Meta is asked again.
const EVERY: Duration = Duration::hours(6);
/// The same after none.
pub(super) const AGAIN: Duration = Duration::hours(1);
/// So much later at most, so that what was connected together is not asked for together.
const SPREAD: std::time::Duration = std::time::Duration::from_mins(30);

const NOT_LISTED: &str = "Meta does not list the app among those to which it delivers.";

/// What became of asking Meta.
pub(super) enum Finding {
    Told(HealthReport),
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
        let organization_id = actor.organization_id();
        self.take_up_left_overs(organization_id, &account.phone_number_id)
            .await?;
        let finding = self.ask_meta(&account).await?;
        let account = self
            .conclude(organization_id, Some(actor), &account, &finding)
            .await?;
        match finding {
            Finding::Unclear(CloudApiError::Refused(error)) => {
                Err(Error::conflict("whatsapp_refused", explain(&error)))
            }
            Finding::Unclear(error) => Err(meta_unavailable(error)),
            Finding::Told(_) | Finding::Paused(..) => Ok(account),
        }
    }

    /// As `check_account`, after a change or after some time: that Meta gives no clear answer
    /// changes nothing.
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
        self.conclude(organization_id, actor, &account, &finding)
            .await
    }

    async fn ask_meta(&self, account: &Account) -> Result<Finding, Error> {
        let credentials = self.credentials(account)?;
        let meta = &self.ports.cloud_api;
        let number = match meta.phone_number(&credentials).await {
            Ok(number) => number,
            Err(error) => return Ok(Finding::of_error(error)),
        };
        let token = match meta.token(&credentials).await {
            Ok(token) => Some(token),
            Err(error) => match token_refused(&error) {
                Some(finding) => return Ok(finding),
                None => None,
            },
        };
        let webhook = match self.subscribe(&credentials, token.as_ref()).await {
            Ok(webhook) => webhook,
            Err(finding) => return Ok(finding),
        };
        Ok(Finding::Told(HealthReport {
            number,
            token,
            webhook,
        }))
    }

    /// None if Meta gives no clear answer. That webhooks do not come stops no message that goes
    /// out, whatever the reason is, unless it is the token.
    async fn subscribe(
        &self,
        credentials: &Credentials,
        token: Option<&TokenInfo>,
    ) -> Result<Option<WebhookReport>, Finding> {
        let meta = &self.ports.cloud_api;
        if let Err(error) = meta.subscribe(credentials).await {
            if let Some(finding) = token_refused(&error) {
                return Err(finding);
            }
            tracing::warn!(%error, "Meta was not subscribed to");
            return Ok(match &error {
                CloudApiError::Refused(refusal)
                    if matches!(refusal.duty(), Duty::Pause(_) | Duty::Final) =>
                {
                    Some(WebhookReport::NotSubscribed(explain(refusal)))
                }
                _ => None,
            });
        }
        match meta.subscribed_apps(credentials).await {
            Ok(apps) => {
                let app_id = token.and_then(|token| token.app_id.as_ref());
                let is_listed = app_id.map_or(!apps.is_empty(), |app_id| apps.contains(app_id));
                Ok(Some(if is_listed {
                    WebhookReport::Subscribed
                } else {
                    WebhookReport::NotSubscribed(NOT_LISTED.to_owned())
                }))
            }
            Err(error) => {
                tracing::warn!(%error, "Meta does not say to whom it delivers");
                Ok(None)
            }
        }
    }

    /// Stores what was found of the account as it was when Meta was asked.
    pub(super) async fn conclude(
        &self,
        organization_id: OrganizationId,
        actor: Option<&Actor>,
        asked: &Account,
        finding: &Finding,
    ) -> Result<Account, Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(organization_id).await?;
        let changed = change_account(uow.as_ref(), actor, asked.id, now, |account| {
            account.end_restriction(now);
            // Whoever changes the account at the same moment asks again.
            if account.access_token != asked.access_token
                || account.phone_number_id != asked.phone_number_id
            {
                return;
            }
            match finding {
                Finding::Told(report) => account.learn(report, actor.is_some()),
                Finding::Paused(status, reason) => account.pause(*status, reason),
                Finding::Unclear(_) => {}
            }
        })
        .await?;
        if let Some(account) = changed {
            self.request_sync(uow.as_ref(), &account).await?;
        }
        let (clear_at, next_at) = match finding {
            Finding::Told(_) | Finding::Paused(..) => (Some(now), now + EVERY),
            Finding::Unclear(_) => (None, now + AGAIN),
        };
        let next_at = next_at + jitter(SPREAD);
        uow.accounts()
            .note_check(asked.id, clear_at, next_at)
            .await?;
        let account = uow.accounts().find(asked.id).await?;
        uow.commit().await?;
        account.ok_or(Error::NotFound("account"))
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
}

/// What follows if it is the token that Meta refuses.
fn token_refused(error: &CloudApiError) -> Option<Finding> {
    match error {
        CloudApiError::Refused(refusal) => match refusal.duty() {
            Duty::Pause(Pause::Account(status @ AccountStatus::NeedsReauth)) => {
                Some(Finding::Paused(status, explain(refusal)))
            }
            _ => None,
        },
        _ => None,
    }
}
