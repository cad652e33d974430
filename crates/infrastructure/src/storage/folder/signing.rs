use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use domain::storage::FileKey;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::storage::disposition::content_disposition;

/// The query of a signed URL.
#[derive(Clone, Debug, Deserialize)]
pub struct SignedQuery {
    /// Seconds since 1970.
    expires: i64,
    #[serde(rename = "type")]
    content_type: String,
    name: Option<String>,
    signature: String,
}

/// A file that the bearer of a URL may read, and the headers to serve it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedFile {
    key: FileKey,
    pub content_type: String,
    pub content_disposition: String,
    pub expires_at: DateTime<Utc>,
}

impl VerifiedFile {
    pub(super) fn key(&self) -> &FileKey {
        &self.key
    }
}

pub(super) struct Signer {
    key: hmac::Key,
}

impl Signer {
    pub(super) fn new(key: &SecretString) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes()),
        }
    }

    pub(super) fn sign(
        &self,
        mut url: Url,
        key: &FileKey,
        content_type: &str,
        file_name: Option<&str>,
        expires_at: DateTime<Utc>,
    ) -> Url {
        let expires = expires_at.timestamp();
        let message = signed_message(key.as_str(), expires, content_type, file_name);
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, &message));
        url.query_pairs_mut()
            .append_pair("expires", &expires.to_string())
            .append_pair("type", content_type)
            .extend_pairs(file_name.map(|name| ("name", name)))
            .append_pair("signature", &signature);
        url
    }

    pub(super) fn verify(
        &self,
        key: &str,
        query: &SignedQuery,
        now: DateTime<Utc>,
    ) -> Option<VerifiedFile> {
        let signature = URL_SAFE_NO_PAD.decode(&query.signature).ok()?;
        let message = signed_message(
            key,
            query.expires,
            &query.content_type,
            query.name.as_deref(),
        );
        hmac::verify(&self.key, &message, &signature).ok()?;
        let expires_at = DateTime::from_timestamp(query.expires, 0)?;
        let key = FileKey::parse(key).ok()?;
        (now < expires_at).then(|| VerifiedFile {
            key,
            content_type: query.content_type.clone(),
            content_disposition: content_disposition(query.name.as_deref()),
            expires_at,
        })
    }
}

/// Everything that the bearer may not change, so that no two meanings have the same bytes.
fn signed_message(key: &str, expires: i64, content_type: &str, name: Option<&str>) -> Vec<u8> {
    let expires = expires.to_string();
    let presence = if name.is_some() { "named" } else { "unnamed" };
    [
        key,
        &expires,
        content_type,
        presence,
        name.unwrap_or_default(),
    ]
    .iter()
    .flat_map(|part| [&(part.len() as u64).to_be_bytes()[..], part.as_bytes()].concat())
    .collect()
}
