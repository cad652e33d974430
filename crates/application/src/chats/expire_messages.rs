use chrono::{DateTime, Duration, Utc};
use domain::{
    chats::Expired,
    job::{Job, Outcome},
    organizations::OrganizationId,
    store::{StoreError, UnitOfWork},
};

use super::Chats;
use crate::Error;

const EVERY: Duration = Duration::days(1);
/// After something was in the way.
const AGAIN: Duration = Duration::hours(1);
const ORGANIZATIONS: u32 = 100;
/// Small transactions, so that nobody waits for the broom.
const BATCH: u32 = 500;

impl Chats {
    /// The job that has messages and files go whose time is over, and comes again in a day.
    pub(crate) async fn expire_messages(&self) -> Result<Outcome, Error> {
        let now = self.ports.clock.now();
        let mut comes_again = EVERY;
        let mut after = None;
        loop {
            let system = self.ports.store.read_system();
            let page = system
                .maintenance()
                .message_retentions(after, ORGANIZATIONS)
                .await?;
            let Some((last, _)) = page.last() else {
                let until = now + comes_again;
                return Ok(Outcome::Postpone { until });
            };
            after = Some(*last);
            for (organization_id, retention) in page {
                let before = retention.keeps_since(now);
                // One organization must not keep the others.
                if let Err(error) = self.expire_messages_of(organization_id, before).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        organization.id = %organization_id,
                        "Messages whose time is over stay for now"
                    );
                    comes_again = AGAIN;
                }
            }
        }
    }

    async fn expire_messages_of(
        &self,
        organization_id: OrganizationId,
        before: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut messages = 0;
        loop {
            let uow = self.ports.store.begin(organization_id).await?;
            let expired = uow
                .message_retention()
                .expire_messages(before, BATCH)
                .await?;
            let count = commit(uow, expired).await?;
            messages += count;
            if count < BATCH {
                break;
            }
        }
        loop {
            let uow = self.ports.store.begin(organization_id).await?;
            let expired = uow
                .message_retention()
                .expire_uploads(before, BATCH)
                .await?;
            if commit(uow, expired).await? < BATCH {
                break;
            }
        }
        if messages > 0 {
            tracing::info!(
                organization.id = %organization_id,
                "{messages} messages were kept long enough and are empty now"
            );
        }
        Ok(())
    }
}

async fn commit(uow: Box<dyn UnitOfWork>, expired: Expired) -> Result<u32, StoreError> {
    for key in expired.files {
        uow.enqueue(Job::DeleteFile { key });
    }
    uow.commit().await?;
    Ok(expired.count)
}
