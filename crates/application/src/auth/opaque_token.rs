//! Tokens that mean nothing by themselves: random, and kept only as a hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::auth::TokenHash;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use crate::Error;

const BYTES: usize = 32;

pub(super) struct OpaqueTokens {
    key: hmac::Key,
}

impl OpaqueTokens {
    pub(super) fn new(secret: &SecretString) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()),
        }
    }

    /// A token that nobody can guess.
    pub(super) fn generate() -> Result<String, Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// As which the token is kept: of no use without our secret, even to who can guess.
    pub(super) fn hash(&self, token: &str) -> TokenHash {
        let tag = hmac::sign(&self.key, token.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(tag.as_ref());
        TokenHash(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_kept_under_a_secret() {
        let (one, other) = (
            OpaqueTokens::generate().unwrap(),
            OpaqueTokens::generate().unwrap(),
        );
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        let tokens = OpaqueTokens::new(&"secret".into());
        assert!(tokens.hash(&one) == tokens.hash(&one));
        assert!(tokens.hash(&one) != OpaqueTokens::new(&"other".into()).hash(&one));
    }
}
