use std::collections::BTreeMap;

use domain::{
    chats::{MessageContent, TemplateUse, Text, TextError},
    whatsapp::TemplateParameters,
};

use crate::{Error, FieldError};

/// What somebody wants to send, not yet known to be sendable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Draft {
    Text {
        body: String,
        preview_url: bool,
    },
    Template {
        name: String,
        /// Meta's code, such as `en_US`.
        language: String,
        /// By number from `1`, or by name.
        variables: BTreeMap<String, String>,
    },
}

/// Source: cloud API 4.3.
const LONGEST_TEMPLATE_NAME: usize = 512;
/// What a template's body may come to with its variables filled in. Source: cloud API 2.5.
const LONGEST_VARIABLE: usize = 1024;

impl Draft {
    /// Refuses, with all faults at once, what Meta would refuse.
    pub(super) fn into_content(self) -> Result<MessageContent, Error> {
        match self {
            Self::Text { body, preview_url } => Text::compose(body, preview_url)
                .map(MessageContent::Text)
                .map_err(|error| {
                    let code = match error {
                        TextError::Empty => "required",
                        TextError::TooLong => "too_long",
                    };
                    Error::invalid("/text/body", code, error)
                }),
            Self::Template {
                name,
                language,
                variables,
            } => {
                let mut faults = check_template(&name, &language);
                faults.extend(variables.iter().filter_map(check_variable));
                match parameters(variables) {
                    Ok(parameters) if faults.is_empty() => {
                        Ok(MessageContent::Template(TemplateUse {
                            name,
                            language,
                            parameters,
                        }))
                    }
                    Ok(_) => Err(Error::Invalid(faults)),
                    Err(fault) => {
                        faults.push(fault);
                        Err(Error::Invalid(faults))
                    }
                }
            }
        }
    }
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
fn check_variable((key, value): (&String, &String)) -> Option<FieldError> {
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
        return None;
    };
    let key = key.replace('~', "~0").replace('/', "~1");
    Some(FieldError::new(
        &format!("/template/variables/{key}"),
        code,
        detail,
    ))
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

    fn template(variables: &[(&str, &str)]) -> Draft {
        Draft::Template {
            name: "order_ready".into(),
            language: "en_US".into(),
            variables: variables
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    fn parameters_of(draft: Draft) -> TemplateParameters {
        match draft.into_content().unwrap() {
            MessageContent::Template(template) => template.parameters,
            content => panic!("not a template: {content:?}"),
        }
    }

    fn faults_of(draft: Draft) -> Vec<(String, &'static str)> {
        match draft.into_content() {
            Err(Error::Invalid(faults)) => faults
                .into_iter()
                .map(|fault| (fault.pointer, fault.code))
                .collect(),
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn numbered_variables_keep_their_order_beyond_nine() {
        let keys: Vec<String> = (1..=11).map(|n: u8| n.to_string()).collect();
        let variables: Vec<(&str, &str)> = keys.iter().map(|k| (k.as_str(), k.as_str())).collect();
        assert_eq!(
            parameters_of(template(&variables)),
            TemplateParameters::Positional(keys.clone())
        );
    }

    #[test]
    fn a_template_without_variables_has_no_parameters() {
        assert_eq!(
            parameters_of(template(&[])),
            TemplateParameters::Positional(Vec::new())
        );
    }

    #[test]
    fn variables_may_be_named_but_not_half_of_them() {
        assert!(matches!(
            parameters_of(template(&[("first_name", "Ana")])),
            TemplateParameters::Named(_)
        ));
        for mixed in [[("1", "a"), ("name", "b")], [("1", "a"), ("3", "b")]] {
            assert_eq!(
                faults_of(template(&mixed)),
                [("/template/variables".to_owned(), "invalid_variables")]
            );
        }
    }

    #[test]
    fn every_fault_of_a_template_is_told_at_once() {
        let draft = Draft::Template {
            name: "Order Ready".into(),
            language: "!".into(),
            variables: [("1".to_owned(), "a\nb".to_owned())].into(),
        };
        let pointers: Vec<_> = faults_of(draft).into_iter().map(|fault| fault.0).collect();
        assert_eq!(
            pointers,
            [
                "/template/name",
                "/template/language",
                "/template/variables/1"
            ]
        );
    }

    #[test]
    fn an_empty_text_is_refused() {
        let draft = Draft::Text {
            body: " ".into(),
            preview_url: false,
        };
        assert_eq!(faults_of(draft), [("/text/body".to_owned(), "required")]);
    }
}
