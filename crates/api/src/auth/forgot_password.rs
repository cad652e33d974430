use actix_web::{HttpResponse, post, web::Data};
use application::Application;
use domain::auth::EmailAddress;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::register::is_email;
use crate::{
    extract::{ClientInfo, Validated},
    problem::{Fault, Problem},
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ForgotPasswordRequest {
    #[garde(custom(is_email))]
    #[serde(default)]
    #[schema(required, format = "email")]
    email: String,
}

/// Ask for a new password.
///
/// Sends a link with a token, good for one hour and one use, if the address is a user's. The
/// answer is the same if it is not. Of several links, the newest is good.
#[utoipa::path(tag = "auth", security(()), request_body = ForgotPasswordRequest, responses(
    (status = 202, description = "If the address is a user's, a mail is under way."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/forgot-password")]
pub(super) async fn forgot_password(
    application: Data<Application>,
    ClientInfo(client): ClientInfo,
    Validated(request): Validated<ForgotPasswordRequest>,
) -> Result<HttpResponse, Problem> {
    let email = EmailAddress::parse(&request.email).map_err(|error| {
        Problem::invalid(vec![Fault::new(
            "/email",
            "invalid_email",
            error.to_string(),
        )])
    })?;
    application.auth.forgot_password(email, &client).await?;
    Ok(HttpResponse::Accepted().finish())
}
