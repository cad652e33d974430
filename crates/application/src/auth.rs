//! Registration, sign-in and sessions.

mod accept_invitation;
mod access_token;
mod authenticate;
mod change_password;
mod confirm_password;
mod forgot_password;
mod list_sessions;
mod login;
mod logout;
mod logout_all;
mod me;
mod one_time_tokens;
mod opaque_token;
mod passwords;
mod refresh;
mod register;
mod resend_verification;
mod reset_password;
mod revoke_session;
mod send_email_verification;
mod send_password_reset;
mod send_security_notice;
mod send_welcome_mail;
mod session;
mod switch_organization;
mod two_factor;
mod update_me;
mod verify_email;

use std::{net::IpAddr, sync::Arc, time::Duration};

use domain::{
    auth::User,
    organizations::{Organization, Role},
};

pub use accept_invitation::AcceptInvitation;
pub(crate) use authenticate::session_ended;
pub use change_password::ChangePassword;
pub use list_sessions::{OwnSession, SessionList};
pub use login::{ACCOUNT_LIMIT, ADDRESS_LIMIT, Login};
pub use me::Me;
pub use register::Register;
pub use reset_password::ResetPassword;
pub(crate) use session::end_sessions;
pub use two_factor::{Enrolment, TwoFactorStatus};
pub use update_me::UpdateMe;

use crate::{Ports, Settings};
use access_token::AccessTokens;
use opaque_token::OpaqueTokens;
use passwords::Passwords;

#[derive(Clone)]
pub struct Auth {
    ports: Ports,
    settings: Arc<Settings>,
    passwords: Passwords,
    access_tokens: Arc<AccessTokens>,
    opaque_tokens: Arc<OpaqueTokens>,
}

/// The device from which somebody signs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
}

/// Who somebody is, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub user: User,
    pub organization: Organization,
    pub role: Role,
}

/// What a session goes on with.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    pub access_token: String,
    /// Good for one use.
    pub refresh_token: String,
    /// How long the access token is good.
    pub expires_in: Duration,
}

/// A session that has just begun.
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    pub profile: Profile,
    pub tokens: Tokens,
}

impl Client {
    /// Characters beyond this are not kept.
    pub const MAX_USER_AGENT_LENGTH: usize = 500;
}

impl Auth {
    pub(crate) fn new(ports: Ports, settings: Arc<Settings>) -> Self {
        Self {
            ports,
            passwords: Passwords::new(),
            access_tokens: Arc::new(AccessTokens::new(&settings.jwt_secret)),
            opaque_tokens: Arc::new(OpaqueTokens::new(&settings.jwt_refresh_secret)),
            settings,
        }
    }
}
