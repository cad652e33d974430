use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json},
};
use application::Application;
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::login::is_given;
use crate::{
    extract::{Authenticated, Validated},
    problem::Problem,
};

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TwoFactorResponse {
    /// Whether signing in asks for a code besides the password.
    enabled: bool,
    recovery_codes_left: u64,
}

/// That it is still you.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmPasswordRequest {
    #[garde(custom(is_given))]
    #[serde(default)]
    #[schema(required, value_type = String, format = "password")]
    password: SecretString,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmTwoFactorRequest {
    /// What the authenticator shows.
    #[garde(length(min = 1, max = 64))]
    #[serde(default)]
    #[schema(required, example = "492039")]
    code: String,
}

/// What an authenticator takes over (RFC 6238: SHA-1, 6 digits, 30 seconds).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TwoFactorEnrolmentResponse {
    /// In base 32, for typing.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    secret: String,
    /// The same, for a QR code.
    #[schema(
        example = "otpauth://totp/Luminous:ana%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Luminous"
    )]
    otpauth_uri: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RecoveryCodesResponse {
    /// Each is good once, in the place of a code. They are not shown again.
    #[schema(example = json!(["8T2K-0QWJ-M4ZC-X9VB"]))]
    recovery_codes: Vec<String>,
}

impl From<Vec<SecretString>> for RecoveryCodesResponse {
    fn from(codes: Vec<SecretString>) -> Self {
        Self {
            recovery_codes: codes
                .iter()
                .map(|code| code.expose_secret().to_owned())
                .collect(),
        }
    }
}

/// How the own second factor stands.
#[utoipa::path(tag = "auth", responses((status = 200, body = TwoFactorResponse)))]
#[get("/auth/two-factor")]
pub(super) async fn get_two_factor(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<Json<TwoFactorResponse>, Problem> {
    let status = application.auth.get_two_factor_status(&actor).await?;
    Ok(Json(TwoFactorResponse {
        enabled: status.is_enabled,
        recovery_codes_left: status.recovery_codes_left,
    }))
}

/// Get a secret for an authenticator.
///
/// The second factor is on once a code is confirmed. Asking again makes another secret.
#[utoipa::path(tag = "auth", request_body = ConfirmPasswordRequest, responses(
    (status = 200, body = TwoFactorEnrolmentResponse),
    (status = 409, description = "`two_factor_already_enabled`"),
    (status = 422, description = "`invalid`: at `/password`, `wrong_password`."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/two-factor")]
pub(super) async fn begin_two_factor_enrolment(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<ConfirmPasswordRequest>,
) -> Result<Json<TwoFactorEnrolmentResponse>, Problem> {
    let enrolment = application
        .auth
        .begin_two_factor_enrolment(&actor, request.password)
        .await?;
    Ok(Json(TwoFactorEnrolmentResponse {
        secret: enrolment.secret.expose_secret().to_owned(),
        otpauth_uri: enrolment.otpauth_uri.expose_secret().to_owned(),
    }))
}

/// Turn the second factor on.
#[utoipa::path(tag = "auth", request_body = ConfirmTwoFactorRequest, responses(
    (status = 200, body = RecoveryCodesResponse),
    (status = 409, description = "`two_factor_not_enrolling` or `two_factor_already_enabled`"),
    (status = 422, description = "`invalid`: at `/code`, `invalid_two_factor_code`."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/two-factor/confirm")]
pub(super) async fn confirm_two_factor_enrolment(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<ConfirmTwoFactorRequest>,
) -> Result<Json<RecoveryCodesResponse>, Problem> {
    let codes = application
        .auth
        .confirm_two_factor_enrolment(&actor, &request.code)
        .await?;
    Ok(Json(codes.into()))
}

/// Get new recovery codes. The older ones are void.
#[utoipa::path(tag = "auth", request_body = ConfirmPasswordRequest, responses(
    (status = 200, body = RecoveryCodesResponse),
    (status = 409, description = "`two_factor_not_enabled`"),
    (status = 422, description = "`invalid`: at `/password`, `wrong_password`."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/two-factor/recovery-codes")]
pub(super) async fn replace_recovery_codes(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<ConfirmPasswordRequest>,
) -> Result<Json<RecoveryCodesResponse>, Problem> {
    let codes = application
        .auth
        .replace_recovery_codes(&actor, request.password)
        .await?;
    Ok(Json(codes.into()))
}

/// Turn the second factor off.
#[utoipa::path(tag = "auth", request_body = ConfirmPasswordRequest, responses(
    (status = 204, description = "The password alone signs in."),
    (status = 409, description = "`two_factor_not_enabled`"),
    (status = 422, description = "`invalid`: at `/password`, `wrong_password`."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/two-factor/disable")]
pub(super) async fn disable_two_factor(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<ConfirmPasswordRequest>,
) -> Result<HttpResponse, Problem> {
    application
        .auth
        .disable_two_factor(&actor, request.password)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
