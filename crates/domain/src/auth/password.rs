use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use super::EmailAddress;

/// A password that a user chose and that is good enough.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PasswordError {
    #[error("must have 10 to 128 characters")]
    Length,
    #[error("must have an upper case letter, a lower case letter and a digit")]
    TooSimple,
    #[error("is one of the passwords that everybody tries first")]
    TooCommon,
    #[error("must not be the e-mail address")]
    IsEmail,
}

impl PasswordError {
    pub fn code(self) -> &'static str {
        match self {
            Self::Length => "password_length",
            Self::TooSimple => "password_too_simple",
            Self::TooCommon => "password_too_common",
            Self::IsEmail => "password_is_email",
        }
    }
}

/// What people make of the rules when they would rather not: compared without case and
/// without what is appended to satisfy them.
const COMMON: [&str; 194] = [
    "1234qwer",
    "1234qwerasdf",
    "123qwe",
    "123qweasd",
    "123qweasdzxc",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx",
    "1qaz2wsx3edc",
    "1qaz@wsx",
    "1qazxsw",
    "1qw23er",
    "a1b2c3d",
    "a1b2c3d4e",
    "aa",
    "aaaaaaaaaa",
    "abc",
    "abc123abc",
    "abcd",
    "abcde",
    "abcdef",
    "abcdefg",
    "abcdefgh",
    "abcdefghi",
    "abcdefghij",
    "access",
    "adm1n",
    "admin",
    "administrator",
    "america",
    "amor",
    "andrew",
    "april",
    "arsenal",
    "asd123asd",
    "asdfgh",
    "asdfghjkl",
    "ashley",
    "august",
    "autumn",
    "azerty",
    "banana",
    "barcelona",
    "baseball",
    "basketball",
    "batman",
    "bienvenido",
    "bonjour",
    "buster",
    "butterfly",
    "ch4ngeme",
    "changeit",
    "changeme",
    "charlie",
    "cheese",
    "chelsea",
    "chocolate",
    "computer",
    "contraseña",
    "cookie",
    "cowboys",
    "daniel",
    "december",
    "default",
    "diamond",
    "dragon",
    "eagles",
    "estrella",
    "facebook",
    "february",
    "ferrari",
    "flower",
    "football",
    "freedom",
    "friday",
    "ginger",
    "golden",
    "google",
    "guest",
    "hallo",
    "hello",
    "hockey",
    "hunter",
    "iloveyou",
    "instagram",
    "internet",
    "iphone",
    "january",
    "jennifer",
    "jessica",
    "jordan",
    "joshua",
    "juventus",
    "killer",
    "l3tm3in",
    "lakers",
    "letmein",
    "letmeinnow",
    "liverpool",
    "login",
    "london",
    "loveyou",
    "luminous",
    "manchester",
    "march",
    "mariposa",
    "master",
    "matrix",
    "matthew",
    "maverick",
    "mercedes",
    "michael",
    "monday",
    "monkey",
    "motdepasse",
    "mustang",
    "nicole",
    "ninja",
    "november",
    "october",
    "orange",
    "p4ssw0rd",
    "p@ssw0rd",
    "p@ssword",
    "pa$$word",
    "pa55w0rd",
    "pa55word",
    "passw0rd",
    "password",
    "password123password",
    "password1password",
    "passwort",
    "pepper",
    "phoenix",
    "pokemon",
    "porsche",
    "princess",
    "purple",
    "q1w2e3r4",
    "q1w2e3r4t",
    "q1w2e3r4t5y",
    "qazwsx",
    "qazwsxedc",
    "qwe123qwe",
    "qwer1234qwer",
    "qwerty",
    "qwerty123qwerty",
    "qwertyuiop",
    "qwertyuiopasdf",
    "qwertz",
    "ranger",
    "realmadrid",
    "robert",
    "root",
    "samsung",
    "schatz",
    "secret",
    "senha",
    "september",
    "shadow",
    "silver",
    "soccer",
    "soleil",
    "spiderman",
    "spring",
    "starwars",
    "steelers",
    "summer",
    "sunday",
    "sunshine",
    "superman",
    "system",
    "teamo",
    "test",
    "testing",
    "thomas",
    "tigger",
    "trustno",
    "trustno1",
    "user",
    "welc0me",
    "welcome",
    "whatever",
    "whatsapp",
    "winter",
    "yankees",
    "zaq12wsx",
    "zaq12wsxcde",
    "zaq1xsw",
    "zaq1xsw2cde",
    "zaq1zaq",
    "zxcvbn",
    "zxcvbnm",
];

impl Password {
    /// `email` is its owner's, if that is known.
    pub fn choose(
        secret: SecretString,
        email: Option<&EmailAddress>,
    ) -> Result<Self, PasswordError> {
        let text = secret.expose_secret();
        if !(10..=128).contains(&text.chars().count()) {
            return Err(PasswordError::Length);
        }
        let lower = text.to_lowercase();
        let is_email = |email: &EmailAddress| {
            let local = email.as_str().split('@').next().unwrap_or_default();
            lower == email.as_str() || lower == local
        };
        if email.is_some_and(is_email) {
            return Err(PasswordError::IsEmail);
        }
        let has = |kind: fn(char) -> bool| text.chars().any(kind);
        if !(has(char::is_uppercase) && has(char::is_lowercase) && has(|c| c.is_ascii_digit())) {
            return Err(PasswordError::TooSimple);
        }
        let core = lower.trim_end_matches(|c: char| c.is_ascii_digit() || "!.?@#$*_-".contains(c));
        if COMMON.contains(&core) || COMMON.contains(&lower.as_str()) {
            return Err(PasswordError::TooCommon);
        }
        Ok(Self(secret))
    }

    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// An argon2id hash in PHC form.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str) -> Result<Password, PasswordError> {
        let email = EmailAddress::parse("ana.paz2020@example.com").unwrap();
        Password::choose(text.into(), Some(&email))
    }

    #[test]
    fn a_long_mixed_password_is_taken() {
        assert_eq!(
            choose("Corriente-71-azul").unwrap().expose(),
            "Corriente-71-azul"
        );
    }

    #[test]
    fn a_weak_password_is_refused_with_the_reason() {
        let refused = [
            ("Short1aaa", PasswordError::Length),
            (&"aA1".repeat(43), PasswordError::Length),
            ("alllowercase1", PasswordError::TooSimple),
            ("NoDigitsAtAll", PasswordError::TooSimple),
            ("Password123!", PasswordError::TooCommon),
            ("Qwertyuiop1", PasswordError::TooCommon),
            ("Sunshine2026", PasswordError::TooCommon),
            ("1Qaz2wsx3edc", PasswordError::TooCommon),
            ("Pa$$word2026", PasswordError::TooCommon),
            ("Ana.Paz2020@example.com", PasswordError::IsEmail),
            ("Ana.Paz2020", PasswordError::IsEmail),
        ];
        for (text, reason) in refused {
            assert_eq!(choose(text).unwrap_err(), reason, "{text:?}");
        }
    }
}
