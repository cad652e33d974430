use actix_web::{HttpResponse, get, web::Data};
use application::{Application, auth::permissions};
use serde::Serialize;
use utoipa::ToSchema;

use super::UserResponse;
use crate::{extract::Authenticated, organizations::OrganizationResponse, problem::Problem};

#[derive(Serialize, ToSchema)]
struct MeResponse {
    user: UserResponse,
    organization: OrganizationResponse,
    /// `owner`, `admin` or `agent`.
    role: &'static str,
    /// What the role may do, such as `chats.write`.
    permissions: Vec<&'static str>,
}

/// Who is signed in.
#[utoipa::path(tag = "auth", operation_id = "get_me", responses((status = 200, body = MeResponse)))]
#[get("/auth/me")]
pub(super) async fn me(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    let profile = application.auth.me(&actor).await?;
    let role = profile.role.as_str();
    let business_name = profile.organization.name.clone();
    Ok(HttpResponse::Ok().json(MeResponse {
        user: UserResponse::new(profile.user, role, business_name),
        organization: profile.organization.into(),
        role,
        permissions: permissions(profile.role),
    }))
}
