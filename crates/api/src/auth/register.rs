use actix_web::{HttpResponse, http::header::LOCATION, post, web::Data};
use application::{Application, auth::Register};
use domain::{
    auth::{EmailAddress, Password},
    text::PhoneNumber,
};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::SignInResponse;
use crate::{
    extract::{ClientInfo, Validated, fault, is_name},
    problem::{Fault, Problem},
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RegisterRequest {
    #[garde(custom(is_name))]
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 100)]
    first_name: String,
    #[garde(custom(is_name))]
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 100)]
    last_name: String,
    #[garde(custom(is_name))]
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 100)]
    business_name: String,
    #[garde(custom(is_email))]
    #[serde(default)]
    #[schema(required, format = "email")]
    email: String,
    /// With the country code.
    #[garde(custom(is_phone_number))]
    #[serde(default)]
    #[schema(required, example = "+14155552671")]
    phone_number: String,
    /// With an upper case letter, a lower case letter and a digit; not a common one, and not
    /// the e-mail address.
    #[garde(custom(is_good_password(&self.email)))]
    #[serde(default)]
    #[schema(required, value_type = String, format = "password", min_length = 10, max_length = 128)]
    password: SecretString,
    #[garde(custom(is_same_as(&self.password)))]
    #[serde(default)]
    #[schema(required, value_type = String, format = "password")]
    confirm_password: SecretString,
}

pub(super) fn is_email(email: &str, (): &()) -> garde::Result {
    if email.is_empty() {
        return Err(fault("required", "is required"));
    }
    EmailAddress::parse(email).map_err(|error| fault("invalid_email", error))?;
    Ok(())
}

pub(super) fn is_phone_number(phone_number: &str, (): &()) -> garde::Result {
    if phone_number.is_empty() {
        return Err(fault("required", "is required"));
    }
    PhoneNumber::parse(phone_number, None).map_err(|error| fault("invalid_phone_number", error))?;
    Ok(())
}

pub(super) fn is_good_password(email: &str) -> impl FnOnce(&SecretString, &()) -> garde::Result {
    move |password, ()| {
        if password.expose_secret().is_empty() {
            return Err(fault("required", "is required"));
        }
        let email = EmailAddress::parse(email).ok();
        Password::choose(password.clone(), email.as_ref())
            .map_err(|error| fault(error.code(), error))?;
        Ok(())
    }
}

fn is_same_as(password: &SecretString) -> impl FnOnce(&SecretString, &()) -> garde::Result {
    move |confirmation, ()| {
        if confirmation.expose_secret() == password.expose_secret() {
            Ok(())
        } else {
            Err(fault(
                "password_mismatch",
                "must be the same as the password",
            ))
        }
    }
}

impl TryFrom<RegisterRequest> for Register {
    type Error = Problem;

    fn try_from(request: RegisterRequest) -> Result<Self, Problem> {
        let invalid = |pointer: &str, code: &'static str, detail: String| {
            Problem::invalid(vec![Fault::new(pointer, code, detail)])
        };
        let email = EmailAddress::parse(&request.email)
            .map_err(|error| invalid("/email", "invalid_email", error.to_string()))?;
        Ok(Self {
            first_name: request.first_name.trim().to_owned(),
            last_name: request.last_name.trim().to_owned(),
            business_name: request.business_name.trim().to_owned(),
            phone_number: PhoneNumber::parse(&request.phone_number, None).map_err(|error| {
                invalid("/phoneNumber", "invalid_phone_number", error.to_string())
            })?,
            password: Password::choose(request.password, Some(&email))
                .map_err(|error| invalid("/password", error.code(), error.to_string()))?,
            email,
        })
    }
}

/// Register a business.
///
/// Creates the organization and its owner, and signs the owner in.
#[utoipa::path(tag = "auth", security(()), request_body = RegisterRequest, responses(
    (status = 201, body = SignInResponse),
    (status = 409, description = "`email_taken`"),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/register")]
pub(super) async fn register(
    application: Data<Application>,
    ClientInfo(client): ClientInfo,
    Validated(request): Validated<RegisterRequest>,
) -> Result<HttpResponse, Problem> {
    let sign_in = application
        .auth
        .register(request.try_into()?, client)
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, "/api/auth/me"))
        .json(SignInResponse::new(&application, sign_in)?))
}
