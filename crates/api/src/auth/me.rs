use actix_web::{
    get, put,
    web::{Data, Json},
};
use application::{
    Application,
    auth::{Me, UpdateMe},
};
use domain::{
    auth::Membership,
    organizations::{Availability, Permission},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::UserResponse;
use crate::{
    extract::{Authenticated, Validated, is_name, present},
    organizations::{OrganizationResponse, availability},
    problem::Problem,
};

#[derive(Serialize, ToSchema)]
struct MeResponse {
    user: UserResponse,
    organization: OrganizationResponse,
    /// `owner`, `admin` or `agent`.
    role: &'static str,
    /// What the role may do, such as `chats.write`.
    permissions: Vec<&'static str>,
    /// Whether the program may give you chats.
    #[schema(schema_with = availability)]
    availability: Availability,
    /// Where the user is an active member, the one last signed in to first.
    organizations: Vec<MembershipResponse>,
}

#[derive(Serialize, ToSchema)]
struct MembershipResponse {
    id: Uuid,
    name: String,
    /// `owner`, `admin` or `agent`.
    role: &'static str,
}

impl MeResponse {
    fn new(application: &Application, me: Me) -> Result<Self, Problem> {
        let profile = me.profile;
        let role = profile.role.as_str();
        let business_name = profile.organization.name.clone();
        Ok(Self {
            user: UserResponse::new(profile.user, role, business_name),
            organization: OrganizationResponse::new(application, profile.organization)?,
            role,
            availability: me.availability,
            permissions: profile.role.permissions().map(Permission::as_str).collect(),
            organizations: me.organizations.into_iter().map(Into::into).collect(),
        })
    }
}

impl From<Membership> for MembershipResponse {
    fn from(membership: Membership) -> Self {
        Self {
            id: membership.organization_id.uuid(),
            name: membership.organization_name,
            role: membership.role.as_str(),
        }
    }
}

/// Fields that are absent stay as they are.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateMeRequest {
    #[garde(inner(custom(is_name)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    first_name: Option<String>,
    #[garde(inner(custom(is_name)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    last_name: Option<String>,
    /// Without a country code, it belongs to the organization's country.
    #[garde(inner(length(min = 1, max = 50)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, example = "+14155552671")]
    phone_number: Option<String>,
}

/// Who is signed in.
#[utoipa::path(tag = "auth", responses((status = 200, body = MeResponse)))]
#[get("/auth/me")]
pub(super) async fn get_me(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<Json<MeResponse>, Problem> {
    let me = application.auth.me(&actor).await?;
    MeResponse::new(&application, me).map(Json)
}

/// Change the own name and phone number.
#[utoipa::path(tag = "auth", request_body = UpdateMeRequest, responses(
    (status = 200, body = MeResponse)))]
#[put("/auth/me")]
pub(super) async fn update_me(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<UpdateMeRequest>,
) -> Result<Json<MeResponse>, Problem> {
    let trimmed = |name: String| name.trim().to_owned();
    let command = UpdateMe {
        first_name: request.first_name.map(trimmed),
        last_name: request.last_name.map(trimmed),
        phone_number: request.phone_number,
    };
    let me = application.auth.update_me(&actor, command).await?;
    MeResponse::new(&application, me).map(Json)
}
