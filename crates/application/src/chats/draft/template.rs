use std::collections::{BTreeMap, HashSet};

use domain::{
    chats::{Location, TemplateButton, TemplateHeader, TemplateUse},
    whatsapp::{MediaId, MediaKind, TemplateParameters},
};

use super::{Seen, check, find_file};
use crate::{Error, FieldError};

/// A template by name, and what shall fill it.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateDraft {
    pub name: String,
    /// Meta's code, such as `en_US`.
    pub language: String,
    /// Of the body: by number from `1`, or by name.
    pub variables: BTreeMap<String, String>,
    pub header: Option<HeaderDraft>,
    pub buttons: Vec<TemplateButton>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum HeaderDraft {
    /// The header's one variable: by the number `1`, or by name.
    Variables(BTreeMap<String, String>),
    /// An image, a video or a document.
    File(MediaId),
    Location(Location),
}

/// Source: cloud API 4.3.
const LONGEST_TEMPLATE_NAME: usize = 512;
/// What a template's body may come to with its variables filled in. Source: cloud API 2.5.
const LONGEST_VARIABLE: usize = 1024;

/// How many buttons a template may have. Source: cloud API 4.3.
const MAX_BUTTONS: usize = 10;

impl TemplateDraft {
    pub(super) async fn check(
        self,
        seen: Seen<'_>,
        faults: &mut Vec<FieldError>,
    ) -> Result<Option<TemplateUse>, Error> {
        faults.extend(check_template(&self.name, &self.language));
        check_variables("/template/variables", &self.variables, faults);
        let parameters = match parameters(self.variables) {
            Ok(parameters) => Some(parameters),
            Err(fault) => {
                faults.push(fault);
                None
            }
        };
        let header = match self.header {
            Some(header) => header.check(seen, faults).await?,
            None => None,
        };
        check_buttons(&self.buttons, faults);
        Ok(parameters.map(|parameters| TemplateUse {
            name: self.name,
            language: self.language,
            parameters,
            header,
            buttons: self.buttons,
        }))
    }
}

impl HeaderDraft {
    /// None if it has faults.
    async fn check(
        self,
        seen: Seen<'_>,
        faults: &mut Vec<FieldError>,
    ) -> Result<Option<TemplateHeader>, Error> {
        match self {
            Self::Variables(variables) => Ok(check_header_variable(variables, faults)),
            Self::File(media_id) => {
                let kinds = [MediaKind::Image, MediaKind::Video, MediaKind::Document];
                let pointer = "/template/headerMediaId";
                let file = find_file(seen, media_id, &kinds, pointer, faults).await?;
                Ok(file.map(|file| TemplateHeader::File {
                    kind: file.kind,
                    media_id,
                    filename: file.name.filter(|_| file.kind == MediaKind::Document),
                }))
            }
            Self::Location(place) => {
                let at = "/template/headerLocation";
                check(faults, "", |found| place.check(at, found));
                Ok(Some(TemplateHeader::Location(place)))
            }
        }
    }
}

/// A header has one variable at most.
fn check_header_variable(
    variables: BTreeMap<String, String>,
    faults: &mut Vec<FieldError>,
) -> Option<TemplateHeader> {
    let at = "/template/headerVariables";
    check_variables(at, &variables, faults);
    let mut variables = variables.into_iter();
    match (variables.next(), variables.next()) {
        (Some((key, text)), None) if key == "1" => Some(TemplateHeader::Text { name: None, text }),
        (Some((key, text)), None) if is_variable_name(&key) => Some(TemplateHeader::Text {
            name: Some(key),
            text,
        }),
        _ => {
            let detail = "must be one variable, keyed by 1 or by its name";
            faults.push(FieldError::new(at, "invalid_variables", detail));
            None
        }
    }
}

fn check_buttons(buttons: &[TemplateButton], faults: &mut Vec<FieldError>) {
    let mut indexes = HashSet::new();
    check(faults, "", |found| {
        found.count("/template/buttons", buttons.len(), &(0..=MAX_BUTTONS));
        for (place, button) in buttons.iter().enumerate() {
            let at = format!("/template/buttons/{place}");
            if !indexes.insert(button.index) {
                found.add(
                    format!("{at}/index"),
                    "duplicate",
                    "must differ from all others",
                );
            }
            button.check(&at, found);
        }
    });
}

fn check_template(name: &str, language: &str) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let is_name_character = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > LONGEST_TEMPLATE_NAME || !name.chars().all(is_name_character)
    {
        faults.push(FieldError::new(
            "/template/name",
            "invalid_template_name",
            "must be 1 to 512 lower-case letters, digits and underscores",
        ));
    }
    let is_language_character = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !(2..=15).contains(&language.len()) || !language.chars().all(is_language_character) {
        faults.push(FieldError::new(
            "/template/language",
            "invalid_language",
            "must be a language code of Meta's, such as en_US",
        ));
    }
    faults
}

/// Source: cloud API 2.5, error 132018.
fn check_variables(at: &str, variables: &BTreeMap<String, String>, faults: &mut Vec<FieldError>) {
    for (key, value) in variables {
        let (code, detail) = if value.trim().is_empty() {
            ("required", "must not be empty")
        } else if value.chars().count() > LONGEST_VARIABLE {
            ("too_long", "must have at most 1024 characters")
        } else if value.contains(['\n', '\r', '\t']) || value.contains("     ") {
            (
                "invalid_variable",
                "must hold no line break, no tab and no more than four spaces in a row",
            )
        } else {
            continue;
        };
        let key = key.replace('~', "~0").replace('/', "~1");
        faults.push(FieldError::new(&format!("{at}/{key}"), code, detail));
    }
}

fn parameters(variables: BTreeMap<String, String>) -> Result<TemplateParameters, FieldError> {
    let numbers: Option<BTreeMap<usize, &String>> = variables
        .iter()
        .map(|(key, value)| Some((key.parse().ok()?, value)))
        .collect();
    match numbers {
        Some(numbered) if numbered.keys().copied().eq(1..=variables.len()) => Ok(
            TemplateParameters::Positional(numbered.into_values().cloned().collect()),
        ),
        None if variables.keys().all(|key| is_variable_name(key)) => {
            Ok(TemplateParameters::Named(variables))
        }
        _ => Err(FieldError::new(
            "/template/variables",
            "invalid_variables",
            "must be keyed by the numbers from 1 on, without gaps, or all by name",
        )),
    }
}

fn is_variable_name(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn numbered_variables_keep_their_order_beyond_nine() {
        let keys: Vec<String> = (1..=11).map(|n: u8| n.to_string()).collect();
        let pairs: Vec<(&str, &str)> = keys.iter().map(|k| (k.as_str(), k.as_str())).collect();
        assert_eq!(
            parameters(variables(&pairs)),
            Ok(TemplateParameters::Positional(keys.clone()))
        );
    }

    #[test]
    fn a_template_without_variables_has_no_parameters() {
        let none = parameters(BTreeMap::new());
        assert_eq!(none, Ok(TemplateParameters::Positional(Vec::new())));
    }

    #[test]
    fn variables_may_be_named_but_not_half_of_them() {
        assert!(matches!(
            parameters(variables(&[("first_name", "Ana")])),
            Ok(TemplateParameters::Named(_))
        ));
        for mixed in [[("1", "a"), ("name", "b")], [("1", "a"), ("3", "b")]] {
            let fault = parameters(variables(&mixed)).unwrap_err();
            assert_eq!(fault.pointer, "/template/variables");
            assert_eq!(fault.code, "invalid_variables");
        }
    }

    #[test]
    fn a_header_has_one_variable_by_number_or_by_name() {
        let header = |pairs: &[(&str, &str)]| {
            let mut faults = Vec::new();
            let header = check_header_variable(variables(pairs), &mut faults);
            (
                header,
                faults.into_iter().map(|f| f.code).collect::<Vec<_>>(),
            )
        };
        let text = |name: Option<&str>| TemplateHeader::Text {
            name: name.map(str::to_owned),
            text: "a".into(),
        };
        assert_eq!(header(&[("1", "a")]), (Some(text(None)), vec![]));
        assert_eq!(
            header(&[("season", "a")]),
            (Some(text(Some("season"))), vec![])
        );
        for wrong in [vec![], vec![("2", "a")], vec![("a", "a"), ("b", "b")]] {
            assert_eq!(
                header(&wrong),
                (None, vec!["invalid_variables"]),
                "{wrong:?}"
            );
        }
        assert_eq!(header(&[("1", "a\tb")]).1, ["invalid_variable"]);
    }
}
