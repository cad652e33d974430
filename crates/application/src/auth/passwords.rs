//! Argon2id, off the async threads and never more at once than the machine can bear.

use std::{num::NonZero, sync::Arc, thread};

use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc},
};
use domain::auth::{Password, PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::Error;

/// A hash of nothing that anybody can type. Checking against it takes the time that checking
/// against a user's takes: it has the same parameters.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bHVtaW5vdXMtbm9ib2R5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[derive(Clone)]
pub(super) struct Passwords {
    /// Each hash occupies a core and 19 MiB.
    permits: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            permits: Arc::new(Semaphore::new(cores)),
        }
    }

    pub(super) async fn hash(&self, password: Password) -> Result<PasswordHash, Error> {
        let hashed = self
            .run(move || argon2().hash_password(password.expose().as_bytes()))
            .await?;
        let hash: phc::PasswordHash = hashed.map_err(Error::internal)?;
        Ok(PasswordHash(hash.to_string()))
    }

    /// Whether the password is the one that was hashed. Takes as long if there is no hash.
    pub(super) async fn verify(
        &self,
        password: SecretString,
        hash: Option<PasswordHash>,
    ) -> Result<bool, Error> {
        let text = hash.map_or_else(|| NOBODY.to_owned(), |hash| hash.0);
        let verified = self
            .run(move || {
                let hash = phc::PasswordHash::new(&text)
                    .map_err(|_| password_hash::Error::EncodingInvalid)?;
                argon2().verify_password(password.expose_secret().as_bytes(), &hash)
            })
            .await?;
        match verified {
            Ok(()) => Ok(true),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Error::internal(error)),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            // The work goes on also when nobody waits for it any more.
            let _permit = permit;
            work()
        })
        .await
        .map_err(Error::internal)
    }
}

/// Argon2id with 19 MiB and two passes, as OWASP advises.
fn argon2() -> Argon2<'static> {
    Argon2::default()
}

#[cfg(test)]
mod tests {
    use domain::auth::EmailAddress;

    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is() {
        let email = EmailAddress::parse("ana@example.com").unwrap();
        let password = Password::choose("Corriente-71-azul".into(), Some(&email)).unwrap();
        let passwords = Passwords::new();
        let hash = passwords.hash(password).await.unwrap();
        let verify = async |text: &str, hash| passwords.verify(text.into(), hash).await.unwrap();
        assert!(verify("Corriente-71-azul", Some(hash.clone())).await);
        assert!(!verify("corriente-71-azul", Some(hash)).await);
        assert!(!verify("Corriente-71-azul", None).await);
    }

    #[test]
    fn nobodys_hash_costs_as_much_as_a_users() {
        let nobody = phc::PasswordHash::new(NOBODY).unwrap();
        let real: phc::PasswordHash = argon2().hash_password(b"x").unwrap();
        assert_eq!(nobody.algorithm, real.algorithm);
        assert_eq!(nobody.version, real.version);
        assert_eq!(nobody.params, real.params);
        assert_eq!(nobody.hash.unwrap().len(), real.hash.unwrap().len());
    }
}
