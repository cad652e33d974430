//! Access tokens: short-lived JWTs, signed with HS256.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    auth::{SessionId, SignedIn, UserId},
    organizations::{OrganizationId, Role},
};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, new_error},
    signature::{self, Signer, Verifier},
};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::Error;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    org: OrganizationId,
    role: Role,
    sid: SessionId,
    /// Seconds since 1970, as `exp`.
    iat: i64,
    exp: i64,
}

pub(super) struct AccessTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl AccessTokens {
    pub(super) const LIFETIME: Duration = Duration::from_mins(15);

    pub(super) fn new(secret: &SecretString) -> Self {
        // Only the first call in a process installs it; the others find it in its place.
        HS256.install_default().ok();
        let secret = secret.expose_secret().as_bytes();
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
        }
    }

    pub(super) fn issue(&self, signed_in: &SignedIn, now: DateTime<Utc>) -> Result<String, Error> {
        let claims = Claims {
            sub: signed_in.user_id,
            org: signed_in.organization_id,
            role: signed_in.role,
            sid: signed_in.session_id,
            iat: now.timestamp(),
            exp: (now + Self::LIFETIME).timestamp(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(Error::internal)
    }

    /// The session of a token that is ours and has not expired.
    pub(super) fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<SessionId, Error> {
        let mut validation = Validation::new(Algorithm::HS256);
        // The library would ask the system's clock instead of ours.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation)
            .map_err(|_| Error::Unauthenticated {
                code: "invalid_token",
                detail: "the access token is not one of ours",
            })?
            .claims;
        if claims.exp <= now.timestamp() {
            return Err(Error::Unauthenticated {
                code: "token_expired",
                detail: "the access token has expired: refresh it",
            });
        }
        Ok(claims.sid)
    }
}

/// The library leaves cryptography to a provider; ours is ring, and HS256 all that we use.
static HS256: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match algorithm {
        Algorithm::HS256 => Ok(Box::new(Hs256::new(key.as_bytes()))),
        _ => Err(new_error(ErrorKind::InvalidAlgorithm)),
    },
    verifier_factory: |algorithm, key| match algorithm {
        Algorithm::HS256 => Ok(Box::new(Hs256::new(key.try_get_as_bytes()?))),
        _ => Err(new_error(ErrorKind::InvalidAlgorithm)),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct Hs256(hmac::Key);

impl Hs256 {
    fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use domain::id::Id;

    use super::*;

    fn signed_in() -> SignedIn {
        SignedIn {
            session_id: Id::generate(),
            user_id: Id::generate(),
            organization_id: Id::generate(),
            role: Role::Agent,
        }
    }

    fn tokens() -> AccessTokens {
        AccessTokens::new(&"0123456789abcdef0123456789abcdef".into())
    }

    fn code(result: Result<SessionId, Error>) -> &'static str {
        match result {
            Err(Error::Unauthenticated { code, .. }) => code,
            other => panic!("{other:?}"),
        }
    }

    const NOW: DateTime<Utc> = DateTime::from_timestamp(1_790_000_000, 0).unwrap();

    #[test]
    fn a_token_is_good_for_a_quarter_of_an_hour() {
        let signed_in = signed_in();
        let token = tokens().issue(&signed_in, NOW).unwrap();
        let almost = NOW + AccessTokens::LIFETIME - Duration::from_secs(1);
        assert_eq!(
            tokens().verify(&token, almost).unwrap(),
            signed_in.session_id
        );
        let over = NOW + AccessTokens::LIFETIME;
        assert_eq!(code(tokens().verify(&token, over)), "token_expired");
    }

    #[test]
    fn a_forged_token_is_refused() {
        let token = tokens().issue(&signed_in(), NOW).unwrap();
        let foreign = AccessTokens::new(&"another secret of thirty-two byte".into());
        assert_eq!(code(foreign.verify(&token, NOW)), "invalid_token");

        let parts: Vec<_> = token.split('.').collect();
        let unsigned = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#);
        let owner = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        let owner = URL_SAFE_NO_PAD.encode(owner.replace("agent", "owner"));
        let forgeries = [
            format!("{unsigned}.{}.", parts[1]),
            format!("{}.{owner}.{}", parts[0], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            "nonsense".to_owned(),
            String::new(),
        ];
        for forgery in forgeries {
            assert_eq!(
                code(tokens().verify(&forgery, NOW)),
                "invalid_token",
                "{forgery}"
            );
        }
    }
}
