use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json},
};
use application::{
    Application, Error,
    catalog::{ChangeStock, StockChange},
};
use chrono::{DateTime, Utc};
use domain::{
    catalog::{MovementKind, Product, StockMovement},
    id::Id,
    organizations::MemberName,
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

/// Either `change` or `count`.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeStockRequest {
    /// None for the only one.
    #[garde(skip)]
    variant_id: Option<Uuid>,
    /// So many came or, if it is negative, went.
    #[garde(skip)]
    change: Option<i64>,
    /// So many there are.
    #[garde(skip)]
    count: Option<i64>,
    /// Why it changes; `adjust` if not given. With `count`, nothing else than `count`.
    #[garde(skip)]
    #[schema(inline)]
    kind: Option<KindBody>,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100, example = "damaged")]
    reason: Option<String>,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum KindBody {
    Receive,
    /// Written by orders alone.
    Sell,
    Return,
    Adjust,
    Count,
}

/// What changed the stock.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct StockMovementResponse {
    id: Uuid,
    variant_id: Uuid,
    #[schema(inline)]
    kind: KindBody,
    change: i64,
    /// What lay in the shop after it.
    on_hand: i64,
    /// What of it was promised.
    reserved: i64,
    /// What could still be sold.
    available: i64,
    #[schema(required)]
    reason: Option<String>,
    #[schema(required)]
    note: Option<String>,
    /// Null if the program did it.
    #[schema(required)]
    actor: Option<StockActorResponse>,
    created_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StockActorResponse {
    id: Uuid,
    /// Null if it is not known any more.
    #[schema(required)]
    first_name: Option<String>,
    #[schema(required)]
    last_name: Option<String>,
}

impl StockMovementResponse {
    fn new(movement: StockMovement, actors: &[MemberName]) -> Self {
        let actor = movement.actor_id.map(|id| {
            let name = actors.iter().find(|actor| actor.user_id == id);
            StockActorResponse {
                id: id.uuid(),
                first_name: name.map(|name| name.first_name.clone()),
                last_name: name.map(|name| name.last_name.clone()),
            }
        });
        Self {
            id: movement.id.uuid(),
            variant_id: movement.variant_id.uuid(),
            kind: movement.kind.into(),
            change: movement.change,
            on_hand: movement.on_hand,
            reserved: movement.reserved,
            available: movement.on_hand - movement.reserved,
            reason: movement.reason,
            note: movement.note,
            actor,
            created_at: movement.created_at,
        }
    }
}

impl From<MovementKind> for KindBody {
    fn from(kind: MovementKind) -> Self {
        match kind {
            MovementKind::Receive => Self::Receive,
            MovementKind::Sell => Self::Sell,
            MovementKind::Return => Self::Return,
            MovementKind::Adjust => Self::Adjust,
            MovementKind::Count => Self::Count,
        }
    }
}

impl ChangeStockRequest {
    fn into_command(self) -> Result<ChangeStock, Error> {
        let change = match (self.change, self.count) {
            (Some(0), None) => {
                return Err(Error::invalid("/change", "out_of_range", "must not be 0"));
            }
            (Some(change), None) => StockChange::By(change, self.kind_of(change)?),
            (None, Some(count)) => {
                if self.kind.is_some_and(|kind| kind != KindBody::Count) {
                    let detail = "what is counted is of the kind `count`";
                    return Err(Error::invalid("/kind", "unexpected", detail));
                }
                StockChange::To(count)
            }
            (None, None) => {
                let detail = "is required, or `count`";
                return Err(Error::invalid("/change", "required", detail));
            }
            (Some(_), Some(_)) => {
                let detail = "stands for itself: leave out `change`";
                return Err(Error::invalid("/count", "unexpected", detail));
            }
        };
        let said = |text: Option<String>| {
            let text = text.map(|text| text.trim().to_owned());
            text.filter(|text| !text.is_empty())
        };
        Ok(ChangeStock {
            variant_id: self.variant_id.map(Id::from),
            change,
            reason: said(self.reason),
            note: said(self.note),
        })
    }

    fn kind_of(&self, change: i64) -> Result<MovementKind, Error> {
        let refused = |detail| Err(Error::invalid("/kind", "unexpected", detail));
        match self.kind {
            None | Some(KindBody::Adjust) => Ok(MovementKind::Adjust),
            Some(KindBody::Receive | KindBody::Return) if change < 0 => {
                refused("cannot take any away")
            }
            Some(KindBody::Receive) => Ok(MovementKind::Receive),
            Some(KindBody::Return) => Ok(MovementKind::Return),
            Some(KindBody::Sell) => refused("what is sold is written by orders"),
            Some(KindBody::Count) => refused("say in `count` how many there are"),
        }
    }
}

/// Change the stock. Needs an admin.
///
/// By how many came or went, or by how many were counted.
#[utoipa::path(tag = "catalog", request_body = ChangeStockRequest, params(("id" = Uuid, Path)),
    responses(
        (status = 201, body = StockMovementResponse,
            headers(("Location" = String, description = "The product's movements."))),
        (status = 409, description = "`insufficient_stock`: there are not so many.")))]
#[post("/products/{id}/stock")]
pub(super) async fn change_stock(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Product>,
    Validated(request): Validated<ChangeStockRequest>,
) -> Result<HttpResponse, Problem> {
    let command = request.into_command()?;
    let (movement, by) = application
        .catalog
        .change_stock(&actor, id, command)
        .await?;
    let location = format!("/api/products/{id}/stock-movements");
    Ok(HttpResponse::Created()
        .insert_header(("Location", location))
        .json(StockMovementResponse::new(movement, &by)))
}

/// List what changed the stock
///
/// The newest first.
#[utoipa::path(tag = "catalog", params(ListParameters, ("id" = Uuid, Path)),
    responses((status = 200, body = ListResponse<StockMovementResponse>)))]
#[get("/products/{id}/stock-movements")]
pub(super) async fn list_stock_movements(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Product>,
    query: ListQuery,
) -> Result<Json<ListResponse<StockMovementResponse>>, Problem> {
    let list = application
        .catalog
        .list_stock_movements(&actor, id, query.page, query.include_total)
        .await?;
    let actors = list.actors;
    let page = list
        .page
        .map(|movement| StockMovementResponse::new(movement, &actors));
    Ok(Json(ListResponse::new(page, list.total)))
}
