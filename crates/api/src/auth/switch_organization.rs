use actix_web::{
    post,
    web::{Data, Json},
};
use application::Application;
use domain::organizations::OrganizationId;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::SignInResponse;
use crate::{
    extract::{Authenticated, Validated},
    problem::Problem,
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SwitchOrganizationRequest {
    /// One of the `organizations` of `GET /api/auth/me`.
    #[garde(skip)]
    #[schema(value_type = Uuid)]
    organization_id: OrganizationId,
}

/// Go on in another of the own organizations.
///
/// Ends this session, and begins one there.
#[utoipa::path(tag = "auth", request_body = SwitchOrganizationRequest, responses(
    (status = 200, body = SignInResponse),
    (status = 404, description = "You are no active member of such an organization.")))]
#[post("/auth/switch-organization")]
pub(super) async fn switch_organization(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<SwitchOrganizationRequest>,
) -> Result<Json<SignInResponse>, Problem> {
    let sign_in = application
        .auth
        .switch_organization(&actor, request.organization_id)
        .await?;
    Ok(Json(SignInResponse::new(&application, sign_in)?))
}
