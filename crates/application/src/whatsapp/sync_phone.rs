use domain::{
    event::Event,
    job::{Job, Outcome},
    organizations::OrganizationId,
    store::{StoreError, UnitOfWork},
    whatsapp::{
        Account, AccountId, CloudApiError, Duty, History, HistoryReport, MetaError, Pause,
        PhoneSync,
    },
};

use super::{ACCOUNT_POLL, WhatsApp, explain};
use crate::Error;

impl WhatsApp {
    /// Has Meta asked for what is on the account's phone, unless it was before. The account is
    /// locked.
    pub(super) async fn request_sync(
        &self,
        uow: &dyn UnitOfWork,
        account: &Account,
    ) -> Result<(), StoreError> {
        if !account.health.on_phone || account.history.is_some() {
            return Ok(());
        }
        let history = History::requested(self.ports.clock.now());
        note(uow, account.id, history).await?;
        uow.enqueue(Job::SyncPhone {
            account_id: account.id,
        });
        Ok(())
    }

    /// The job that asks. Names come before the chats of those who have them.
    #[tracing::instrument(skip_all, fields(account.id = %id))]
    pub(crate) async fn sync_phone(
        &self,
        organization_id: OrganizationId,
        id: AccountId,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let Some(account) = data.accounts().find(id).await? else {
            return Ok(Outcome::Done);
        };
        if account.check_may_answer().is_err() {
            return Ok(Outcome::Postpone {
                until: self.ports.clock.now() + ACCOUNT_POLL,
            });
        }
        let credentials = self.credentials(&account)?;
        for what in [PhoneSync::AddressBook, PhoneSync::History] {
            let answer = self.ports.cloud_api.request_sync(&credentials, what).await;
            let refusal = match answer {
                Ok(()) => continue,
                Err(CloudApiError::Refused(refusal)) => refusal,
                Err(error) => return Err(Error::internal(error)),
            };
            match refusal.duty() {
                Duty::Pause(Pause::Account(status)) => {
                    self.pause_account(organization_id, &account, status, &explain(&refusal))
                        .await?;
                    return Ok(Outcome::Postpone {
                        until: self.ports.clock.now() + ACCOUNT_POLL,
                    });
                }
                Duty::Retry | Duty::SlowNumber | Duty::SlowPair => {
                    return Err(Error::internal(CloudApiError::Refused(refusal)));
                }
                Duty::Pause(Pause::Message) | Duty::Final => {
                    tracing::warn!(error = %refusal, ?what, "Meta does not give what the phone has");
                }
            }
            if what == PhoneSync::History {
                self.note_no_history(organization_id, id, refusal).await?;
            }
        }
        Ok(Outcome::Done)
    }

    /// What has come all the same, since Meta was asked before, stays.
    async fn note_no_history(
        &self,
        organization_id: OrganizationId,
        id: AccountId,
        error: MetaError,
    ) -> Result<(), Error> {
        let uow = self.ports.store.begin(organization_id).await?;
        let Some(account) = uow.accounts().lock(id).await? else {
            return Ok(());
        };
        let report = HistoryReport::Error(error);
        let known = account.history.as_ref();
        let history = History::after(known, &report, self.ports.clock.now());
        if known != Some(&history) {
            note(uow.as_ref(), id, history).await?;
        }
        Ok(uow.commit().await?)
    }
}

async fn note(uow: &dyn UnitOfWork, id: AccountId, history: History) -> Result<(), StoreError> {
    uow.accounts().set_history(id, Some(&history)).await?;
    uow.record(Event::AccountHistoryProgressed {
        account_id: id,
        history,
    });
    Ok(())
}
