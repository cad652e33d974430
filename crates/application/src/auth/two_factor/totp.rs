use chrono::{DateTime, Utc};
use domain::{
    auth::{EmailAddress, User, UserId},
    sealed::Sealed,
};
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret, Totp};

use crate::{Error, SealingKeys};

const ISSUER: &str = "Luminous";
/// What RFC 4226 recommends: 160 bits.
const SECRET_BYTES: usize = 20;

/// SHA-1, 6 digits, 30 seconds, and one step of difference between the clocks: what every
/// authenticator does.
fn totp(secret: Secret, email: &EmailAddress) -> Result<Totp, Error> {
    Builder::new()
        .with_secret(secret)
        .with_issuer(Some(ISSUER))
        // A colon ends the issuer's name in the URI.
        .with_account_name(email.as_str().replace(':', "_"))
        .build()
        .map_err(Error::internal)
}

/// A new secret that an authenticator can take over.
pub(super) fn generate(email: &EmailAddress) -> Result<Totp, Error> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    totp(bytes.into(), email)
}

pub(super) fn seal(keys: &SealingKeys, user: &User, totp: &Totp) -> Result<Sealed, Error> {
    let secret = SecretString::from(totp.secret().to_base32());
    keys.seal(&secret, &purpose(user.id))
        .map_err(Error::internal)
}

/// The time step of a code that is good now; none if it is wrong. Authenticators show it in
/// two groups, and people type it so.
pub(super) fn check(
    keys: &SealingKeys,
    user: &User,
    sealed: &Sealed,
    code: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>, Error> {
    let secret = keys
        .open(sealed, &purpose(user.id))
        .map_err(Error::internal)?;
    let secret = Secret::try_from_base32(secret.expose_secret()).map_err(Error::internal)?;
    let seconds = u64::try_from(now.timestamp()).map_err(Error::internal)?;
    let code: String = code.split_whitespace().collect();
    let step = totp(secret, &user.email)?.check(&code, seconds);
    step.map(|step| i64::try_from(step).map_err(Error::internal))
        .transpose()
}

/// Binds the sealed secret to its user.
fn purpose(id: UserId) -> String {
    format!("two-factor:{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> EmailAddress {
        EmailAddress::parse("ana@example.com").unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B; its codes have 8 digits, of which these are the last.
        let totp = totp(b"12345678901234567890".to_owned().into(), &ana()).unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.check(code, seconds), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_or_late() {
        let totp = generate(&ana()).unwrap();
        let code = totp.generate(3000).to_string();
        for seconds in [2970, 3000, 3029, 3059] {
            assert_eq!(totp.check(&code, seconds), Some(100), "{seconds}");
        }
        for seconds in [2969, 3060] {
            assert_eq!(totp.check(&code, seconds), None, "{seconds}");
        }
    }

    #[test]
    fn authenticators_are_told_all_they_need() {
        let ana = EmailAddress::parse("ana:paz+shop@example.com").unwrap();
        let totp = generate(&ana).unwrap();
        assert_eq!(totp.secret().as_bytes().len(), SECRET_BYTES);
        let secret = totp.secret().to_base32();
        let uri = format!(
            "otpauth://totp/Luminous:ana_paz%2Bshop%40example.com?secret={secret}&issuer=Luminous"
        );
        assert_eq!(totp.to_url().unwrap(), uri);
    }
}
