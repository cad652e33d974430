use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An e-mail address in lower case, so that one person cannot register twice by case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is not an e-mail address")]
pub struct EmailAddressError;

impl EmailAddress {
    /// What RFC 5321 allows in an address.
    const MAX_LENGTH: usize = 254;

    pub fn parse(text: &str) -> Result<Self, EmailAddressError> {
        let address = text.trim().to_lowercase();
        let (local, host) = address.rsplit_once('@').ok_or(EmailAddressError)?;
        let host_is_dotted = host.split('.').count() > 1 && host.split('.').all(is_host_label);
        let local_is_plain = !local.is_empty()
            && local.len() <= 64
            && !local.contains('@')
            && !local.chars().any(|c| c.is_whitespace() || c.is_control());
        if local_is_plain && host_is_dotted && address.len() <= Self::MAX_LENGTH {
            Ok(Self(address))
        } else {
            Err(EmailAddressError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_host_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailAddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_surrounding_space_do_not_make_another_address() {
        assert_eq!(
            EmailAddress::parse(" Ana@Example.COM "),
            EmailAddress::parse("ana@example.com")
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ana",
            "ana@",
            "@example.com",
            "ana@localhost",
            "a b@example.com",
            "a@b@c.d",
            "a@-x.com",
            "a@x..com",
        ] {
            assert_eq!(
                EmailAddress::parse(text),
                Err(EmailAddressError),
                "{text:?}"
            );
        }
    }
}
