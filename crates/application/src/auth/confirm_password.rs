use domain::auth::User;
use secrecy::SecretString;

use super::{ACCOUNT_LIMIT, Auth};
use crate::{Actor, Error, throttle::throttle};

impl Auth {
    /// That it is still the actor who sits there: the password is asked for again before
    /// what matters. Guesses count as failed sign-ins of the account do. `pointer` is where
    /// the password stands in the request.
    pub(crate) async fn confirm_password(
        &self,
        actor: &Actor,
        pointer: &str,
        password: SecretString,
    ) -> Result<User, Error> {
        let system = self.ports.store.read_system();
        let user = system.users().find(actor.user_id()).await?;
        let user = user.ok_or(Error::NotFound("user"))?;
        throttle(&self.ports, &[(ACCOUNT_LIMIT, &user.email)]).await?;
        let hash = Some(user.password_hash.clone());
        if !self.passwords.verify(password, hash).await? {
            return Err(wrong_password(pointer));
        }
        self.forget_failures(&user.email).await;
        Ok(user)
    }
}

/// Not 401: that would have clients renew their tokens.
pub(super) fn wrong_password(pointer: &str) -> Error {
    Error::invalid(pointer, "wrong_password", "is not your password")
}
