use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    catalog::{MetaCatalog, MetaItem, MetaItemStatus},
    job::Outcome,
    organizations::OrganizationId,
    whatsapp::{BatchStatus, ItemError},
};

use super::{PATIENCE, POLL, push_catalog::by_item};
use crate::{Error, catalog::Catalog};

/// Most batches take seconds.
const FIRST_POLL: Duration = Duration::from_secs(5);

impl Catalog {
    /// The job that asks Meta what came of a batch, until it has.
    pub(crate) async fn settle_batch(
        &self,
        organization_id: OrganizationId,
        catalog_id: &str,
        handle: &str,
        until: DateTime<Utc>,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        if data.meta_catalog().sent_with(handle).await?.is_empty() {
            return Ok(Outcome::Done);
        }
        let is_meant = |catalog: &_| is_that(catalog, catalog_id);
        let reachable = match self.reach(data.as_ref(), is_meant).await? {
            Ok(reachable) => reachable,
            Err(outcome) => return Ok(outcome),
        };
        let status = self
            .ports
            .cloud_api
            .batch_status(&reachable.credentials, catalog_id, handle)
            .await;
        let now = self.ports.clock.now();
        let status = match status {
            Ok(status) if status.is_finished => status,
            Ok(_) if now < until => {
                let left = (until - now).to_std().unwrap_or_default();
                // The longer it takes, the more rarely.
                let waited = PATIENCE.saturating_sub(left);
                return Ok(self.in_a(waited.clamp(FIRST_POLL, POLL)));
            }
            Ok(_) => unknown("Meta has not said what came of it."),
            Err(error) => {
                let trouble = self.trouble(organization_id, &reachable, &error).await?;
                match trouble.retry_in {
                    Some(retry_in) => return Ok(self.in_a(retry_in)),
                    None => unknown(&trouble.reason),
                }
            }
        };
        self.store_settled(organization_id, catalog_id, handle, &status)
            .await
    }

    async fn store_settled(
        &self,
        organization_id: OrganizationId,
        catalog_id: &str,
        handle: &str,
        status: &BatchStatus,
    ) -> Result<Outcome, Error> {
        let uow = self.ports.store.begin(organization_id).await?;
        let meta = uow.meta_catalog();
        let catalog = meta.lock().await?;
        if catalog.is_some_and(|catalog| is_that(&catalog, catalog_id)) {
            // What was told again meanwhile is another batch's.
            let sent = meta.sent_with(handle).await?;
            let (kept, gone) = settled(sent, status, self.ports.clock.now());
            let gone: Vec<_> = gone.iter().map(|item| item.variant_id).collect();
            meta.upsert_items(&kept).await?;
            meta.remove_items(&gone).await?;
            uow.commit().await?;
        }
        Ok(Outcome::Done)
    }
}

fn is_that(catalog: &MetaCatalog, catalog_id: &str) -> bool {
    catalog.catalog_id == catalog_id
}

/// That nothing is known of any item: each is told again when it changes.
fn unknown(reason: &str) -> BatchStatus {
    BatchStatus {
        is_finished: true,
        errors: vec![ItemError {
            retailer_id: None,
            message: reason.to_owned(),
        }],
    }
}

/// The items as they are since Meta has spoken, and those that it does not show any more.
fn settled(
    sent: Vec<MetaItem>,
    status: &BatchStatus,
    now: DateTime<Utc>,
) -> (Vec<MetaItem>, Vec<MetaItem>) {
    let errors = by_item(&status.errors);
    let of_all = status
        .errors
        .iter()
        .filter(|error| error.retailer_id.is_none());
    let of_all: Vec<_> = of_all.map(|error| error.message.clone()).collect();
    let items = sent.into_iter().map(|item| {
        let own = errors.get(item.variant_id.to_string().as_str());
        let errors = own.unwrap_or(&of_all).clone();
        let (status, synced_at) = if errors.is_empty() {
            (MetaItemStatus::Synced, Some(now))
        } else {
            (MetaItemStatus::Failed, item.synced_at)
        };
        MetaItem {
            status,
            errors,
            synced_at,
            updated_at: now,
            ..item
        }
    });
    items.partition(|item| item.told.is_some() || item.status == MetaItemStatus::Failed)
}
