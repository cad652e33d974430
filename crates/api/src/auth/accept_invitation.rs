use actix_web::{HttpResponse, http::header::LOCATION, post, web::Data};
use application::{Application, auth::AcceptInvitation};
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{SignInResponse, login::is_given};
use crate::{
    extract::{ClientInfo, Validated},
    problem::Problem,
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AcceptInvitationRequest {
    /// From the link in the mail.
    #[garde(length(min = 1, max = 255))]
    #[serde(default)]
    #[schema(required)]
    token: String,
    /// Names and phone number are needed of those who have no account yet, and else ignored.
    #[garde(skip)]
    #[schema(min_length = 1, max_length = 100)]
    first_name: Option<String>,
    #[garde(skip)]
    #[schema(min_length = 1, max_length = 100)]
    last_name: Option<String>,
    /// Without a country code, it belongs to the organization's country.
    #[garde(skip)]
    #[schema(example = "+14155552671")]
    phone_number: Option<String>,
    /// That of the account which the invited address has already, or else a new one: 10 to
    /// 128 characters with an upper case letter, a lower case letter and a digit; not a
    /// common one, and not the e-mail address.
    #[garde(custom(is_given))]
    #[serde(default)]
    #[schema(required, value_type = String, format = "password")]
    password: SecretString,
    /// Of the authenticator, or a recovery code; only for those who have turned it on.
    #[garde(inner(length(min = 1, max = 64)))]
    #[schema(example = "492039")]
    code: Option<String>,
}

impl From<AcceptInvitationRequest> for AcceptInvitation {
    fn from(request: AcceptInvitationRequest) -> Self {
        Self {
            token: request.token,
            first_name: request.first_name.unwrap_or_default(),
            last_name: request.last_name.unwrap_or_default(),
            phone_number: request.phone_number.unwrap_or_default(),
            password: request.password,
            code: request.code,
        }
    }
}

/// Join an organization that has asked.
///
/// Signs in to it. Who has no account gets one, with an e-mail address that is verified; who
/// has one proves it as for signing in.
#[utoipa::path(tag = "auth", security(()), request_body = AcceptInvitationRequest, responses(
    (status = 201, body = SignInResponse),
    (status = 401, description = "`invalid_credentials`: the password is not that of the account. `two_factor_required`: send a code too. `invalid_two_factor_code`: the code is wrong, too old, or was used before."),
    (status = 409, description = "`already_member`, or `email_taken`: somebody has registered with the address in the same moment."),
    (status = 422, description = "`invalid`: at `/token`, `invalid_token`: it is unknown, used up, expired or revoked."),
    (status = 429, description = "`rate_limited`; `Retry-After` says when to try again.")))]
#[post("/auth/accept-invitation")]
pub(super) async fn accept_invitation(
    application: Data<Application>,
    ClientInfo(client): ClientInfo,
    Validated(request): Validated<AcceptInvitationRequest>,
) -> Result<HttpResponse, Problem> {
    let sign_in = application
        .auth
        .accept_invitation(request.into(), client)
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, "/api/auth/me"))
        .json(SignInResponse::new(&application, sign_in)?))
}
