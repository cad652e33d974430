use actix_web::{HttpResponse, get, put, web::Data};
use application::{Application, chats::UpdateAssignmentSettings};
use chrono::{DateTime, Utc};
use domain::chats::{AgentsSee, AssignmentSettings};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{ToSchema, openapi::Object};

use super::one_of;
use crate::{
    extract::{Authenticated, IfMatch, Validated, etag, present},
    problem::Problem,
};

/// Whether chats that nobody has are given to members, in turn.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AssignmentSettingsResponse {
    enabled: bool,
    /// Who has so many open chats is given no more.
    capacity: u16,
    /// Which chats agents see: `all`, or with `own_and_unassigned` only those that are theirs or
    /// nobody's. Admins and owners see all.
    #[schema(schema_with = agents_see)]
    agents_see: AgentsSee,
    /// Null if nothing was ever set.
    #[schema(required)]
    updated_at: Option<DateTime<Utc>>,
    /// Counts changes, from 1; 0 if nothing was ever set.
    version: i64,
}

impl From<AssignmentSettings> for AssignmentSettingsResponse {
    fn from(settings: AssignmentSettings) -> Self {
        Self {
            enabled: settings.enabled,
            capacity: settings.capacity,
            agents_see: settings.agents_see,
            updated_at: (settings.version > 0).then_some(settings.updated_at),
            version: settings.version,
        }
    }
}

/// Fields that are absent stay as they are.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateAssignmentSettingsRequest {
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    enabled: Option<bool>,
    #[garde(inner(range(min = 1, max = AssignmentSettings::MAX_CAPACITY)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u16, required = false, minimum = 1, maximum = 500)]
    capacity: Option<u16>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(schema_with = agents_see, required = false)]
    agents_see: Option<AgentsSee>,
}

fn agents_see() -> Object {
    let all = [AgentsSee::All, AgentsSee::OwnAndUnassigned];
    one_of(&all.map(AgentsSee::as_str))
}

/// Get how chats are assigned
#[utoipa::path(tag = "chats", responses((status = 200, body = AssignmentSettingsResponse,
    headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/chats/assignment-settings")]
pub(super) async fn get_assignment_settings(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    let settings = application.chats.get_assignment_settings(&actor).await?;
    Ok(answer(settings))
}

/// Change how chats are assigned
///
/// Needs an admin. When it is on, open chats that nobody has go, the oldest first, to the
/// active and available member who has fewer open chats than the capacity and was given one
/// the longest ago. If nobody is free, they wait until somebody is. Whoever assigns a chat by
/// hand is bound by none of this.
///
/// With `agentsSee` at `own_and_unassigned`, agents see only chats that are theirs or nobody's,
/// and of the others nothing: each is `404`, in no list, no count and no search, and not told
/// over the WebSocket. Admins and owners see all.
#[utoipa::path(tag = "chats", request_body = UpdateAssignmentSettingsRequest,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses((status = 200, body = AssignmentSettingsResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/chats/assignment-settings")]
pub(super) async fn update_assignment_settings(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    IfMatch(expected_version): IfMatch,
    Validated(request): Validated<UpdateAssignmentSettingsRequest>,
) -> Result<HttpResponse, Problem> {
    let command = UpdateAssignmentSettings {
        expected_version,
        enabled: request.enabled,
        capacity: request.capacity,
        agents_see: request.agents_see,
    };
    let settings = application
        .chats
        .update_assignment_settings(&actor, command)
        .await?;
    Ok(answer(settings))
}

fn answer(settings: AssignmentSettings) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(settings.version))
        .json(AssignmentSettingsResponse::from(settings))
}
