use actix_web::{HttpResponse, post, web::Data};
use application::{Application, auth::Login};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::SignInResponse;
use crate::{
    extract::{ClientInfo, Validated, fault},
    problem::Problem,
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    #[garde(length(min = 1, max = 254))]
    #[serde(default)]
    #[schema(required)]
    email: String,
    #[garde(custom(is_given))]
    #[serde(default)]
    #[schema(required, value_type = String, format = "password")]
    password: SecretString,
    /// Of the authenticator, or a recovery code; only for those who have turned it on.
    #[garde(inner(length(min = 1, max = 64)))]
    #[serde(default)]
    #[schema(example = "492039")]
    code: Option<String>,
}

/// No rule for good passwords here: they were checked when the password was chosen.
pub(crate) fn is_given(password: &SecretString, (): &()) -> garde::Result {
    match password.expose_secret().len() {
        0 => Err(fault("required", "is required")),
        1..=1024 => Ok(()),
        _ => Err(fault("too_long", "must have at most 1024 bytes")),
    }
}

/// Sign in, to the organization last signed in to.
///
/// Who has turned on the second factor is asked for a code once the password is right.
/// After 10 failures within 15 minutes for an account, or 20 attempts within a minute from an
/// address, further ones are refused for a while.
#[utoipa::path(tag = "auth", security(()), request_body = LoginRequest, responses(
    (status = 200, body = SignInResponse),
    (status = 401, description = "`invalid_credentials`: the e-mail address or the password is wrong. `two_factor_required`: send a code too. `invalid_two_factor_code`: the code is wrong, too old, or was used before."),
    (status = 403, description = "`no_organization`: who signs in is an active member nowhere any more, and needs an invitation."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/login")]
pub(super) async fn login(
    application: Data<Application>,
    ClientInfo(client): ClientInfo,
    Validated(request): Validated<LoginRequest>,
) -> Result<HttpResponse, Problem> {
    let command = Login {
        email: request.email,
        password: request.password,
        code: request.code,
    };
    let sign_in = application.auth.login(command, client).await?;
    Ok(HttpResponse::Ok().json(SignInResponse::new(&application, sign_in)?))
}
