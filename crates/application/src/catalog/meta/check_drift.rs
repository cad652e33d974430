use std::collections::{HashMap, HashSet};

use domain::{
    catalog::{
        Drift, DriftKind, DriftReport, Product, ProductFilter, ProductId, ProductSort,
        ProductStatus, Variant,
    },
    job::{Job, Outcome},
    money::Money,
    organizations::{OrganizationId, Permission},
    page::SortedRequest,
    store::Repositories,
    whatsapp::ShownItem,
};

use super::Reachable;
use crate::{Actor, Error, catalog::Catalog};

/// More of Meta's pages are not read.
const MAX_PAGES: usize = 500;

/// What Meta should show of a variant.
struct Wanted {
    product: ProductId,
    price: Money,
    is_available: bool,
}

impl Catalog {
    /// Has it told soon in what Meta's catalog differs. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn request_check(&self, actor: &Actor) -> Result<(), Error> {
        actor.require(Permission::CatalogWrite)?;
        let organization_id = actor.organization_id();
        let uow = self.ports.store.begin(organization_id).await?;
        self.enabled(uow.as_ref()).await?;
        uow.enqueue(Job::CheckCatalog { organization_id });
        Ok(uow.commit().await?)
    }

    /// The job that compares. It changes nothing, neither here nor there. What Meta refuses is
    /// told in the report, and not asked again: changes wait behind it.
    pub(crate) async fn check_drift(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let reached = self.reach(data.as_ref(), |catalog| catalog.enabled);
        let reachable = match reached.await? {
            Ok(reachable) => reachable,
            Err(outcome) => return Ok(outcome),
        };
        let wanted = wanted(data.as_ref()).await?;
        let report = self.compare(organization_id, &reachable, wanted).await?;
        let uow = self.ports.store.begin(organization_id).await?;
        let meta = uow.meta_catalog();
        meta.note_drift(&reachable.catalog.catalog_id, &report)
            .await?;
        uow.commit().await?;
        Ok(Outcome::Done)
    }

    async fn compare(
        &self,
        organization_id: OrganizationId,
        reachable: &Reachable,
        mut wanted: HashMap<String, Wanted>,
    ) -> Result<DriftReport, Error> {
        let mut report = DriftReport {
            checked_at: self.ports.clock.now(),
            ..DriftReport::default()
        };
        let (mut after, mut seen) = (None, HashSet::new());
        for _ in 0..MAX_PAGES {
            let page = self
                .ports
                .cloud_api
                .shown_items(
                    &reachable.credentials,
                    &reachable.catalog.catalog_id,
                    after.as_deref(),
                )
                .await;
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    let trouble = self.trouble(organization_id, reachable, &error).await?;
                    report.error = Some(trouble.reason);
                    break;
                }
            };
            // Meta's pages may repeat what they have told.
            for item in page
                .items
                .into_iter()
                .filter(|item| seen.insert(item.id.clone()))
            {
                report.items_read += 1;
                note_differences(&mut report, &item, wanted.remove(&item.retailer_id));
            }
            after = page.next;
            if after.is_none() {
                report.is_complete = true;
                break;
            }
        }
        if report.is_complete {
            let mut missing: Vec<_> = wanted.into_iter().collect();
            missing.sort_by(|(a, _), (b, _)| a.cmp(b));
            for (retailer_id, wanted) in missing {
                report.add(Drift {
                    kind: DriftKind::Missing,
                    retailer_id,
                    product_id: Some(wanted.product),
                    ours: None,
                    theirs: None,
                });
            }
        }
        Ok(report)
    }
}

fn note_differences(report: &mut DriftReport, item: &ShownItem, wanted: Option<Wanted>) {
    let drift = |kind, product_id, ours, theirs| Drift {
        kind,
        retailer_id: item.retailer_id.clone(),
        product_id,
        ours,
        theirs,
    };
    let Some(wanted) = wanted else {
        report.add(drift(DriftKind::Foreign, None, None, None));
        return;
    };
    let currency = wanted.price.currency;
    let decimals = usize::from(currency.exponent().unwrap_or_default());
    let is_same = item.amount(decimals) == Some(wanted.price.amount)
        && item
            .currency
            .as_deref()
            .is_none_or(|code| code == currency.code());
    if !is_same {
        let ours = format!("{} {}", wanted.price.decimal(), currency.code());
        let theirs = item.price.clone();
        report.add(drift(
            DriftKind::Price,
            Some(wanted.product),
            Some(ours),
            theirs,
        ));
    }
    let shown = item.availability.as_deref().unwrap_or_default();
    if shown.eq_ignore_ascii_case("in stock") != wanted.is_available {
        let ours = availability(wanted.is_available).to_owned();
        let theirs = item.availability.clone();
        report.add(drift(
            DriftKind::Availability,
            Some(wanted.product),
            Some(ours),
            theirs,
        ));
    }
}

fn availability(is_available: bool) -> &'static str {
    if is_available {
        "in stock"
    } else {
        "out of stock"
    }
}

/// All that Meta should show, by retailer id.
async fn wanted(data: &dyn Repositories) -> Result<HashMap<String, Wanted>, Error> {
    let filter = ProductFilter {
        status: Some(ProductStatus::Active),
        ..ProductFilter::default()
    };
    let mut page = SortedRequest {
        sort: ProductSort::CreatedAt,
        descending: false,
        after: None,
        limit: 100,
    };
    let mut wanted = HashMap::new();
    loop {
        let found = data.products().list(&filter, &page).await?;
        for product in &found.rows {
            let items = product.variants.iter().map(|variant| of(product, variant));
            wanted.extend(items);
        }
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok(wanted),
        }
    }
}

fn of(product: &Product, variant: &Variant) -> (String, Wanted) {
    let wanted = Wanted {
        product: product.id,
        price: variant.price,
        is_available: product.rules().allow_one(variant.stock),
    };
    (variant.id.to_string(), wanted)
}
