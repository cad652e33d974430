//! JSON and signatures exactly as Meta writes them. Clients verify raw bytes, so the bytes matter.

use std::io;

use ring::{digest, hmac};
use serde::Serialize;
use serde_json::{Serializer, Value, ser::Formatter};

/// Meta's JSON is pure ASCII: other characters become lower-case `\uXXXX`, and `/` becomes `\/`.
struct MetaFormatter;

impl Formatter for MetaFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for character in fragment.chars() {
            match u8::try_from(character) {
                Ok(b'/') => writer.write_all(b"\\/")?,
                Ok(byte) if byte.is_ascii() => writer.write_all(&[byte])?,
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[expect(
    clippy::expect_used,
    reason = "a JSON value always serializes, and a Vec takes every write"
)]
pub(crate) fn to_bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, MetaFormatter))
        .expect("serializing into memory");
    bytes
}

/// The value of `X-Hub-Signature-256`.
pub(crate) fn signature_256(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex(hmac::sign(&key, body).as_ref()))
}

/// The value of the older `X-Hub-Signature`, which Meta still sends.
pub(crate) fn signature_1(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    format!("sha1={}", hex(hmac::sign(&key, body).as_ref()))
}

pub(crate) fn sha256(bytes: &[u8]) -> digest::Digest {
    digest::digest(&digest::SHA256, bytes)
}

/// Lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0x0f])
        .map(|nibble| char::from(b"0123456789abcdef"[usize::from(nibble)]))
        .collect()
}
