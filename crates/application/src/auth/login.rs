use std::time::Duration;

use domain::auth::{EmailAddress, User, UserId};
use secrecy::SecretString;

use super::{Auth, Client, SignIn};
use crate::{
    Error,
    throttle::{Limit, network, throttle},
};

/// Failures for one account. A success forgets them.
pub const ACCOUNT_LIMIT: Limit = Limit {
    name: "login-account",
    count: 10,
    period: Duration::from_mins(15),
};

/// Attempts from one address, whatever comes of them.
pub const ADDRESS_LIMIT: Limit = Limit {
    name: "login-address",
    count: 20,
    period: Duration::from_mins(1),
};

/// What somebody presents to be signed in.
pub struct Login {
    pub email: String,
    pub password: SecretString,
    /// Of the authenticator, or a recovery code; only for those who have turned it on.
    pub code: Option<String>,
}

impl Auth {
    /// Begins a session in the organization last signed in to. A wrong e-mail address and a
    /// wrong password are not told apart, by neither the answer nor the time that it takes.
    /// Only after the right password is a code asked for: that this tells the password to be
    /// right is the price of asking for the code when it is needed, as is usual.
    #[tracing::instrument(skip_all)]
    pub async fn login(&self, command: Login, client: Client) -> Result<SignIn, Error> {
        let user = self
            .check_password(&command.email, command.password, &client)
            .await?;
        let system = self.ports.store.begin_system().await?;
        let code = command.code.as_deref();
        let user = self
            .check_second_factor(&*system, &user, code, &client)
            .await?;
        let memberships = system.users().memberships(user.id).await?;
        let Some(membership) = memberships.first() else {
            // The code is not used up, as nothing was opened with it.
            drop(system);
            self.forget_failures(&user.email).await;
            return Err(Error::NoOrganization);
        };
        let (organization_id, role) = (membership.organization_id, membership.role);
        let tokens = self
            .open_session_within(system, &user, organization_id, role, client)
            .await?;
        self.forget_failures(&user.email).await;
        let profile = self.profile(user, organization_id, role).await?;
        Ok(SignIn { profile, tokens })
    }

    /// Whose e-mail address and password these are. Counts as an attempt to sign in, and as a
    /// failed one until `forget_failures`.
    pub(super) async fn check_password(
        &self,
        email: &str,
        password: SecretString,
        client: &Client,
    ) -> Result<User, Error> {
        let email = EmailAddress::parse(email).ok();
        let mut limits = Vec::new();
        if let Some(address) = client.address {
            limits.push((ADDRESS_LIMIT, network(address).to_string()));
        }
        if let Some(email) = &email {
            limits.push((ACCOUNT_LIMIT, email.to_string()));
        }
        throttle(&self.ports, &limits).await?;

        let system = self.ports.store.read_system();
        let user = match &email {
            Some(email) => system.users().find_by_email(email).await?,
            None => None,
        };
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let is_right = self.passwords.verify(password, hash).await?;
        match user {
            Some(user) if is_right => Ok(user),
            user => {
                note_refusal(user.map(|user| user.id), client, "password");
                Err(invalid_credentials())
            }
        }
    }

    /// What the account's owner has proven to be is not held against it any more.
    pub(super) async fn forget_failures(&self, email: &EmailAddress) {
        // The work is done: at worst the limit is reached a little early.
        if let Err(error) = self
            .ports
            .rate_limiter
            .reset(&ACCOUNT_LIMIT.key(email))
            .await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "failed sign-ins could not be forgotten"
            );
        }
    }
}

/// For whoever watches the log for guesses. What was typed stays out of it: people type
/// passwords into the wrong field.
pub(super) fn note_refusal(user: Option<UserId>, client: &Client, wrong: &str) {
    tracing::info!(
        user.id = user.map(|id| id.to_string()),
        client.address = client.address.map(|address| address.to_string()),
        "a sign-in was refused: the {wrong} is wrong"
    );
}

pub(super) fn invalid_credentials() -> Error {
    Error::Unauthenticated {
        code: "invalid_credentials",
        detail: "the e-mail address or the password is wrong",
    }
}
