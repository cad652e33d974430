use actix_web::{HttpResponse, http::header::HeaderValue, post, web::Data};
use application::{
    Application,
    auth::{ACCOUNT_LIMIT, ADDRESS_LIMIT},
};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::SignInResponse;
use crate::{
    extract::{ClientInfo, Validated, fault},
    problem::{Problem, RATE_LIMIT_POLICY},
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
}

/// No rule for good passwords here: they were checked when the password was chosen.
fn is_given(password: &SecretString, (): &()) -> garde::Result {
    match password.expose_secret().len() {
        0 => Err(fault("required", "is required")),
        1..=1024 => Ok(()),
        _ => Err(fault("too_long", "must have at most 1024 bytes")),
    }
}

/// Sign in.
///
/// After 10 failures within 15 minutes for an account, or 20 attempts within a minute from an
/// address, further ones are refused for a while.
#[utoipa::path(tag = "auth", security(()), request_body = LoginRequest, responses(
    (status = 200, body = SignInResponse),
    (status = 401, description = "`invalid_credentials`: the e-mail address or the password is wrong."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/login")]
pub(super) async fn login(
    application: Data<Application>,
    ClientInfo(client): ClientInfo,
    Validated(request): Validated<LoginRequest>,
) -> Result<HttpResponse, Problem> {
    let signed_in = application
        .auth
        .login(&request.email, request.password, client)
        .await;
    match signed_in {
        Ok(sign_in) => Ok(HttpResponse::Ok()
            .insert_header((RATE_LIMIT_POLICY, policy()?))
            .json(SignInResponse::new(sign_in))),
        Err(error) => Err(Problem::from(error).with_header(RATE_LIMIT_POLICY, policy()?)),
    }
}

fn policy() -> Result<HeaderValue, Problem> {
    let policy = format!(
        "\"address\";q={};w={}, \"account\";q={};w={}",
        ADDRESS_LIMIT.count,
        ADDRESS_LIMIT.period.as_secs(),
        ACCOUNT_LIMIT.count,
        ACCOUNT_LIMIT.period.as_secs(),
    );
    HeaderValue::from_str(&policy).map_err(|error| application::Error::internal(error).into())
}
