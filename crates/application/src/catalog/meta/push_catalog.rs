use std::{collections::HashMap, time::Duration};

use domain::{
    catalog::{CatalogChangeId, MetaItem, MetaItemStatus},
    job::{Job, Outcome},
    organizations::{OrganizationId, Permission},
    whatsapp::{BatchAccepted, CloudApiError, ItemChange, ItemError},
};

use super::{PATIENCE, Reachable};
use crate::{Actor, Error, catalog::Catalog};

/// What changes within this time goes to Meta together.
const GATHER: Duration = Duration::from_secs(1);
const CHANGES_AT_ONCE: u32 = 1_000;
/// How often Meta is asked what it refuses until somebody acts. What is to be told waits.
const HELD_POLL: Duration = Duration::from_mins(10);

impl Catalog {
    /// Has Meta told anew of all that is sold. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn push_all(&self, actor: &Actor) -> Result<(), Error> {
        actor.require(Permission::CatalogWrite)?;
        let organization_id = actor.organization_id();
        let uow = self.ports.store.begin(organization_id).await?;
        let account_id = self.enabled(uow.as_ref()).await?.account_id;
        let now = self.ports.clock.now();
        uow.meta_catalog().note_change_of_all(now).await?;
        uow.enqueue(Job::PushCatalog { organization_id });
        // What was told before may wait for a long time.
        uow.enqueue(Job::ResumeAccount { account_id });
        Ok(uow.commit().await?)
    }

    /// The job that tells Meta of what has changed. If it is cut short, Meta is told again.
    pub(crate) async fn push_catalog(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let reached = self.reach(data.as_ref(), |catalog| catalog.enabled);
        let reachable = match reached.await? {
            Ok(reachable) => reachable,
            Err(outcome) => return Ok(outcome),
        };
        let changes = data.meta_catalog().changes(CHANGES_AT_ONCE).await?;
        let Some(first) = changes.first() else {
            return Ok(Outcome::Done);
        };
        let gathered = first.changed_at + GATHER;
        if self.ports.clock.now() < gathered {
            return Ok(Outcome::Postpone { until: gathered });
        }
        let batch = self.batch(data.as_ref(), &changes).await?;
        let accepted = match self.tell(&reachable, &batch.changes).await {
            Ok(accepted) => accepted,
            Err(error) => return self.hold(organization_id, &reachable, &error).await,
        };
        let mut items = batch.items;
        note_accepted(&mut items, &accepted);
        let done: Vec<_> = changes.iter().take(batch.covers).map(|it| it.id).collect();
        let is_stored = self
            .store_told(organization_id, &reachable, items, &done, accepted.handle)
            .await?;
        let is_all = changes.len() < CHANGES_AT_ONCE as usize && batch.covers == changes.len();
        Ok(if is_stored && is_all {
            Outcome::Done
        } else {
            self.in_a(Duration::ZERO)
        })
    }

    async fn tell(
        &self,
        reachable: &Reachable,
        changes: &[ItemChange],
    ) -> Result<BatchAccepted, CloudApiError> {
        if changes.is_empty() {
            return Ok(BatchAccepted::default());
        }
        let catalog_id = &reachable.catalog.catalog_id;
        self.ports
            .cloud_api
            .change_items(&reachable.credentials, catalog_id, changes)
            .await
    }

    /// Lets all that Meta is to be told wait.
    async fn hold(
        &self,
        organization_id: OrganizationId,
        reachable: &Reachable,
        error: &CloudApiError,
    ) -> Result<Outcome, Error> {
        let trouble = self.trouble(organization_id, reachable, error).await?;
        let uow = self.ports.store.begin(organization_id).await?;
        uow.meta_catalog()
            .note_error(&reachable.catalog.catalog_id, Some(&trouble.reason))
            .await?;
        uow.commit().await?;
        Ok(self.in_a(trouble.retry_in.unwrap_or(HELD_POLL)))
    }

    /// Stores what Meta was told. False, and nothing is stored, if that means nothing any
    /// more: another catalog was connected meanwhile, or another worker has told it, too.
    async fn store_told(
        &self,
        organization_id: OrganizationId,
        reachable: &Reachable,
        items: Vec<MetaItem>,
        done: &[CatalogChangeId],
        handle: Option<String>,
    ) -> Result<bool, Error> {
        let catalog_id = &reachable.catalog.catalog_id;
        let uow = self.ports.store.begin(organization_id).await?;
        let meta = uow.meta_catalog();
        let catalog = meta.lock().await?;
        if catalog.is_none_or(|catalog| catalog.catalog_id != *catalog_id)
            || !meta.remove_changes(done).await?
        {
            return Ok(false);
        }
        meta.upsert_items(&items).await?;
        meta.note_error(catalog_id, None).await?;
        if let Some(handle) = handle {
            uow.enqueue(Job::SettleCatalogBatch {
                catalog_id: catalog_id.clone(),
                handle,
                until: self.ports.clock.now() + PATIENCE,
            });
        }
        uow.commit().await?;
        Ok(true)
    }
}

/// What Meta has refused at once has failed; the rest is on its way.
fn note_accepted(items: &mut [MetaItem], accepted: &BatchAccepted) {
    let errors = by_item(&accepted.errors);
    for item in items {
        item.handle.clone_from(&accepted.handle);
        if let Some(errors) = errors.get(item.variant_id.to_string().as_str()) {
            item.status = MetaItemStatus::Failed;
            item.errors.clone_from(errors);
        } else if accepted.handle.is_none() {
            item.status = MetaItemStatus::Failed;
            item.errors = vec!["Meta did not take it, and did not say why.".to_owned()];
        }
    }
}

/// The messages by the retailer id that they are about.
pub(super) fn by_item(errors: &[ItemError]) -> HashMap<&str, Vec<String>> {
    let mut by_item = HashMap::<_, Vec<_>>::new();
    for error in errors {
        if let Some(id) = error.retailer_id.as_deref() {
            by_item.entry(id).or_default().push(error.message.clone());
        }
    }
    by_item
}
