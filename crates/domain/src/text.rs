//! Values that several features check alike.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A phone number in E.164, such as `+14155550123`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is not a phone number that exists in its country")]
pub struct PhoneNumberError;

impl PhoneNumber {
    /// Reads a number in any usual formatting. `country` (ISO 3166-1 alpha-2) is where a
    /// number without a country code belongs.
    pub fn parse(text: &str, country: Option<&CountryCode>) -> Result<Self, PhoneNumberError> {
        let region =
            country.and_then(|code| phonenumber::country::Id::from_str(code.as_str()).ok());
        let number = phonenumber::parse(region, text.trim()).map_err(|_| PhoneNumberError)?;
        if !phonenumber::is_valid(&number) {
            return Err(PhoneNumberError);
        }
        Ok(Self(
            number.format().mode(phonenumber::Mode::E164).to_string(),
        ))
    }

    /// A number as Meta writes it: digits with the country code, no plus sign. Meta's word
    /// is taken for it, as test numbers exist in no country.
    pub fn from_wa_id(wa_id: &str) -> Result<Self, PhoneNumberError> {
        let digits = wa_id.strip_prefix('+').unwrap_or(wa_id);
        if (5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(format!("+{digits}")))
        } else {
            Err(PhoneNumberError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is dialled within its country, without what stands before it there. None for a
    /// number of no numbering plan, as those that Meta gives out for tests.
    pub fn national_digits(&self) -> Option<String> {
        let number = phonenumber::parse(None, &self.0).ok()?;
        let national = number.national();
        let zeros = national.zeros().into();
        Some(format!("{}{}", "0".repeat(zeros), national.value()))
    }

    /// Without the plus sign.
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('+')
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_wa_id(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An ISO 3166-1 alpha-2 code of a country that has phone numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is not an ISO 3166-1 alpha-2 country code")]
pub struct CountryCodeError;

impl CountryCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CountryCode {
    type Error = CountryCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_code = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        if is_code && phonenumber::country::Id::from_str(&text).is_ok() {
            Ok(Self(text))
        } else {
            Err(CountryCodeError)
        }
    }
}

impl From<CountryCode> for String {
    fn from(code: CountryCode) -> Self {
        code.0
    }
}

/// Why something cannot be called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    #[error("is required")]
    Missing,
    #[error("must have at most {MAX_NAME_LENGTH} characters")]
    TooLong,
    #[error("must not contain control characters, nor any that turn the writing round")]
    ControlCharacter,
    #[error("must not hold a link")]
    Link,
}

const MAX_NAME_LENGTH: usize = 100;

impl NameError {
    /// Its name for clients. Stable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "required",
            Self::TooLong => "too_long",
            Self::ControlCharacter => "control_character",
            Self::Link => "link",
        }
    }
}

/// What a person or a thing is called, without the space around it. It must be seen, and must
/// not change how what stands beside it is read: it does so in mails to strangers.
pub fn parse_name(text: &str) -> Result<String, NameError> {
    let name = text.trim();
    if name.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(NameError::Missing);
    }
    match name.chars().count() {
        1..=MAX_NAME_LENGTH if name.chars().any(|c| c.is_control() || is_layout(c)) => {
            Err(NameError::ControlCharacter)
        }
        // Whoever registers has it mailed to an address that need not be theirs.
        1..=MAX_NAME_LENGTH if name.contains("://") => Err(NameError::Link),
        1..=MAX_NAME_LENGTH => Ok(name.to_owned()),
        _ => Err(NameError::TooLong),
    }
}

/// Joiners and the like, which many scripts need between letters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Ends of lines and paragraphs, and what makes text run the other way. Source: UAX 9, 2.
fn is_layout(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Folds case and the accents of Latin letters, so that search finds `José` by `jose` on
/// every database alike.
pub fn fold_for_search(text: &str) -> String {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// What is looked for in folded text: the input folded or, if it looks like a phone number,
/// its digits. None if there is nothing to look for.
pub fn search_term(text: &str) -> Option<String> {
    let text = text.trim();
    let is_phone_number = text.chars().any(|c| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    let term = if is_phone_number {
        text.chars().filter(char::is_ascii_digit).collect()
    } else {
        fold_for_search(text)
    };
    (!term.is_empty()).then_some(term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_country_code_belongs_to_the_given_country() {
        let us = CountryCode::try_from("US".to_owned()).unwrap();
        let parsed = PhoneNumber::parse("(415) 555-2671", Some(&us)).unwrap();
        assert_eq!(parsed.as_str(), "+14155552671");
        assert_eq!(
            PhoneNumber::parse("(415) 555-2671", None),
            Err(PhoneNumberError)
        );
    }

    #[test]
    fn a_number_too_short_for_its_country_is_refused() {
        assert_eq!(PhoneNumber::parse("+112345", None), Err(PhoneNumberError));
    }

    #[test]
    fn a_name_is_a_line_that_is_neither_blank_nor_endless() {
        assert_eq!(parse_name(" Zoë 花 "), Ok("Zoë 花".to_owned()));
        for text in [" \t ", "\u{200b}", "\u{feff} \u{2060}"] {
            assert_eq!(parse_name(text), Err(NameError::Missing), "{text:?}");
        }
        assert_eq!(parse_name("می\u{200c}ناز"), Ok("می\u{200c}ناز".to_owned()));
        assert_eq!(parse_name(&"ü".repeat(100)), Ok("ü".repeat(100)));
        assert_eq!(parse_name(&"ü".repeat(101)), Err(NameError::TooLong));
        for text in [
            "a\nb",
            "a\rBcc: b",
            "a\u{7f}",
            "a\u{9b}31m",
            "a\u{2028}b",
            "\u{202e}gnp.exe",
            "a\u{2066}b",
        ] {
            let refused = parse_name(text);
            assert_eq!(refused, Err(NameError::ControlCharacter), "{text:?}");
        }
        let advertisement = "Win! https://evil.example";
        assert_eq!(parse_name(advertisement), Err(NameError::Link));
    }

    #[test]
    fn search_ignores_case_and_accents() {
        assert_eq!(fold_for_search("José ÅNGSTRÖM"), "jose angstrom");
    }

    #[test]
    fn a_phone_number_is_looked_for_by_its_digits_however_it_is_written() {
        assert_eq!(search_term("+1 (415) 555").as_deref(), Some("1415555"));
        assert_eq!(search_term(" José ").as_deref(), Some("jose"));
        assert_eq!(search_term("  "), None);
    }
}
