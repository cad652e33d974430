//! Texts with variables, such as `Hello {{customer.firstName|friend}}`. They are filled in
//! and nothing else: there is nothing in them that could be executed.

use thiserror::Error;

use super::Person;

/// What can be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    CustomerFirstName,
    CustomerLastName,
    CustomerFullName,
    CustomerPhoneNumber,
    AgentFirstName,
    AgentLastName,
    OrganizationName,
}

impl Variable {
    pub const ALL: [Self; 7] = [
        Self::CustomerFirstName,
        Self::CustomerLastName,
        Self::CustomerFullName,
        Self::CustomerPhoneNumber,
        Self::AgentFirstName,
        Self::AgentLastName,
        Self::OrganizationName,
    ];

    /// Its name for clients. Stable.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CustomerFirstName => "customer.firstName",
            Self::CustomerLastName => "customer.lastName",
            Self::CustomerFullName => "customer.fullName",
            Self::CustomerPhoneNumber => "customer.phoneNumber",
            Self::AgentFirstName => "agent.firstName",
            Self::AgentLastName => "agent.lastName",
            Self::OrganizationName => "organization.name",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|variable| variable.as_str() == name)
    }
}

/// A text of which every variable is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableText(String);

/// What is wrong with such a text. Positions count characters, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VariableTextError {
    #[error("is required")]
    Empty,
    #[error("must have at most {0} characters")]
    TooLong(usize),
    #[error(
        "there is no variable `{name}`, as at character {position}; there are: {}",
        names()
    )]
    UnknownVariable { name: String, position: usize },
    #[error("the variable at character {position} is not closed by `}}}}`")]
    UnclosedVariable { position: usize },
}

impl VariableTextError {
    /// Its name for clients. Stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong(_) => "too_long",
            Self::UnknownVariable { .. } => "unknown_variable",
            Self::UnclosedVariable { .. } => "unclosed_variable",
        }
    }
}

fn names() -> String {
    Variable::ALL.map(Variable::as_str).join(", ")
}

/// From whom and what variables are filled.
#[derive(Clone, Copy, Debug)]
pub struct VariableValues<'a> {
    pub person: &'a Person,
    /// First and last name of who writes; nobody if the program does.
    pub agent: Option<(&'a str, &'a str)>,
    pub organization_name: &'a str,
}

/// A piece of a text: as it stands, or to be filled in.
enum Piece<'a> {
    Literal(&'a str),
    Variable {
        name: &'a str,
        fallback: Option<&'a str>,
        /// In bytes.
        at: usize,
    },
    Unclosed {
        at: usize,
    },
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        if rest.is_empty() {
            return None;
        }
        let start = at;
        let Some(inner) = rest.strip_prefix("{{") else {
            let length = rest.find("{{").unwrap_or(rest.len());
            at += length;
            return Some(Piece::Literal(&rest[..length]));
        };
        let Some(length) = inner.find("}}").filter(|end| !inner[..*end].contains("{{")) else {
            at += 2;
            return Some(Piece::Unclosed { at: start });
        };
        at += length + 4;
        let (name, fallback) = match inner[..length].split_once('|') {
            Some((name, fallback)) => (name, Some(fallback.trim())),
            None => (&inner[..length], None),
        };
        Some(Piece::Variable {
            name: name.trim(),
            fallback,
            at: start,
        })
    })
}

impl VariableText {
    /// Refuses, with all faults at once.
    pub fn parse(text: String, max: usize) -> Result<Self, Vec<VariableTextError>> {
        let mut faults = Vec::new();
        if text.trim().is_empty() {
            faults.push(VariableTextError::Empty);
        } else if text.chars().count() > max {
            faults.push(VariableTextError::TooLong(max));
        }
        let position = |at: usize| text[..at].chars().count() + 1;
        faults.extend(pieces(&text).filter_map(|piece| match piece {
            Piece::Variable { name, at, .. } if Variable::named(name).is_none() => {
                Some(VariableTextError::UnknownVariable {
                    name: name.to_owned(),
                    position: position(at),
                })
            }
            Piece::Unclosed { at } => Some(VariableTextError::UnclosedVariable {
                position: position(at),
            }),
            Piece::Literal(_) | Piece::Variable { .. } => None,
        }));
        if faults.is_empty() {
            Ok(Self(text))
        } else {
            Err(faults)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Fills in what is known, and for what is not the fallback or nothing. What is filled in
    /// is not looked into again.
    pub fn render(&self, values: &VariableValues<'_>) -> String {
        pieces(&self.0)
            .map(|piece| match piece {
                Piece::Literal(text) => text.to_owned(),
                Piece::Variable { name, fallback, .. } => Variable::named(name)
                    .and_then(|variable| values.of(variable))
                    .unwrap_or_else(|| fallback.unwrap_or_default().to_owned()),
                Piece::Unclosed { .. } => String::new(),
            })
            .collect()
    }
}

impl VariableValues<'_> {
    fn of(&self, variable: Variable) -> Option<String> {
        let (first, last) = self.person.names();
        let value = match variable {
            Variable::CustomerFirstName => first,
            Variable::CustomerLastName => last,
            Variable::CustomerFullName => {
                let names: Vec<_> = [first, last].into_iter().flatten().collect();
                Some(names.join(" "))
            }
            Variable::CustomerPhoneNumber => self.person.phone_number().map(String::from),
            Variable::AgentFirstName => self.agent.map(|(first, _)| first.to_owned()),
            Variable::AgentLastName => self.agent.map(|(_, last)| last.to_owned()),
            Variable::OrganizationName => Some(self.organization_name.to_owned()),
        };
        value.filter(|value| !value.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::{customers::Customer, id::Id, text::PhoneNumber, whatsapp::Contact};

    fn person(name: Option<&str>) -> Person {
        let phone = PhoneNumber::from_wa_id("16505551234").ok();
        let customer = Customer::from_profile(name, phone, DateTime::UNIX_EPOCH);
        let contact = Contact {
            id: Id::generate(),
            customer_id: Some(customer.id),
            name: None,
            wa_id: None,
            user_id: None,
            username: None,
            blocked: None,
            undeliverable: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        Person {
            customer: Some(customer),
            contact,
        }
    }

    fn rendered(text: &str, name: Option<&str>) -> String {
        let values = VariableValues {
            person: &person(name),
            agent: Some(("Ana", "Paz")),
            organization_name: "Luna",
        };
        VariableText::parse(text.to_owned(), 4096)
            .unwrap()
            .render(&values)
    }

    fn faults(text: &str) -> Vec<VariableTextError> {
        VariableText::parse(text.to_owned(), 60).unwrap_err()
    }

    #[test]
    fn what_is_known_is_filled_in() {
        let text = "{{customer.firstName}} {{ customer.lastName }}, {{customer.fullName}}, \
             {{customer.phoneNumber}}: {{agent.firstName}} {{agent.lastName}} of \
             {{organization.name}}";
        assert_eq!(
            rendered(text, Some("Zoë Núñez")),
            "Zoë Núñez, Zoë Núñez, +16505551234: Ana Paz of Luna"
        );
    }

    #[test]
    fn what_is_not_known_has_its_fallback_or_is_empty() {
        let text = "Hola {{customer.firstName|friend of ours}}{{customer.fullName}}!";
        assert_eq!(rendered(text, None), "Hola friend of ours!");
        assert_eq!(rendered(text, Some("Zoë")), "Hola ZoëZoë!");
        assert_eq!(rendered("{{customer.firstName|}}.", None), ".");
    }

    #[test]
    fn what_is_filled_in_is_not_looked_into() {
        let name = Some("{{agent.firstName}}");
        assert_eq!(
            rendered("{{customer.firstName}}", name),
            "{{agent.firstName}}"
        );
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        assert_eq!(
            faults("Ñ {{customer.age}} {{ }} {{agent.firstName"),
            [
                VariableTextError::UnknownVariable {
                    name: "customer.age".into(),
                    position: 3
                },
                VariableTextError::UnknownVariable {
                    name: String::new(),
                    position: 20
                },
                VariableTextError::UnclosedVariable { position: 26 },
            ]
        );
        assert_eq!(
            faults("{{a {{agent.firstName}}"),
            [VariableTextError::UnclosedVariable { position: 1 }]
        );
        assert_eq!(faults(" \n"), [VariableTextError::Empty]);
        assert_eq!(faults(&"é".repeat(61)), [VariableTextError::TooLong(60)]);
    }

    #[test]
    fn braces_that_are_no_variable_stay() {
        for text in ["a } }} b", "{x}", "{ {"] {
            assert_eq!(rendered(text, None), text);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[{}|a-é. ]{0,40}") {
            if let Ok(parsed) = VariableText::parse(text.clone(), 100) {
                let person = person(None);
                let values = VariableValues {
                    person: &person,
                    agent: None,
                    organization_name: "",
                };
                if !text.contains("{{") {
                    prop_assert_eq!(parsed.render(&values), text);
                }
            }
        }
    }
}
