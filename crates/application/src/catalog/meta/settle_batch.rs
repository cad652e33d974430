use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    catalog::{MetaItem, MetaItemStatus},
    job::Outcome,
    organizations::OrganizationId,
    whatsapp::{BatchStatus, ItemError},
};

use super::{ACCOUNT_POLL, Standing, push_catalog::by_item};
use crate::{Error, catalog::Catalog};

const POLL: Duration = Duration::from_secs(5);

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
        let sent = data.meta_catalog().sent_with(handle).await?;
        if sent.is_empty() {
            return Ok(Outcome::Done);
        }
        let reachable = match self.standing(data.as_ref()).await? {
            Standing::Reachable(reachable) if reachable.catalog.catalog_id == catalog_id => {
                reachable
            }
            Standing::Reachable(_) | Standing::Off => return Ok(Outcome::Done),
            Standing::Paused => return Ok(self.in_a(ACCOUNT_POLL)),
        };
        let status = self
            .ports
            .cloud_api
            .batch_status(&reachable.credentials, catalog_id, handle)
            .await;
        let status = match status {
            Ok(status) if status.is_finished => status,
            Ok(_) if self.ports.clock.now() < until => return Ok(self.in_a(POLL)),
            Ok(_) => BatchStatus {
                is_finished: false,
                errors: vec![ItemError {
                    retailer_id: None,
                    message: "Meta has not said what came of it".into(),
                }],
            },
            Err(error) => {
                return self.take_refusal(organization_id, &reachable, error).await;
            }
        };
        let (kept, gone) = settled(sent, &status, self.ports.clock.now());
        let uow = self.ports.store.begin(organization_id).await?;
        // What was told again meanwhile is another batch's.
        let still = uow.meta_catalog().sent_with(handle).await?;
        let is_still = |item: &MetaItem| still.iter().any(|it| it.variant_id == item.variant_id);
        let kept: Vec<_> = kept.into_iter().filter(is_still).collect();
        uow.meta_catalog().upsert_items(&kept).await?;
        let gone: Vec<_> = gone
            .iter()
            .filter(|item| is_still(item))
            .map(|item| item.variant_id)
            .collect();
        uow.meta_catalog().remove_items(&gone).await?;
        uow.commit().await?;
        Ok(Outcome::Done)
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
