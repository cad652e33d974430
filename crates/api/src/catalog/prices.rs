use actix_web::{
    get,
    web::{Data, Json},
};
use application::Application;
use chrono::{DateTime, Utc};
use domain::{
    catalog::{PriceRecord, Product},
    id::Id,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Authenticated, PathId},
    list::{ListParameters, ListQuery, ListResponse},
    money::MoneyBody,
    problem::Problem,
};

/// What a variant cost from a time on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PriceResponse {
    id: Uuid,
    variant_id: Uuid,
    price: MoneyBody,
    #[schema(required)]
    compare_at_price: Option<MoneyBody>,
    /// Who said so.
    #[schema(required)]
    actor_id: Option<Uuid>,
    created_at: DateTime<Utc>,
}

impl From<PriceRecord> for PriceResponse {
    fn from(record: PriceRecord) -> Self {
        Self {
            id: record.id.uuid(),
            variant_id: record.variant_id.uuid(),
            price: record.price.into(),
            compare_at_price: record.compare_at_price.map(Into::into),
            actor_id: record.actor_id.map(Id::uuid),
            created_at: record.created_at,
        }
    }
}

/// List what a product has cost
///
/// The newest first; also of variants that it has no more.
#[utoipa::path(tag = "catalog", params(ListParameters, ("id" = Uuid, Path)),
    responses((status = 200, body = ListResponse<PriceResponse>)))]
#[get("/products/{id}/prices")]
pub(super) async fn list_prices(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Product>,
    query: ListQuery,
) -> Result<Json<ListResponse<PriceResponse>>, Problem> {
    let list = application
        .catalog
        .list_prices(&actor, id, query.page, query.include_total)
        .await?;
    let page = list.page.map(PriceResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}
