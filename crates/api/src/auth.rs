//! Registration, sign-in and sessions.

mod accept_invitation;
mod forgot_password;
mod login;
mod logout;
mod me;
mod password;
mod refresh;
mod register;
mod reset_password;
mod sessions;
mod switch_organization;
mod two_factor;
mod verify_email;

use application::{
    Application,
    auth::{Profile, SignIn, Tokens},
};
use chrono::{DateTime, Utc};
use domain::auth::User;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{organizations::OrganizationResponse, problem::Problem};
pub(crate) use login::is_given;

pub(crate) fn configure(services: &mut ServiceConfig) {
    services
        .service(register::register)
        .service(accept_invitation::accept_invitation)
        .service(verify_email::verify_email)
        .service(verify_email::resend)
        .service(forgot_password::forgot_password)
        .service(reset_password::reset_password)
        .service(password::change_password)
        .service(login::login)
        .service(refresh::refresh)
        .service(logout::logout)
        .service(sessions::logout_all)
        .service(sessions::list_sessions)
        .service(sessions::revoke_session)
        .service(switch_organization::switch_organization)
        .service(two_factor::get_two_factor)
        .service(two_factor::begin_two_factor_enrolment)
        .service(two_factor::confirm_two_factor_enrolment)
        .service(two_factor::replace_recovery_codes)
        .service(two_factor::disable_two_factor)
        .service(me::get_me)
        .service(me::update_me);
}

/// A session that has just begun.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SignInResponse {
    user: UserResponse,
    organization: OrganizationResponse,
    #[serde(flatten)]
    tokens: TokensResponse,
}

/// What a session goes on with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TokensResponse {
    /// For `Authorization: Bearer …`.
    access_token: String,
    /// Good for one use.
    refresh_token: String,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: u64,
    #[schema(example = "Bearer")]
    token_type: &'static str,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserResponse {
    id: Uuid,
    first_name: String,
    last_name: String,
    business_name: String,
    email: String,
    /// E.164.
    #[schema(example = "+14155550123")]
    phone_number: String,
    email_verified: bool,
    /// Whether signing in asks for a code besides the password.
    two_factor_enabled: bool,
    /// `owner`, `admin` or `agent`.
    role: &'static str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl SignInResponse {
    fn new(application: &Application, sign_in: SignIn) -> Result<Self, Problem> {
        let Profile {
            user,
            organization,
            role,
        } = sign_in.profile;
        Ok(Self {
            user: UserResponse::new(user, role.as_str(), organization.name.clone()),
            organization: OrganizationResponse::new(application, organization)?,
            tokens: sign_in.tokens.into(),
        })
    }
}

impl UserResponse {
    fn new(user: User, role: &'static str, business_name: String) -> Self {
        Self {
            id: user.id.uuid(),
            first_name: user.first_name,
            last_name: user.last_name,
            business_name,
            email: user.email.into(),
            phone_number: user.phone_number.into(),
            email_verified: user.email_verified,
            two_factor_enabled: user.two_factor.is_on(),
            role,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl From<Tokens> for TokensResponse {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            expires_in: tokens.expires_in.as_secs(),
            token_type: "Bearer",
        }
    }
}
