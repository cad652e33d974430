//! The catalog at Meta that shows what is sold.

use actix_web::{
    HttpResponse, get, post, put,
    web::{Data, Json},
};
use application::{
    Application,
    catalog::{ConnectMetaCatalog, MetaCatalogState},
};
use chrono::{DateTime, Utc};
use domain::{
    catalog::{Drift, DriftKind, DriftReport, MetaItem, MetaItemStatus, MetaStanding},
    whatsapp::Account,
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Authenticated, PathId, Validated},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MetaCatalogRequest {
    /// The number by whose right the catalog is written.
    #[garde(skip)]
    account_id: Uuid,
    /// Meta's id of it: one of `GET /api/whatsapp/accounts/{id}/catalogs`.
    #[garde(length(chars, min = 1, max = 64))]
    catalog_id: String,
    /// While it is not, nothing is sent to Meta, nor are products to customers.
    #[garde(skip)]
    enabled: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MetaCatalogResponse {
    account_id: Uuid,
    catalog_id: String,
    enabled: bool,
    /// Why Meta took nothing when it was last told something. It is told again by itself.
    #[schema(required)]
    error: Option<String>,
    /// Products of which Meta is still to be told.
    pending: u64,
    /// Variants that Meta was told of, and of which it has not said what came of it.
    sent: u64,
    /// Variants that stand at Meta as they are here.
    synced: u64,
    /// Variants that Meta did not take: see `GET /api/catalog/meta/errors`.
    failed: u64,
    /// In what it differed when it was last looked at: `POST /api/catalog/meta/check`.
    #[schema(required)]
    drift: Option<DriftResponse>,
    updated_at: DateTime<Utc>,
}

/// In what Meta's catalog differs. Nothing is changed because of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DriftResponse {
    /// Whether Meta's catalog was read to its end; else nothing is told to be missing.
    is_complete: bool,
    items_read: u64,
    /// Why it was not; null also if there is too much to read.
    #[schema(required)]
    error: Option<String>,
    missing: u64,
    foreign: u64,
    price: u64,
    availability: u64,
    /// The first 200.
    differences: Vec<DifferenceResponse>,
    checked_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DifferenceResponse {
    #[schema(inline)]
    kind: DifferenceKind,
    /// A variant's id, unless it is foreign.
    retailer_id: String,
    product_id: Option<Uuid>,
    ours: Option<String>,
    theirs: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DifferenceKind {
    /// Meta does not show it.
    Missing,
    /// Meta shows what is not yours, or is not sold any more.
    Foreign,
    Price,
    Availability,
}

/// How a product stands in the catalog at Meta.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ProductMetaResponse)]
pub(super) struct ProductMetaResponse {
    #[schema(inline)]
    status: MetaStatus,
    errors: Vec<ProductMetaError>,
    /// When Meta last took any of it.
    #[schema(required)]
    synced_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum MetaStatus {
    Pending,
    Synced,
    Failed,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProductMetaError {
    variant_id: Uuid,
    /// In Meta's words.
    message: String,
}

/// What Meta did not take of a variant.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MetaErrorResponse {
    product_id: Uuid,
    variant_id: Uuid,
    /// In Meta's words.
    messages: Vec<String>,
    failed_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct CatalogNameResponse {
    id: String,
    #[schema(required)]
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct CatalogNamesResponse {
    data: Vec<CatalogNameResponse>,
}

/// Get the catalog at Meta
#[utoipa::path(tag = "catalog", responses((status = 200, body = MetaCatalogResponse),
    (status = 404, description = "None was ever connected.")))]
#[get("/catalog/meta")]
pub(super) async fn get_meta_catalog(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<Json<MetaCatalogResponse>, Problem> {
    let found = application.catalog.get_meta_catalog(&actor).await?;
    Ok(Json(found.into()))
}

/// Have products shown in a catalog at Meta. Needs an admin.
///
/// Products that are active go there by themselves from then on, and those that are not any
/// more are taken out. If it is another catalog than before, the former stays as it is.
#[utoipa::path(tag = "catalog", request_body = MetaCatalogRequest,
    responses((status = 200, body = MetaCatalogResponse),
        (status = 409, description = "`whatsapp_refused`: Meta does not tell its catalogs.")))]
#[put("/catalog/meta")]
pub(super) async fn connect_meta_catalog(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<MetaCatalogRequest>,
) -> Result<Json<MetaCatalogResponse>, Problem> {
    let command = ConnectMetaCatalog {
        account_id: request.account_id.into(),
        catalog_id: request.catalog_id,
        enabled: request.enabled,
    };
    let catalog = &application.catalog;
    let connected = catalog.connect_meta_catalog(&actor, command).await?;
    Ok(Json(connected.into()))
}

/// List the catalogs that a number's business has at Meta. Needs an admin.
#[utoipa::path(tag = "catalog", params(("id" = Uuid, Path)),
    responses((status = 200, body = CatalogNamesResponse),
        (status = 404, description = "There is no such number."),
        (status = 409, description = "`whatsapp_refused`: Meta does not tell its catalogs.")))]
#[get("/whatsapp/accounts/{id}/catalogs")]
pub(super) async fn list_catalogs_at_meta(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(account_id): PathId<Account>,
) -> Result<Json<CatalogNamesResponse>, Problem> {
    let catalog = &application.catalog;
    let found = catalog.list_catalogs_at_meta(&actor, account_id).await?;
    let data = found.into_iter().map(|catalog| CatalogNameResponse {
        id: catalog.id,
        name: catalog.name,
    });
    Ok(Json(CatalogNamesResponse {
        data: data.collect(),
    }))
}

/// List what Meta did not take
///
/// Newest first.
#[utoipa::path(tag = "catalog", params(ListParameters),
    responses((status = 200, body = ListResponse<MetaErrorResponse>)))]
#[get("/catalog/meta/errors")]
pub(super) async fn list_meta_errors(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery,
) -> Result<Json<ListResponse<MetaErrorResponse>>, Problem> {
    let list = application
        .catalog
        .list_meta_errors(&actor, query.page, query.include_total)
        .await?;
    let page = list.page.map(MetaErrorResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// Tell Meta anew of all that is sold. Needs an admin.
#[utoipa::path(tag = "catalog", responses((status = 202, description = "It is being told."),
    (status = 409, description = "`catalog_not_connected`.")))]
#[post("/catalog/meta/push")]
pub(super) async fn push_meta_catalog(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    application.catalog.push_all(&actor).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Compare the catalog at Meta. Needs an admin.
///
/// `GET /api/catalog/meta` has the report as `drift` once it is there. Nothing is changed.
#[utoipa::path(tag = "catalog", responses((status = 202, description = "It is being compared."),
    (status = 409, description = "`catalog_not_connected`.")))]
#[post("/catalog/meta/check")]
pub(super) async fn check_meta_catalog(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    application.catalog.request_check(&actor).await?;
    Ok(HttpResponse::Accepted().finish())
}

impl From<MetaCatalogState> for MetaCatalogResponse {
    fn from(MetaCatalogState { catalog, counts }: MetaCatalogState) -> Self {
        Self {
            account_id: catalog.account_id.uuid(),
            catalog_id: catalog.catalog_id,
            enabled: catalog.enabled,
            error: catalog.error,
            pending: counts.changed,
            sent: counts.sent,
            synced: counts.synced,
            failed: counts.failed,
            drift: catalog.drift.map(Into::into),
            updated_at: catalog.updated_at,
        }
    }
}

impl From<DriftReport> for DriftResponse {
    fn from(report: DriftReport) -> Self {
        let count = |kind| report.counts.get(&kind).copied().unwrap_or_default();
        Self {
            is_complete: report.is_complete,
            items_read: report.items_read,
            error: report.error,
            missing: count(DriftKind::Missing),
            foreign: count(DriftKind::Foreign),
            price: count(DriftKind::Price),
            availability: count(DriftKind::Availability),
            differences: report.differences.into_iter().map(Into::into).collect(),
            checked_at: report.checked_at,
        }
    }
}

impl From<Drift> for DifferenceResponse {
    fn from(drift: Drift) -> Self {
        Self {
            kind: match drift.kind {
                DriftKind::Missing => DifferenceKind::Missing,
                DriftKind::Foreign => DifferenceKind::Foreign,
                DriftKind::Price => DifferenceKind::Price,
                DriftKind::Availability => DifferenceKind::Availability,
            },
            retailer_id: drift.retailer_id,
            product_id: drift.product_id.map(domain::id::Id::uuid),
            ours: drift.ours,
            theirs: drift.theirs,
        }
    }
}

impl From<MetaStanding> for ProductMetaResponse {
    fn from(standing: MetaStanding) -> Self {
        let items = &standing.items;
        let any = |status| items.iter().any(|item| item.status == status);
        let status = if standing.has_changed || any(MetaItemStatus::Sent) {
            MetaStatus::Pending
        } else if any(MetaItemStatus::Failed) {
            MetaStatus::Failed
        } else {
            MetaStatus::Synced
        };
        let errors = items.iter().flat_map(|item| {
            let errors = item.errors.iter();
            errors.map(|message| ProductMetaError {
                variant_id: item.variant_id.uuid(),
                message: message.clone(),
            })
        });
        Self {
            status,
            errors: errors.collect(),
            synced_at: items.iter().filter_map(|item| item.synced_at).max(),
        }
    }
}

impl From<MetaItem> for MetaErrorResponse {
    fn from(item: MetaItem) -> Self {
        Self {
            product_id: item.product_id.uuid(),
            variant_id: item.variant_id.uuid(),
            messages: item.errors,
            failed_at: item.updated_at,
        }
    }
}
