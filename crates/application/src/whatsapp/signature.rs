//! Meta's signature under its deliveries. Source: cloud API 5.2 and 9.

use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

/// The HMAC-SHA256 of `X-Hub-Signature-256`.
pub(super) struct Signature([u8; 32]);

impl Signature {
    /// Reads `sha256=` and 64 hex digits.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let digits = header.strip_prefix("sha256=")?.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            // `from_str_radix` would take a sign.
            *byte = u8::from_str_radix(pair, 16)
                .ok()
                .filter(|_| !pair.starts_with('+'))?;
        }
        Some(Self(bytes))
    }

    /// Whether it was made with this secret over exactly these bytes. Takes the same time
    /// whatever is wrong. An empty secret signs nothing.
    pub(super) fn is_of(&self, body: &[u8], secret: &SecretString) -> bool {
        let secret = secret.expose_secret();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        !secret.is_empty() && hmac::verify(&key, body, &self.0).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const EMPTY: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;
    const ESCAPED: &str = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"text":"caf\u00e9 \ud83d\udc4d","url":"https:\/\/example.com\/a"}}]}]}"#;
    const OF_ESCAPED: &str = "16b6d6006c2afc03214237e015c34825cbdbea6c88623b1b6c8aa4562e1794f9";

    fn accepts(header: &str, body: &[u8]) -> bool {
        Signature::parse(header).is_some_and(|signature| signature.is_of(body, &SECRET.into()))
    }

    #[test]
    fn signatures_over_the_very_bytes_are_accepted() {
        let with_newline = format!("{EMPTY}\n");
        let vectors = [
            (
                EMPTY,
                "eefab58106e73358686845848feb95c56372e7391b3dc050b6a31c8c5f347ece",
            ),
            (ESCAPED, OF_ESCAPED),
            (
                "",
                "796cd3078af14636753d26b3b5555422ff55a3e261cf847b48e95371b9bd0aa2",
            ),
            (
                &with_newline,
                "95803a6deacb457142b22bb16335ad872175db6236ef3d950195ea58bc1df4cf",
            ),
        ];
        for (body, signature) in vectors {
            assert!(
                accepts(&format!("sha256={signature}"), body.as_bytes()),
                "{body:?}"
            );
        }
    }

    #[test]
    fn signatures_over_the_same_json_written_otherwise_are_refused() {
        for signature in [
            "e79f22f1a6caa09c57ec30659121d8f9e7123e755162f0113fa6310ec2f535f9",
            "3f957f1682e583520adb02246cdcb7236bdbc2b1a7ec62c1167cef55c9629f16",
        ] {
            assert!(!accepts(&format!("sha256={signature}"), ESCAPED.as_bytes()));
        }
    }

    #[test]
    fn a_real_body_with_escapes_keeps_its_signature() {
        let body =
            include_bytes!("../../../../tests/fixtures/webhooks/wire_text_escaped_unicode.json");
        let header = "sha256=0c08f8b02350cf8774300f3a953f773dcfaa94b1973185a645236b4b45e176c1";
        assert!(accepts(header, body));
        assert!(!accepts(header, &body[1..]));
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let signature = OF_ESCAPED;
        for header in [
            String::new(),
            signature.to_owned(),
            format!("sha1={signature}"),
            format!("SHA256={signature}"),
            format!("sha256={}", &signature[1..]),
            format!("sha256={signature}0"),
            format!("sha256= {}", &signature[1..]),
            format!("sha256=+{}", &signature[1..]),
            format!("sha256={}zz", &signature[2..]),
            format!("sha256={}é", &signature[2..]),
        ] {
            assert!(!accepts(&header, ESCAPED.as_bytes()), "{header:?}");
        }
    }

    #[test]
    fn an_empty_secret_signs_nothing() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"");
        let tag = hmac::sign(&key, b"{}");
        let signature = Signature(tag.as_ref().try_into().unwrap());
        assert!(!signature.is_of(b"{}", &"".into()));
    }
}
