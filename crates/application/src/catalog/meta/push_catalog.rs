use std::{collections::HashMap, time::Duration};

use domain::{
    catalog::{MetaItem, MetaItemStatus},
    job::{Job, Outcome},
    organizations::{OrganizationId, Permission},
    whatsapp::{BatchAccepted, ItemError},
};

use super::{ACCOUNT_POLL, Standing};
use crate::{Actor, Error, catalog::Catalog};

/// What changes within this time goes to Meta together.
const GATHER: Duration = Duration::from_secs(1);
const CHANGES_AT_ONCE: u32 = 1_000;
/// How long Meta may take over a batch.
const PATIENCE: Duration = Duration::from_hours(1);

impl Catalog {
    /// Has Meta told anew of all that is sold. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn push_all(&self, actor: &Actor) -> Result<(), Error> {
        actor.require(Permission::CatalogWrite)?;
        let organization_id = actor.organization_id();
        let uow = self.ports.store.begin(organization_id).await?;
        let catalog = uow.meta_catalog().find().await?;
        if !catalog.is_some_and(|catalog| catalog.enabled) {
            let detail = "no catalog at Meta is connected and enabled";
            return Err(Error::conflict("catalog_not_connected", detail));
        }
        let now = self.ports.clock.now();
        uow.meta_catalog().note_change_of_all(now).await?;
        uow.enqueue(Job::PushCatalog { organization_id });
        Ok(uow.commit().await?)
    }

    /// The job that tells Meta of what has changed. If it is cut short, Meta is told again.
    pub(crate) async fn push_catalog(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let reachable = match self.standing(data.as_ref()).await? {
            Standing::Reachable(reachable) => reachable,
            Standing::Off => return Ok(Outcome::Done),
            Standing::Paused => return Ok(self.in_a(ACCOUNT_POLL)),
        };
        let changes = data.meta_catalog().changes(CHANGES_AT_ONCE).await?;
        let Some(first) = changes.first() else {
            return Ok(Outcome::Done);
        };
        let now = self.ports.clock.now();
        let gathered = first.changed_at + GATHER;
        if now < gathered {
            return Ok(Outcome::Postpone { until: gathered });
        }
        let batch = self.batch(data.as_ref(), &changes).await?;
        let accepted = if batch.changes.is_empty() {
            BatchAccepted::default()
        } else {
            let catalog_id = &reachable.catalog.catalog_id;
            let told = self
                .ports
                .cloud_api
                .change_items(&reachable.credentials, catalog_id, &batch.changes)
                .await;
            match told {
                Ok(accepted) => accepted,
                Err(error) => {
                    return self.take_refusal(organization_id, &reachable, error).await;
                }
            }
        };
        let mut items = batch.items;
        note_refused(&mut items, &accepted);
        let uow = self.ports.store.begin(organization_id).await?;
        let meta = uow.meta_catalog();
        meta.upsert_items(&items).await?;
        let done: Vec<_> = changes.iter().take(batch.covers).map(|it| it.id).collect();
        meta.remove_changes(&done).await?;
        meta.note_error(&reachable.catalog.catalog_id, None).await?;
        if let Some(handle) = accepted.handle {
            uow.enqueue(Job::SettleCatalogBatch {
                catalog_id: reachable.catalog.catalog_id.clone(),
                handle,
                until: now + PATIENCE,
            });
        }
        uow.commit().await?;
        let is_all = changes.len() < CHANGES_AT_ONCE as usize && batch.covers == changes.len();
        Ok(if is_all {
            Outcome::Done
        } else {
            Outcome::Postpone { until: now }
        })
    }
}

/// What Meta has refused at once has failed; the rest is on its way.
fn note_refused(items: &mut [MetaItem], accepted: &BatchAccepted) {
    let errors = by_item(&accepted.errors);
    for item in items {
        item.handle.clone_from(&accepted.handle);
        if let Some(errors) = errors.get(item.variant_id.to_string().as_str()) {
            item.status = MetaItemStatus::Failed;
            item.errors.clone_from(errors);
        } else if accepted.handle.is_none() {
            item.status = MetaItemStatus::Synced;
            item.synced_at = Some(item.updated_at);
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
