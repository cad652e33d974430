//! Meta's catalog: what is sold goes there by itself, as items whose ids are the variants'.
//!
//! Whoever changes a product adds a row to an outbox, in the same unit of work. A job takes
//! many of them together and tells Meta of the products as they are by then.

mod check_drift;
mod connect;
mod items;
mod push_catalog;
mod settle_batch;

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    catalog::{MetaCatalog, ProductId},
    job::{Job, Outcome},
    organizations::OrganizationId,
    store::{Repositories, UnitOfWork},
    whatsapp::{Account, AccountStatus, CloudApiError, Credentials, Duty, Pause},
};

pub use connect::{ConnectMetaCatalog, MetaCatalogState, MetaErrorList};

use super::Catalog;
use crate::{Error, whatsapp::explain};

/// Meta wants minutes of silence. Source: cloud API 8.1.
const SLOW_DOWN: Duration = Duration::from_mins(5);
const OUTAGE_POLL: Duration = Duration::from_secs(15);
const ACCOUNT_POLL: Duration = Duration::from_mins(1);

/// Has Meta's catalog told of the product as this unit of work leaves it.
pub(super) async fn tell_meta(
    uow: &dyn UnitOfWork,
    product: ProductId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if let Some(organization_id) = uow.meta_catalog().note_change(product, now).await? {
        uow.enqueue(Job::PushCatalog { organization_id });
    }
    Ok(())
}

/// A catalog that can be asked about now.
struct Reachable {
    catalog: MetaCatalog,
    account: Account,
    credentials: Credentials,
}

enum Standing {
    Reachable(Box<Reachable>),
    /// There is none, or nothing of it is to be sent.
    Off,
    /// Its number waits for somebody.
    Paused,
}

impl Catalog {
    async fn standing(&self, data: &dyn Repositories) -> Result<Standing, Error> {
        let catalog = data.meta_catalog().find().await?;
        let Some(catalog) = catalog.filter(|catalog| catalog.enabled) else {
            return Ok(Standing::Off);
        };
        let Some(account) = data.accounts().find(catalog.account_id).await? else {
            return Ok(Standing::Off);
        };
        if account.status == AccountStatus::NeedsReauth {
            return Ok(Standing::Paused);
        }
        let credentials = self.whatsapp.credentials(&account)?;
        Ok(Standing::Reachable(Box::new(Reachable {
            catalog,
            account,
            credentials,
        })))
    }

    fn in_a(&self, while_: Duration) -> Outcome {
        Outcome::Postpone {
            until: self.ports.clock.now() + while_,
        }
    }

    /// What is to be done after Meta did not do as it was asked. All that it is to be told
    /// waits.
    async fn take_refusal(
        &self,
        organization_id: OrganizationId,
        reachable: &Reachable,
        error: CloudApiError,
    ) -> Result<Outcome, Error> {
        let CloudApiError::Refused(error) = error else {
            tracing::warn!(%error, "Meta's catalog cannot be reached");
            return Ok(self.in_a(OUTAGE_POLL));
        };
        tracing::warn!(
            code = error.code,
            trace_id = error.trace_id,
            "Meta refused: {error}"
        );
        let reason = explain(&error);
        let uow = self.ports.store.begin(organization_id).await?;
        let meta = uow.meta_catalog();
        meta.note_error(&reachable.catalog.catalog_id, Some(&reason))
            .await?;
        uow.commit().await?;
        Ok(match error.duty() {
            Duty::SlowNumber => self.in_a(SLOW_DOWN),
            Duty::Retry | Duty::SlowPair => self.in_a(ACCOUNT_POLL),
            // A right that the catalog alone needs is no reason to send no messages.
            Duty::Pause(Pause::Account(status @ AccountStatus::NeedsReauth)) => {
                self.whatsapp
                    .pause_account(organization_id, &reachable.account, status, &reason)
                    .await?;
                self.in_a(ACCOUNT_POLL)
            }
            Duty::Pause(_) | Duty::Final => Outcome::Dead {
                error: error.to_string(),
            },
        })
    }
}
