use actix_web::{HttpResponse, post, web::Data};
use application::Application;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    extract::{Authenticated, ClientInfo, Validated},
    problem::Problem,
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerifyEmailRequest {
    /// From the link in the mail.
    #[garde(length(min = 1, max = 255))]
    #[serde(default)]
    #[schema(required)]
    token: String,
}

/// Confirm the e-mail address with the token from the mail.
///
/// A token is good for three days and one use; of several, the newest is good.
#[utoipa::path(tag = "auth", security(()), request_body = VerifyEmailRequest, responses(
    (status = 204, description = "The address is confirmed."),
    (status = 422, description = "`invalid`: at `/token`, `invalid_token` if it is unknown, used or expired.")))]
#[post("/auth/verify-email")]
pub(super) async fn verify_email(
    application: Data<Application>,
    ClientInfo(client): ClientInfo,
    Validated(request): Validated<VerifyEmailRequest>,
) -> Result<HttpResponse, Problem> {
    application
        .auth
        .verify_email(&request.token, &client)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Have the mail that asks to confirm the address sent again.
///
/// Three times an hour at most. If the address is confirmed already, no mail is sent.
#[utoipa::path(tag = "auth", operation_id = "resend_verification", responses(
    (status = 202, description = "A mail is under way, unless the address is confirmed."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/verify-email/resend")]
pub(super) async fn resend(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    application.auth.resend_verification(&actor).await?;
    Ok(HttpResponse::Accepted().finish())
}
