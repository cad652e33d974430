//! Sealing secrets that must be read again: AES-256-GCM under one of several keys.

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::sealed::Sealed;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

/// The installation's encryption keys. The first one seals; all of them open, so that keys
/// can be replaced without losing what older ones have sealed.
#[derive(Clone)]
pub struct SealingKeys {
    keys: Vec<(String, LessSafeKey)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealingKeysError {
    #[error("must be one or more `id:key`, separated by commas")]
    Shape,
    #[error("key ids are made of letters, digits, `-` and `_`, at most 32")]
    KeyId,
    #[error("a key must be 32 bytes in base64")]
    Key,
    #[error("two keys have the same id")]
    DuplicateId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum SealingError {
    #[error("the key that sealed the secret is not configured any more")]
    UnknownKey,
    #[error("the sealed secret was tampered with, or belongs elsewhere")]
    Broken,
    #[error("the system has no randomness to give")]
    NoRandomness,
}

impl SealingKeys {
    /// Reads `id:base64,id2:base64`, the current key first.
    pub fn parse(text: &SecretString) -> Result<Self, SealingKeysError> {
        let mut keys: Vec<(String, LessSafeKey)> = Vec::new();
        for entry in text.expose_secret().split(',') {
            let (id, key) = entry
                .trim()
                .split_once(':')
                .ok_or(SealingKeysError::Shape)?;
            if !is_key_id(id) {
                return Err(SealingKeysError::KeyId);
            }
            if keys.iter().any(|(known, _)| known == id) {
                return Err(SealingKeysError::DuplicateId);
            }
            let bytes = BASE64_STANDARD
                .decode(key)
                .map_err(|_| SealingKeysError::Key)?;
            let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| SealingKeysError::Key)?;
            keys.push((id.to_owned(), LessSafeKey::new(key)));
        }
        Ok(Self { keys })
    }

    /// `purpose` is needed again to open it.
    pub(crate) fn seal(
        &self,
        secret: &SecretString,
        purpose: &str,
    ) -> Result<Sealed, SealingError> {
        let (id, key) = self.keys.first().ok_or(SealingError::UnknownKey)?;
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| SealingError::NoRandomness)?;
        let mut sealed = secret.expose_secret().as_bytes().to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(purpose),
            &mut sealed,
        )
        .map_err(|_| SealingError::Broken)?;
        let text = BASE64_STANDARD.encode([nonce.as_slice(), sealed.as_slice()].concat());
        Ok(Sealed(format!("{id}.{text}")))
    }

    pub(crate) fn open(
        &self,
        sealed: &Sealed,
        purpose: &str,
    ) -> Result<SecretString, SealingError> {
        let (id, text) = sealed.0.split_once('.').ok_or(SealingError::Broken)?;
        let (_, key) = self
            .keys
            .iter()
            .find(|(known, _)| known == id)
            .ok_or(SealingError::UnknownKey)?;
        let mut bytes = BASE64_STANDARD
            .decode(text)
            .map_err(|_| SealingError::Broken)?;
        let (nonce, sealed) = bytes
            .split_at_mut_checked(NONCE_LEN)
            .ok_or(SealingError::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealingError::Broken)?;
        let secret = key
            .open_in_place(nonce, Aad::from(purpose), sealed)
            .map_err(|_| SealingError::Broken)?;
        let secret = std::str::from_utf8(secret).map_err(|_| SealingError::Broken)?;
        Ok(secret.into())
    }
}

fn is_key_id(id: &str) -> bool {
    (1..=32).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, byte: u8) -> String {
        format!("{id}:{}", BASE64_STANDARD.encode([byte; 32]))
    }

    fn keys(text: &str) -> SealingKeys {
        SealingKeys::parse(&text.into()).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened_for_the_same_purpose_only() {
        let keys = keys(&entry("a", 1));
        let sealed = keys.seal(&"token".into(), "one").unwrap();
        assert!(!sealed.0.contains("token"));
        assert_eq!(keys.open(&sealed, "one").unwrap().expose_secret(), "token");
        assert_eq!(keys.open(&sealed, "two").unwrap_err(), SealingError::Broken);
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let keys = keys(&entry("a", 1));
        let seal = || keys.seal(&"token".into(), "one").unwrap().0;
        assert_ne!(seal(), seal());
    }

    #[test]
    fn old_keys_open_and_the_first_one_seals() {
        let sealed = keys(&entry("old", 1)).seal(&"token".into(), "p").unwrap();
        let rotated = keys(&format!("{},{}", entry("new", 2), entry("old", 1)));
        assert_eq!(rotated.open(&sealed, "p").unwrap().expose_secret(), "token");
        assert!(
            rotated
                .seal(&"token".into(), "p")
                .unwrap()
                .0
                .starts_with("new.")
        );
        let forgetful = keys(&entry("new", 2));
        assert_eq!(
            forgetful.open(&sealed, "p").unwrap_err(),
            SealingError::UnknownKey
        );
    }

    #[test]
    fn one_changed_character_is_noticed() {
        let keys = keys(&entry("a", 1));
        let sealed = keys.seal(&"token".into(), "p").unwrap().0;
        for index in 2..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let broken = Sealed(String::from_utf8(bytes).unwrap());
            assert_eq!(
                keys.open(&broken, "p").unwrap_err(),
                SealingError::Broken,
                "{index}"
            );
        }
    }

    #[test]
    fn keys_that_are_no_keys_are_refused() {
        let refused = [
            (String::new(), SealingKeysError::Shape),
            ("justakey".to_owned(), SealingKeysError::Shape),
            (entry("", 1), SealingKeysError::KeyId),
            (entry("a.b", 1), SealingKeysError::KeyId),
            ("a:c2hvcnQ=".to_owned(), SealingKeysError::Key),
            ("a:???".to_owned(), SealingKeysError::Key),
            (
                format!("{},{}", entry("a", 1), entry("a", 2)),
                SealingKeysError::DuplicateId,
            ),
        ];
        for (text, error) in refused {
            assert_eq!(
                SealingKeys::parse(&text.as_str().into()).err(),
                Some(error),
                "{text}"
            );
        }
    }
}
