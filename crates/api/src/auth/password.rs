use actix_web::{HttpResponse, put, web::Data};
use application::{Application, auth::ChangePassword};
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{login::is_given, register::is_good_password};
use crate::{
    extract::{Authenticated, Validated},
    problem::Problem,
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangePasswordRequest {
    #[garde(custom(is_given))]
    #[serde(default)]
    #[schema(required, value_type = String, format = "password")]
    current_password: SecretString,
    /// With an upper case letter, a lower case letter and a digit; not a common one, not the
    /// e-mail address, and not the current one.
    #[garde(custom(is_good_password("")))]
    #[serde(default)]
    #[schema(required, value_type = String, format = "password", min_length = 10, max_length = 128)]
    new_password: SecretString,
}

/// Change the password.
///
/// Ends the user's other sessions, in all organizations. Wrong current passwords count as
/// failed attempts to sign in.
#[utoipa::path(tag = "auth", request_body = ChangePasswordRequest, responses(
    (status = 204, description = "The password is changed."),
    (status = 422, description = "`invalid`: at `/currentPassword`, `wrong_password`; at `/newPassword`, `password_unchanged` or why it is not good enough."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[put("/auth/password")]
pub(super) async fn change_password(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<ChangePasswordRequest>,
) -> Result<HttpResponse, Problem> {
    let command = ChangePassword {
        current_password: request.current_password,
        new_password: request.new_password,
    };
    application.auth.change_password(&actor, command).await?;
    Ok(HttpResponse::NoContent().finish())
}
