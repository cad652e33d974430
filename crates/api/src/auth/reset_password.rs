use actix_web::{HttpResponse, post, web::Data};
use application::{Application, auth::ResetPassword};
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::register::is_good_password;
use crate::{
    extract::{ClientInfo, Validated},
    problem::Problem,
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResetPasswordRequest {
    /// From the link in the mail.
    #[garde(length(min = 1, max = 255))]
    #[serde(default)]
    #[schema(required)]
    token: String,
    /// With an upper case letter, a lower case letter and a digit; not a common one, and not
    /// the e-mail address.
    #[garde(custom(is_good_password("")))]
    #[serde(default)]
    #[schema(required, value_type = String, format = "password", min_length = 10, max_length = 128)]
    new_password: SecretString,
}

/// Choose a new password with the token from the mail.
///
/// Ends every session of the user, and confirms the e-mail address. A password that is refused
/// leaves the token as it is.
#[utoipa::path(tag = "auth", security(()), request_body = ResetPasswordRequest, responses(
    (status = 204, description = "The password is set: sign in with it."),
    (status = 422, description = "`invalid`: at `/token`, `invalid_token` if it is unknown, used or expired; at `/newPassword`, why it is not good enough."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/reset-password")]
pub(super) async fn reset_password(
    application: Data<Application>,
    ClientInfo(client): ClientInfo,
    Validated(request): Validated<ResetPasswordRequest>,
) -> Result<HttpResponse, Problem> {
    let command = ResetPassword {
        token: request.token,
        new_password: request.new_password,
    };
    application.auth.reset_password(command, &client).await?;
    Ok(HttpResponse::NoContent().finish())
}
