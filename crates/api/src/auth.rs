//! Registration, sign-in and sessions.

mod login;
mod logout;
mod me;
mod refresh;
mod register;

use application::auth::{Profile, SignIn, Tokens};
use chrono::{DateTime, Utc};
use domain::auth::User;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::organizations::OrganizationResponse;

pub(crate) fn configure(services: &mut ServiceConfig) {
    services
        .service(register::register)
        .service(login::login)
        .service(refresh::refresh)
        .service(logout::logout)
        .service(me::me);
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
    /// `owner`, `admin` or `agent`.
    role: &'static str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl SignInResponse {
    fn new(sign_in: SignIn) -> Self {
        let Profile {
            user,
            organization,
            role,
        } = sign_in.profile;
        Self {
            user: UserResponse::new(user, role.as_str(), organization.name.clone()),
            organization: organization.into(),
            tokens: sign_in.tokens.into(),
        }
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
