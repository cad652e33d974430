use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    catalog::{MetaCatalog, MetaCounts, MetaItem},
    job::Job,
    organizations::Permission,
    page::{Page, PageRequest},
    store::Repositories,
    whatsapp::{AccountId, CatalogName, CloudApiError},
};
use serde_json::{Value, json};

use super::explain;
use crate::{Actor, Error, audit::changing, catalog::Catalog, whatsapp::meta_unavailable};

/// Which catalog is to show the products.
#[derive(Clone, Debug)]
pub struct ConnectMetaCatalog {
    pub account_id: AccountId,
    pub catalog_id: String,
    pub enabled: bool,
}

/// The catalog, and how much of it stands as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaCatalogState {
    pub catalog: MetaCatalog,
    pub counts: MetaCounts,
}

/// A page of what failed.
#[derive(Clone, Debug, PartialEq)]
pub struct MetaErrorList {
    pub page: Page<MetaItem>,
    pub total: Option<u64>,
}

impl Catalog {
    #[tracing::instrument(skip_all)]
    pub async fn get_meta_catalog(&self, actor: &Actor) -> Result<MetaCatalogState, Error> {
        actor.require(Permission::CatalogRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let catalog = data.meta_catalog().find().await?;
        Ok(MetaCatalogState {
            catalog: catalog.ok_or(Error::NotFound("catalog"))?,
            counts: data.meta_catalog().counts().await?,
        })
    }

    /// What Meta did not take, newest first.
    #[tracing::instrument(skip_all)]
    pub async fn list_meta_errors(
        &self,
        actor: &Actor,
        page: PageRequest,
        include_total: bool,
    ) -> Result<MetaErrorList, Error> {
        actor.require(Permission::CatalogRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let meta = data.meta_catalog();
        let total = if include_total {
            Some(meta.counts().await?.failed)
        } else {
            None
        };
        Ok(MetaErrorList {
            page: meta.failed(page).await?,
            total,
        })
    }

    /// The catalogs that the account's business has at Meta. Needs an admin.
    #[tracing::instrument(skip_all, fields(account.id = %account_id))]
    pub async fn list_catalogs_at_meta(
        &self,
        actor: &Actor,
        account_id: AccountId,
    ) -> Result<Vec<CatalogName>, Error> {
        actor.require(Permission::CatalogWrite)?;
        let data = self.ports.store.read(actor.organization_id());
        let account = data.accounts().find(account_id).await?;
        let account = account.ok_or(Error::NotFound("account"))?;
        let credentials = self.whatsapp.credentials(&account)?;
        let found = self.ports.cloud_api.catalogs(&credentials).await;
        found.map_err(|error| match error {
            CloudApiError::Refused(error) => Error::conflict("whatsapp_refused", explain(&error)),
            error => meta_unavailable(error),
        })
    }

    /// The catalog, if something is to be done with it.
    pub(super) async fn enabled(&self, data: &dyn Repositories) -> Result<MetaCatalog, Error> {
        let catalog = data.meta_catalog().find().await?;
        let enabled = catalog.filter(|catalog| catalog.enabled);
        enabled.ok_or_else(|| {
            let detail = "no catalog at Meta is connected and enabled";
            Error::conflict("catalog_not_connected", detail)
        })
    }

    /// Has the products shown in this catalog, or in none. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn connect_meta_catalog(
        &self,
        actor: &Actor,
        command: ConnectMetaCatalog,
    ) -> Result<MetaCatalogState, Error> {
        actor.require(Permission::CatalogWrite)?;
        if command.enabled {
            self.check_offered(actor, &command).await?;
        }
        let organization_id = actor.organization_id();
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(organization_id).await?;
        let before = uow.meta_catalog().lock().await?;
        if uow.accounts().find(command.account_id).await?.is_none() {
            return Err(no_such_number());
        }
        let is_same = |before: &&MetaCatalog| before.catalog_id == command.catalog_id;
        let same = before.as_ref().filter(is_same);
        let catalog = MetaCatalog {
            account_id: command.account_id,
            catalog_id: command.catalog_id.clone(),
            enabled: command.enabled,
            error: None,
            drift: same.and_then(|same| same.drift.clone()),
            updated_at: now,
        };
        if same.is_none() {
            uow.meta_catalog().forget_items().await?;
        }
        uow.meta_catalog().upsert(&catalog).await?;
        if catalog.enabled {
            if !same.is_some_and(|same| same.enabled) {
                uow.meta_catalog().note_change_of_all(now).await?;
            }
            uow.enqueue(Job::PushCatalog { organization_id });
            // What was to be told before may wait for a long time.
            let account_id = catalog.account_id;
            uow.enqueue(Job::ResumeAccount { account_id });
        }
        let target = AuditTarget::new(AuditTargetKind::Organization, organization_id);
        let entry = actor.entry(AuditAction::MetaCatalogUpdated, target, now);
        let before = before.as_ref().map_or_else(|| json!({}), audited);
        let entry = changing(entry, before, audited(&catalog));
        uow.audit_log().append(&entry).await?;
        let counts = uow.meta_catalog().counts().await?;
        uow.commit().await?;
        Ok(MetaCatalogState { catalog, counts })
    }

    async fn check_offered(
        &self,
        actor: &Actor,
        command: &ConnectMetaCatalog,
    ) -> Result<(), Error> {
        let offered = self.list_catalogs_at_meta(actor, command.account_id).await;
        let offered = offered.map_err(|error| match error {
            Error::NotFound(_) => no_such_number(),
            error => error,
        })?;
        let mut offered = offered.iter();
        if offered.any(|catalog| catalog.id == command.catalog_id) {
            return Ok(());
        }
        let detail = "is not a catalog that is connected to the number's business account";
        Err(Error::invalid("/catalogId", "unknown_catalog", detail))
    }
}

fn no_such_number() -> Error {
    Error::invalid("/accountId", "not_found", "is not one of your numbers")
}

fn audited(catalog: &MetaCatalog) -> Value {
    json!({
        "accountId": catalog.account_id,
        "catalogId": catalog.catalog_id,
        "enabled": catalog.enabled,
    })
}
