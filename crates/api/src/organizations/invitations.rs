use actix_web::{
    HttpResponse, delete, get,
    http::header::LOCATION,
    post,
    web::{Data, Json},
};
use application::Application;
use chrono::{DateTime, Utc};
use domain::{
    auth::EmailAddress,
    organizations::{Invitation, Role},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::members::role;
use crate::{
    extract::{Authenticated, PathId, Validated},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

/// Somebody who was asked to join.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct InvitationResponse {
    id: Uuid,
    email: String,
    #[schema(schema_with = role)]
    role: Role,
    /// The id of the user who asked last.
    invited_by: Uuid,
    created_at: DateTime<Utc>,
    /// Seven days after it was sent last.
    expires_at: DateTime<Utc>,
}

impl From<Invitation> for InvitationResponse {
    fn from(invitation: Invitation) -> Self {
        Self {
            id: invitation.id.uuid(),
            email: invitation.email.into(),
            role: invitation.role,
            invited_by: invitation.invited_by.uuid(),
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InviteMemberRequest {
    #[garde(skip)]
    #[schema(value_type = String, format = "email")]
    email: EmailAddress,
    /// Not above your own.
    #[garde(skip)]
    #[schema(schema_with = role)]
    role: Role,
}

/// The open invitations, newest first. Needs an admin.
#[utoipa::path(tag = "organizations", params(ListParameters), responses(
    (status = 200, body = ListResponse<InvitationResponse>)))]
#[get("/invitations")]
pub(super) async fn list_invitations(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery,
) -> Result<Json<ListResponse<InvitationResponse>>, Problem> {
    let list = application
        .organizations
        .list_invitations(&actor, query.page, query.include_total)
        .await?;
    let page = list.page.map(InvitationResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// One open invitation. Needs an admin.
#[utoipa::path(tag = "organizations", params(("id" = Uuid, Path)), responses(
    (status = 200, body = InvitationResponse)))]
#[get("/invitations/{id}")]
pub(super) async fn get_invitation(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Invitation>,
) -> Result<Json<InvitationResponse>, Problem> {
    let invitation = application.organizations.get_invitation(&actor, id).await?;
    Ok(Json(invitation.into()))
}

/// Ask somebody to join, by mail. Needs an admin.
///
/// To ask the same address again sends a new link, with this role and for another seven
/// days; the link before is void. Who was asked to be an owner is asked again, as whatever, by
/// owners alone. 50 within an hour are possible, and 5 to one address.
#[utoipa::path(tag = "organizations", request_body = InviteMemberRequest, responses(
    (status = 201, body = InvitationResponse,
        headers(("Location" = String, description = "The invitation."))),
    (status = 409, description = "`already_member`"),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/invitations")]
pub(super) async fn invite_member(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<InviteMemberRequest>,
) -> Result<HttpResponse, Problem> {
    let invitation = application
        .organizations
        .invite_member(&actor, request.email, request.role)
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/invitations/{}", invitation.id)))
        .json(InvitationResponse::from(invitation)))
}

/// Take an invitation back. Needs an admin, and an owner if it is one to be an owner.
#[utoipa::path(tag = "organizations", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Its link leads nowhere any more.")))]
#[delete("/invitations/{id}")]
pub(super) async fn revoke_invitation(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Invitation>,
) -> Result<HttpResponse, Problem> {
    application
        .organizations
        .revoke_invitation(&actor, id)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
