use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Json},
};
use application::{Application, auth::OwnSession};
use chrono::{DateTime, Utc};
use domain::auth::Session;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Authenticated, PathId},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

/// One sign-in on one device.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SessionResponse {
    id: Uuid,
    /// Whether it is the one that asks.
    current: bool,
    /// What the device called itself when it signed in.
    #[schema(required)]
    user_agent: Option<String>,
    /// Whence it signed in.
    #[schema(required, example = "203.0.113.7")]
    address: Option<String>,
    organization: SessionOrganizationResponse,
    created_at: DateTime<Utc>,
    /// When its tokens were last renewed.
    last_used_at: DateTime<Utc>,
    /// When it is over, unless its tokens are renewed before.
    expires_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct SessionOrganizationResponse {
    id: Uuid,
    name: String,
}

impl From<OwnSession> for SessionResponse {
    fn from(own: OwnSession) -> Self {
        let session = own.session;
        Self {
            id: session.id.uuid(),
            current: own.is_current,
            user_agent: session.user_agent,
            address: session.address,
            organization: SessionOrganizationResponse {
                id: session.organization_id.uuid(),
                name: own.organization_name,
            },
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        }
    }
}

/// The own sessions, in all organizations, newest first.
#[utoipa::path(tag = "auth", params(ListParameters), responses(
    (status = 200, body = ListResponse<SessionResponse>)))]
#[get("/auth/sessions")]
pub(super) async fn list_sessions(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery,
) -> Result<Json<ListResponse<SessionResponse>>, Problem> {
    let list = application
        .auth
        .list_sessions(&actor, query.page, query.include_total)
        .await?;
    let page = list.page.map(SessionResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// End one of the own sessions.
///
/// Its access token and its refresh token stop at once, and its WebSocket closes.
#[utoipa::path(tag = "auth", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "The session is over.")))]
#[delete("/auth/sessions/{id}")]
pub(super) async fn revoke_session(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Session>,
) -> Result<HttpResponse, Problem> {
    application.auth.revoke_session(&actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End all of the own sessions, in every organization, this one too.
#[utoipa::path(tag = "auth", responses((status = 204, description = "The sessions are over.")))]
#[post("/auth/logout-all")]
pub(super) async fn logout_all(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    application.auth.logout_all(&actor).await?;
    Ok(HttpResponse::NoContent().finish())
}
