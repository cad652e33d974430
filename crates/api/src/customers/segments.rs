use actix_web::{
    HttpResponse, delete, get,
    http::header::LOCATION,
    post, put,
    web::{Data, Json},
};
use application::{
    Application,
    customers::{SegmentView, UpdateSegment},
};
use chrono::{DateTime, Utc};
use domain::customers::Segment;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::filter::FilterBody;
use crate::{
    extract::{Authenticated, IfMatch, PathId, Validated, etag, is_name, present},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

/// Customers who are meant again and again: a filter with a name.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Segment)]
pub(super) struct SegmentResponse {
    id: Uuid,
    /// Unique in the organization, whatever its case.
    #[schema(example = "Regulars")]
    name: String,
    filter: FilterBody,
    /// How many customers are in it now.
    customer_count: u64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    version: i64,
}

impl From<SegmentView> for SegmentResponse {
    fn from(view: SegmentView) -> Self {
        let segment = view.segment;
        Self {
            id: segment.id.uuid(),
            name: segment.name,
            filter: view.filter.into(),
            customer_count: view.customers,
            created_at: segment.created_at,
            updated_at: segment.updated_at,
            version: segment.version,
        }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateSegmentRequest {
    #[garde(custom(is_name))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// `me` means who says it.
    #[garde(dive)]
    filter: FilterBody,
}

/// Fields that are absent stay as they are.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateSegmentRequest {
    #[garde(inner(custom(is_name)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// The whole filter.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = FilterBody, required = false)]
    filter: Option<FilterBody>,
}

/// List segments
///
/// Newest first, each with how many customers are in it now.
#[utoipa::path(tag = "customers", params(ListParameters),
    responses((status = 200, body = ListResponse<SegmentResponse>)))]
#[get("/segments")]
pub(super) async fn list_segments(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery,
) -> Result<Json<ListResponse<SegmentResponse>>, Problem> {
    let list = application
        .customers
        .list_segments(&actor, query.page, query.include_total)
        .await?;
    let page = list.page.map(SegmentResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// Get a segment
#[utoipa::path(tag = "customers", params(("id" = Uuid, Path)),
    responses((status = 200, body = SegmentResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/segments/{id}")]
pub(super) async fn get_segment(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Segment>,
) -> Result<HttpResponse, Problem> {
    let found = application.customers.get_segment(&actor, id).await?;
    Ok(answer(found))
}

/// Keep a segment. Needs an admin.
#[utoipa::path(tag = "customers", request_body = CreateSegmentRequest,
    responses(
        (status = 201, body = SegmentResponse,
            headers(("Location" = String, description = "The segment."),
                ("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description =
            "`name_taken`; `existingId` tells by which one. `too_many_segments`.")))]
#[post("/segments")]
pub(super) async fn create_segment(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<CreateSegmentRequest>,
) -> Result<HttpResponse, Problem> {
    let filter = request.filter.into_input();
    let created = application
        .customers
        .create_segment(&actor, request.name, filter)
        .await?;
    let path = format!("/api/segments/{}", created.segment.id);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, path))
        .insert_header(etag(created.segment.version))
        .json(SegmentResponse::from(created)))
}

/// Change a segment. Needs an admin.
#[utoipa::path(tag = "customers", request_body = UpdateSegmentRequest,
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = SegmentResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`name_taken`; `existingId` tells by which one."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/segments/{id}")]
pub(super) async fn update_segment(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Segment>,
    IfMatch(expected_version): IfMatch,
    Validated(request): Validated<UpdateSegmentRequest>,
) -> Result<HttpResponse, Problem> {
    let command = UpdateSegment {
        expected_version,
        name: request.name,
        filter: request.filter.map(FilterBody::into_input),
    };
    let changed = application
        .customers
        .update_segment(&actor, id, command)
        .await?;
    Ok(answer(changed))
}

/// Remove a segment. Needs an admin.
///
/// The customers in it stay.
#[utoipa::path(tag = "customers",
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to remove.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[delete("/segments/{id}")]
pub(super) async fn remove_segment(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Segment>,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    application
        .customers
        .remove_segment(&actor, id, expected_version)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn answer(view: SegmentView) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(view.segment.version))
        .json(SegmentResponse::from(view))
}
