use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json},
};
use application::{
    Application,
    customers::{MergeOutcome, Unmerged},
};
use chrono::{DateTime, Utc};
use domain::customers::{Customer, CustomerMerge, MergeConflict};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{attribute::attribute_name, customer_response::FullCustomerResponse};
use crate::{
    extract::{Authenticated, IfMatch, PathId, PathIds, Validated, ValidatedQuery, etag},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MergeRequest {
    /// The customer who becomes part of this one.
    #[garde(skip)]
    other_id: Uuid,
}

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MergeParameters {
    /// The customer who would become part of this one.
    #[garde(skip)]
    other_id: Uuid,
}

/// What would become of two customers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MergePreview {
    /// Who would stay, as they would be.
    customer: FullCustomerResponse,
    /// Where both have something, and only one can stay.
    conflicts: Vec<MergeConflictResponse>,
    moved: MovedResponse,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MergeConflict)]
struct MergeConflictResponse {
    /// As in a customer; of the organization's own fields, `customFields` and the field's id.
    #[schema(example = "email")]
    field: String,
    /// What the customer who stays has, and keeps.
    #[schema(required, value_type = Option<Object>)]
    kept: Value,
    /// What the other has.
    #[schema(required, value_type = Object)]
    dropped: Value,
}

/// How much of the other's moves.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MergeMoved)]
struct MovedResponse {
    contacts: usize,
    chats: usize,
    consents: usize,
}

/// That one customer was made part of another.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerMerge)]
struct MergeResponse {
    id: Uuid,
    /// Who stays.
    customer_id: Uuid,
    /// Who is no more.
    other_id: Uuid,
    /// The user's id.
    merged_by: Uuid,
    merged_at: DateTime<Utc>,
    /// Until then it can be undone.
    undo_until: DateTime<Utc>,
    #[schema(required)]
    undone_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomersMerged)]
struct MergedResponse {
    merge: MergeResponse,
    #[serde(flatten)]
    outcome: MergePreview,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomersUnmerged)]
struct UnmergedResponse {
    customer: FullCustomerResponse,
    /// Who is there again.
    other: FullCustomerResponse,
}

impl From<MergeOutcome> for MergePreview {
    fn from(outcome: MergeOutcome) -> Self {
        Self {
            customer: outcome.customer.into(),
            conflicts: outcome.conflicts.into_iter().map(Into::into).collect(),
            moved: MovedResponse {
                contacts: outcome.moved.contacts.len(),
                chats: outcome.moved.chats.len(),
                consents: outcome.moved.consents.len(),
            },
        }
    }
}

impl From<MergeConflict> for MergeConflictResponse {
    fn from(conflict: MergeConflict) -> Self {
        Self {
            field: attribute_name(conflict.field),
            kept: conflict.kept,
            dropped: conflict.dropped,
        }
    }
}

impl From<CustomerMerge> for MergeResponse {
    fn from(merge: CustomerMerge) -> Self {
        Self {
            id: merge.id.uuid(),
            customer_id: merge.customer_id.uuid(),
            other_id: merge.other_id.uuid(),
            merged_by: merge.merged_by.uuid(),
            merged_at: merge.merged_at,
            undo_until: merge.undo_until(),
            undone_at: merge.undone_at,
        }
    }
}

/// Preview a merge
///
/// What would become of two customers. Changes nothing.
#[utoipa::path(tag = "customers", params(("id" = Uuid, Path), MergeParameters),
    responses(
        (status = 200, body = MergePreview),
        (status = 409, description = "`too_many_tags`, `notes_too_long`: together they have more \
            than one customer may."),
        (status = 422, description = "`same_customer`: both are the same.")))]
#[get("/customers/{id}/merge-preview")]
pub(super) async fn preview_merge(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Customer>,
    ValidatedQuery(query): ValidatedQuery<MergeParameters>,
) -> Result<Json<MergePreview>, Problem> {
    let outcome = application
        .customers
        .preview_merge(&actor, id, query.other_id.into())
        .await?;
    Ok(Json(outcome.into()))
}

/// Merge another customer into this one
///
/// All that was the other's is this one's: contacts and their chats, numbers, tags, notes, and
/// what was said of marketing, of which the newest word counts. Of what a customer has one of,
/// this one's stays, and is taken from the other where there is none. For 30 days it can be
/// undone.
#[utoipa::path(tag = "customers", request_body = MergeRequest,
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = MergedResponse,
            headers(("ETag" = String, description = "The customer's version, for `If-Match`."))),
        (status = 409, description = "`too_many_tags`, `notes_too_long`: together they have more \
            than one customer may."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it."),
        (status = 422, description = "`same_customer`: both are the same.")))]
#[post("/customers/{id}/merge")]
pub(super) async fn merge_customer(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Customer>,
    IfMatch(expected_version): IfMatch,
    Validated(request): Validated<MergeRequest>,
) -> Result<HttpResponse, Problem> {
    let (merge, outcome) = application
        .customers
        .merge_customer(&actor, id, request.other_id.into(), expected_version)
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(outcome.customer.customer.version))
        .json(MergedResponse {
            merge: merge.into(),
            outcome: outcome.into(),
        }))
}

/// List merges into a customer
///
/// Newest first, those that were undone too.
#[utoipa::path(tag = "customers", params(("id" = Uuid, Path), ListParameters),
    responses((status = 200, body = ListResponse<MergeResponse>)))]
#[get("/customers/{id}/merges")]
pub(super) async fn list_merges(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Customer>,
    query: ListQuery,
) -> Result<Json<ListResponse<MergeResponse>>, Problem> {
    let list = application
        .customers
        .list_merges(&actor, id, query.page, query.include_total)
        .await?;
    let page = list.page.map(MergeResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// Undo a merge
///
/// The other customer is there again, under the same id, with what they had: contacts and their
/// chats with all that was said since, and consents. What was changed since of the customer who
/// stayed is left as it is; who said since that they want no marketing, has said it for both.
#[utoipa::path(tag = "customers", params(("id" = Uuid, Path), ("mergeId" = Uuid, Path)),
    responses(
        (status = 200, body = UnmergedResponse),
        (status = 409, description = "`undo_expired`: it was more than 30 days ago. \
            `merge_undone`: it was undone already. `phone_number_taken`: somebody else has a \
            number of the other's since; `existingId` tells who.")))]
#[post("/customers/{id}/merges/{mergeId}/undo")]
pub(super) async fn undo_merge(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathIds(id, merge_id): PathIds<Customer, CustomerMerge>,
) -> Result<Json<UnmergedResponse>, Problem> {
    let Unmerged { customer, other } = application
        .customers
        .undo_merge(&actor, id, merge_id)
        .await?;
    Ok(Json(UnmergedResponse {
        customer: customer.into(),
        other: other.into(),
    }))
}
