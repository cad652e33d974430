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
    whatsapp::{
        Account, AccountId, AccountStatus, CloudApiError, Credentials, Duty, MetaError, Pause,
    },
};

pub use connect::{ConnectMetaCatalog, MetaCatalogState, MetaErrorList};

use super::Catalog;
use crate::{Error, whatsapp};

/// Meta wants minutes of silence. Source: cloud API 8.1.
const SLOW_DOWN: Duration = Duration::from_mins(5);
const OUTAGE_POLL: Duration = Duration::from_secs(15);
/// How often is looked whether what passes has passed, or a number has a good token again.
const POLL: Duration = Duration::from_mins(1);
/// How long Meta may take over a batch.
const PATIENCE: Duration = Duration::from_hours(1);

/// Has Meta's catalog told of the products as this unit of work leaves them.
pub(crate) async fn tell_meta(
    uow: &dyn UnitOfWork,
    products: &[ProductId],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if products.is_empty() {
        return Ok(());
    }
    let whose = uow.meta_catalog().note_changes(products, now).await?;
    if let Some(organization_id) = whose {
        uow.enqueue(Job::PushCatalog { organization_id });
    }
    Ok(())
}

/// Turns the catalog off that was written by the right of an account that goes.
pub(crate) async fn disconnect_account(
    uow: &dyn UnitOfWork,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let catalog = uow.meta_catalog().lock().await?;
    let is_its = |catalog: &MetaCatalog| catalog.account_id == account_id && catalog.enabled;
    if let Some(catalog) = catalog.filter(is_its) {
        let catalog = MetaCatalog {
            enabled: false,
            error: Some("The number by whose right it was written was removed.".to_owned()),
            updated_at: now,
            ..catalog
        };
        uow.meta_catalog().upsert(&catalog).await?;
    }
    Ok(())
}

/// A catalog that can be asked about now.
struct Reachable {
    catalog: MetaCatalog,
    account: Account,
    credentials: Credentials,
}

/// That Meta did not do as it was asked.
struct Trouble {
    /// For people.
    reason: String,
    /// When the same may do; none if somebody must act first.
    retry_in: Option<Duration>,
}

impl Catalog {
    /// The catalog, if a job can ask about it; else what becomes of the job: it is over if
    /// none is meant, and waits while the number waits for somebody.
    async fn reach(
        &self,
        data: &dyn Repositories,
        is_meant: impl Fn(&MetaCatalog) -> bool,
    ) -> Result<Result<Reachable, Outcome>, Error> {
        let catalog = data.meta_catalog().find().await?;
        let Some(catalog) = catalog.filter(is_meant) else {
            return Ok(Err(Outcome::Done));
        };
        let Some(account) = data.accounts().find(catalog.account_id).await? else {
            return Ok(Err(Outcome::Done));
        };
        if account.status == AccountStatus::NeedsReauth {
            return Ok(Err(self.in_a(POLL)));
        }
        let credentials = self.whatsapp.credentials(&account)?;
        Ok(Ok(Reachable {
            catalog,
            account,
            credentials,
        }))
    }

    fn in_a(&self, while_: Duration) -> Outcome {
        Outcome::Postpone {
            until: self.ports.clock.now() + while_,
        }
    }

    /// What an error comes to. A refused token lets its number stand still, as everywhere; a
    /// right that the catalog alone needs is no reason to send no messages.
    async fn trouble(
        &self,
        organization_id: OrganizationId,
        reachable: &Reachable,
        error: &CloudApiError,
    ) -> Result<Trouble, Error> {
        let CloudApiError::Refused(error) = error else {
            tracing::warn!(%error, "Meta's catalog cannot be reached");
            return Ok(Trouble {
                reason: "Meta cannot be reached.".to_owned(),
                retry_in: Some(OUTAGE_POLL),
            });
        };
        tracing::warn!(
            code = error.code,
            trace_id = error.trace_id,
            "Meta refused: {error}"
        );
        let reason = explain(error);
        let retry_in = match error.duty() {
            Duty::SlowNumber => Some(SLOW_DOWN),
            Duty::Retry | Duty::SlowPair => Some(POLL),
            Duty::Pause(Pause::Account(status @ AccountStatus::NeedsReauth)) => {
                self.whatsapp
                    .pause_account(organization_id, &reachable.account, status, &reason)
                    .await?;
                Some(POLL)
            }
            Duty::Pause(_) | Duty::Final => error.server_error.then_some(POLL),
        };
        Ok(Trouble { reason, retry_in })
    }
}

/// Meta's words for people: most of what is said elsewhere is said of messages.
fn explain(error: &MetaError) -> String {
    match error.code {
        3 | 10 | 200..=299 => {
            "The access token may not manage the catalog. Give it the permission \
                               catalog_management in Meta Business settings."
                .to_owned()
        }
        33 | 100 | 803 => error.to_string(),
        _ => whatsapp::explain(error),
    }
}
