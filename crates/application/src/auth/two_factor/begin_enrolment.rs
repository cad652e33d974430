use domain::auth::TwoFactor;
use secrecy::SecretString;

use super::{already_enabled, lock, totp};
use crate::{Actor, Error, auth::Auth};

/// What an authenticator takes over.
pub struct Enrolment {
    /// In base 32, for typing.
    pub secret: SecretString,
    /// The same as a URI, for a QR code.
    pub otpauth_uri: SecretString,
}

impl Auth {
    /// Makes a secret for the actor's authenticator. It counts for nothing until a code has
    /// proven that the authenticator has it; beginning anew makes another.
    #[tracing::instrument(skip_all)]
    pub async fn begin_two_factor_enrolment(
        &self,
        actor: &Actor,
        password: SecretString,
    ) -> Result<Enrolment, Error> {
        let user = self.confirm_password(actor, "/password", password).await?;
        let totp = totp::generate(&user.email)?;
        let secret = totp::seal(&self.settings.sealing_keys, &user, &totp)?;

        let system = self.ports.store.begin_system().await?;
        let mut user = lock(&*system, actor).await?;
        if user.two_factor.is_on() {
            return Err(already_enabled());
        }
        user.two_factor = TwoFactor::Enrolling { secret };
        system.users().update(&user).await?;
        system.commit().await?;
        Ok(Enrolment {
            secret: totp.secret().to_base32().into(),
            otpauth_uri: totp.to_url().map_err(Error::internal)?.into(),
        })
    }
}
