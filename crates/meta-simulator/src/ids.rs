//! Ids as Meta makes them: of no form that a client may rely on.

use base64::{Engine, engine::general_purpose::STANDARD};
use uuid::Uuid;

/// A message id, for a chat with this contact.
pub(crate) fn wamid(contact: &str) -> String {
    let mut bytes = contact.as_bytes().to_vec();
    bytes.extend(random().to_be_bytes());
    format!("wamid.{}", STANDARD.encode(bytes))
}

/// The id of an object: decimal digits.
pub(crate) fn object() -> String {
    (random() % 10_u128.pow(16)).to_string()
}

/// The id of an object, where Meta writes it as a number.
pub(crate) fn number() -> u64 {
    u64::try_from(random() % 10_u128.pow(16)).unwrap_or_default()
}

/// The id by which Meta finds a request in its logs.
pub(crate) fn trace() -> String {
    format!("A{:022x}", random() >> 40)
}

#[expect(
    clippy::disallowed_methods,
    reason = "Meta's ids are none of ours, and must not look like them"
)]
fn random() -> u128 {
    Uuid::new_v4().as_u128()
}
