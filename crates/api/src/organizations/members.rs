use actix_web::{
    HttpResponse, delete, get, post, put,
    web::{Data, Json},
};
use application::{Application, organizations::UpdateMember};
use chrono::{DateTime, Utc};
use domain::{
    auth::User,
    organizations::{Availability, MemberChange, MemberProfile, Role},
};
use garde::Validate;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{ToSchema, openapi::Object};
use uuid::Uuid;

use super::audit_log::one_of;
use crate::{
    auth::is_given,
    extract::{Authenticated, IfMatch, PathId, Validated, etag, present},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

/// Somebody who works in the organization.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberResponse {
    /// The user's id.
    id: Uuid,
    first_name: String,
    last_name: String,
    email: String,
    /// E.164.
    #[schema(example = "+14155552671")]
    phone_number: String,
    #[schema(schema_with = role)]
    role: Role,
    /// Who is not active cannot sign in to the organization.
    active: bool,
    /// Whether the program may give chats to the member.
    #[schema(schema_with = availability)]
    availability: Availability,
    email_verified: bool,
    two_factor_enabled: bool,
    /// Null before the first time.
    #[schema(required)]
    last_signed_in_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    version: i64,
}

impl From<MemberProfile> for MemberResponse {
    fn from(profile: MemberProfile) -> Self {
        let member = profile.member;
        Self {
            id: member.user_id.uuid(),
            first_name: profile.first_name,
            last_name: profile.last_name,
            email: profile.email.into(),
            phone_number: profile.phone_number.into(),
            role: member.role,
            active: member.active,
            availability: member.availability,
            email_verified: profile.email_verified,
            two_factor_enabled: profile.two_factor_enabled,
            last_signed_in_at: member.last_signed_in_at,
            created_at: member.created_at,
            updated_at: member.updated_at,
            version: member.version,
        }
    }
}

pub(super) fn role() -> Object {
    one_of(&[Role::Agent, Role::Admin, Role::Owner])
}

pub(crate) fn availability() -> Object {
    one_of(&[Availability::Available, Availability::Away])
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetAvailabilityRequest {
    #[garde(skip)]
    #[schema(schema_with = availability)]
    availability: Availability,
}

/// Fields that are absent stay as they are.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateMemberRequest {
    /// Is changed by owners alone.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(required = false, schema_with = role)]
    role: Option<Role>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    active: Option<bool>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TransferOwnershipRequest {
    /// Your own.
    #[garde(custom(is_given))]
    #[serde(default)]
    #[schema(required, value_type = String, format = "password")]
    password: SecretString,
}

impl UpdateMemberRequest {
    fn into_command(self, IfMatch(expected_version): IfMatch) -> UpdateMember {
        UpdateMember {
            expected_version,
            change: MemberChange {
                role: self.role,
                active: self.active,
            },
        }
    }
}

fn answer(member: MemberProfile) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(member.member.version))
        .json(MemberResponse::from(member))
}

/// Who works in the organization, the newest first.
#[utoipa::path(tag = "organizations", params(ListParameters), responses(
    (status = 200, body = ListResponse<MemberResponse>)))]
#[get("/members")]
pub(super) async fn list_members(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery,
) -> Result<Json<ListResponse<MemberResponse>>, Problem> {
    let list = application
        .organizations
        .list_members(&actor, query.page, query.include_total)
        .await?;
    let page = list.page.map(MemberResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// One member.
#[utoipa::path(tag = "organizations", params(("id" = Uuid, Path)), responses(
    (status = 200, body = MemberResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/members/{id}")]
pub(super) async fn get_member(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<User>,
) -> Result<HttpResponse, Problem> {
    let member = application.organizations.get_member(&actor, id).await?;
    Ok(answer(member))
}

/// Change a member's role, or whether the member may sign in.
///
/// Needs an admin; roles and owners are changed by owners alone. A change ends the member's
/// sessions in the organization.
#[utoipa::path(tag = "organizations", request_body = UpdateMemberRequest,
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = MemberResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`last_owner`: an active owner must stay. `cannot_deactivate_yourself`"),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/members/{id}")]
pub(super) async fn update_member(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<User>,
    if_match: IfMatch,
    Validated(request): Validated<UpdateMemberRequest>,
) -> Result<HttpResponse, Problem> {
    let command = request.into_command(if_match);
    let member = application
        .organizations
        .update_member(&actor, id, command)
        .await?;
    Ok(answer(member))
}

/// Tell whether you take chats.
///
/// Who is away is given no chats by the program, keeps those they have, and may be given
/// others by hand.
#[utoipa::path(tag = "organizations", request_body = SetAvailabilityRequest, responses(
    (status = 200, body = MemberResponse, description = "You.",
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[put("/members/me/availability")]
pub(super) async fn set_availability(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<SetAvailabilityRequest>,
) -> Result<HttpResponse, Problem> {
    let me = application
        .organizations
        .set_availability(&actor, request.availability)
        .await?;
    Ok(answer(me))
}

/// Remove a member, or leave the organization.
///
/// Anybody may leave; to remove others needs an admin, and to remove owners an owner. The
/// member's sessions in the organization end; what the member did keeps its name.
#[utoipa::path(tag = "organizations",
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to remove.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 409, description = "`last_owner`: an active owner must stay."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[delete("/members/{id}")]
pub(super) async fn remove_member(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<User>,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    application
        .organizations
        .remove_member(&actor, id, expected_version)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Make a member the owner in your place.
///
/// You become an admin. The sessions of both of you in the organization end. Wrong passwords
/// count as failed attempts to sign in.
#[utoipa::path(tag = "organizations", request_body = TransferOwnershipRequest,
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = MemberResponse, description = "The new owner.",
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`already_owner`, or `member_not_active`"),
        (status = 422, description = "`invalid`: at `/password`, `wrong_password`."),
        (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/members/{id}/transfer-ownership")]
pub(super) async fn transfer_ownership(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<User>,
    Validated(request): Validated<TransferOwnershipRequest>,
) -> Result<HttpResponse, Problem> {
    let owner = application
        .organizations
        .transfer_ownership(&actor, id, request.password)
        .await?;
    Ok(answer(owner))
}
