use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{StatusCode, header::ContentType},
    post,
    web::{Data, Query},
};
use application::Application;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{extract::RawBody, problem::Problem};

/// What Meta sends at most. Source: cloud API 5.2.
const BODY_LIMIT: usize = 3 << 20;

/// Others that Meta may add are ignored.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Verification {
    /// `subscribe`.
    #[serde(rename = "hub.mode")]
    mode: Option<String>,
    /// The token that both sides were told.
    #[serde(rename = "hub.verify_token")]
    verify_token: Option<String>,
    /// What is to be answered.
    #[serde(rename = "hub.challenge")]
    challenge: Option<String>,
}

/// Meta's check that the webhook is ours.
#[utoipa::path(tag = "whatsapp", security(()), params(Verification), responses(
    (status = 200, description = "The challenge.", body = String, content_type = "text/plain"),
    (status = 403, description = "`verification_failed`: the token is not the one agreed upon.")))]
#[get("/whatsapp/webhook")]
pub(super) async fn verify_webhook(
    application: Data<Application>,
    query: Result<Query<Verification>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    if let Ok(Query(verification)) = query
        && let Some(challenge) = verification.challenge
        && application.whatsapp.is_verification(
            &verification.mode.unwrap_or_default(),
            &verification.verify_token.unwrap_or_default(),
        )
    {
        return Ok(HttpResponse::Ok()
            .content_type(ContentType::plaintext())
            .body(challenge));
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "verification_failed",
        "the token is not the one agreed upon",
    ))
}

/// Meta's deliveries.
///
/// Signed by `X-Hub-Signature-256` over the raw bytes. 200 means that the delivery is stored;
/// it is read afterwards.
#[utoipa::path(tag = "whatsapp", security(()),
    request_body(content = Object, description = "At most 3 MB."),
    params(("X-Hub-Signature-256" = String, Header, description = "`sha256=` and 64 hex digits.")),
    responses(
        (status = 200, description = "Stored."),
        (status = 401, description = "`invalid_signature`"),
        (status = 413, description = "`payload_too_large`")))]
#[post("/whatsapp/webhook")]
pub(super) async fn receive_delivery(
    application: Data<Application>,
    request: HttpRequest,
    RawBody(body): RawBody<BODY_LIMIT>,
) -> Result<HttpResponse, Problem> {
    let signature = request
        .headers()
        .get("X-Hub-Signature-256")
        .and_then(|value| value.to_str().ok());
    application
        .whatsapp
        .receive_delivery(body, signature)
        .await?;
    Ok(HttpResponse::Ok().finish())
}
