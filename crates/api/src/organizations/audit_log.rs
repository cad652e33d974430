use actix_web::{
    get,
    web::{Data, Json},
};
use application::Application;
use chrono::{DateTime, Utc};
use domain::audit::{AuditAction, AuditFilter, AuditRecord, AuditTarget, AuditTargetKind};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{Object, ObjectBuilder, schema::Type},
};
use uuid::Uuid;

use crate::{
    extract::Authenticated,
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AuditLogParameters {
    #[garde(skip)]
    #[param(schema_with = action)]
    action: Option<AuditAction>,
    /// Only what this user did.
    #[garde(skip)]
    actor_id: Option<Uuid>,
    /// Only what was done to this user, account or whatever else.
    #[garde(skip)]
    target_id: Option<Uuid>,
    #[garde(skip)]
    from: Option<DateTime<Utc>>,
    /// Excluded.
    #[garde(skip)]
    to: Option<DateTime<Utc>>,
}

impl From<AuditLogParameters> for AuditFilter {
    fn from(parameters: AuditLogParameters) -> Self {
        Self {
            action: parameters.action,
            actor_id: parameters.actor_id.map(Into::into),
            target_id: parameters.target_id,
            from: parameters.from,
            to: parameters.to,
        }
    }
}

/// That something was done.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditEntryResponse {
    id: Uuid,
    #[schema(schema_with = action)]
    action: AuditAction,
    /// Null if the program did it by itself, or somebody who was not signed in.
    #[schema(required)]
    actor: Option<AuditActorResponse>,
    target: AuditTargetResponse,
    /// The IP address from which the request came.
    #[schema(required)]
    address: Option<String>,
    #[schema(required)]
    user_agent: Option<String>,
    /// The `X-Request-Id` of the request that led to it.
    #[schema(required)]
    request_id: Option<String>,
    /// What changed, as it was.
    #[schema(required, value_type = Option<Object>)]
    before: Option<Value>,
    /// What changed, as it is since.
    #[schema(required, value_type = Option<Object>)]
    after: Option<Value>,
    created_at: DateTime<Utc>,
}

/// Who did it, by the present name.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditActorResponse {
    id: Uuid,
    first_name: String,
    last_name: String,
    email: String,
}

/// What it was done to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditTargetResponse {
    #[serde(rename = "type")]
    #[schema(schema_with = target_kind)]
    kind: AuditTargetKind,
    id: Uuid,
}

impl From<AuditRecord> for AuditEntryResponse {
    fn from(AuditRecord { entry, actor }: AuditRecord) -> Self {
        let actor = entry.actor_id.zip(actor);
        let AuditTarget { kind, id } = entry.target;
        Self {
            id: entry.id.uuid(),
            action: entry.action,
            actor: actor.map(|(id, actor)| AuditActorResponse {
                id: id.uuid(),
                first_name: actor.first_name,
                last_name: actor.last_name,
                email: actor.email.into(),
            }),
            target: AuditTargetResponse { kind, id },
            address: entry.address,
            user_agent: entry.user_agent,
            request_id: entry.request_id,
            before: entry.before,
            after: entry.after,
            created_at: entry.created_at,
        }
    }
}

fn action() -> Object {
    one_of(&AuditAction::ALL)
}

fn target_kind() -> Object {
    one_of(&AuditTargetKind::ALL)
}

/// The schema of a word out of a fixed list.
pub(super) fn one_of(words: &[impl Serialize]) -> Object {
    let words = words
        .iter()
        .filter_map(|word| serde_json::to_value(word).ok());
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .build()
}

/// What was done in the organization.
///
/// Each change of security, team, organization and accounts: who did it, when and from
/// where, newest first. Needs an admin.
#[utoipa::path(tag = "organizations", params(ListParameters, AuditLogParameters), responses(
    (status = 200, body = ListResponse<AuditEntryResponse>)))]
#[get("/audit-log")]
pub(super) async fn list_audit_log(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery<AuditLogParameters>,
) -> Result<Json<ListResponse<AuditEntryResponse>>, Problem> {
    let list = application
        .organizations
        .list_audit_log(
            &actor,
            &query.filter.into(),
            query.page,
            query.include_total,
        )
        .await?;
    let page = list.page.map(AuditEntryResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}
