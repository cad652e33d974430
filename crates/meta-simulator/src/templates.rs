//! Message templates as Meta's database has them, and whether a message fills one in rightly.

mod check;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::graph::GraphError;

/// An approved message template of which only the outline is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub business_account_id: String,
    pub name: String,
    /// Meta's exact code, such as `es_MX`.
    pub language: String,
    /// How many parameters the body takes; not checked if none.
    pub body_parameters: Option<usize>,
}

/// A message template as it was created: what messages give it is checked part by part, and the
/// page shows it as a phone would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateDefinition {
    pub business_account_id: String,
    pub name: String,
    /// Meta's exact code, such as `es_MX`.
    pub language: String,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    #[serde(default = "utility")]
    pub category: String,
    /// `APPROVED`, `PAUSED`, `DISABLED` and others. Only an approved one can be sent.
    #[serde(default = "approved")]
    pub status: String,
    /// As Meta writes them: `HEADER`, `BODY`, `FOOTER`, `BUTTONS`.
    pub components: Vec<Value>,
}

fn utility() -> String {
    "UTILITY".to_owned()
}

fn approved() -> String {
    "APPROVED".to_owned()
}

impl TemplateDefinition {
    fn is(&self, account: &str, name: &str, language: &str) -> bool {
        self.business_account_id == account && self.name == name && self.language == language
    }
}

#[derive(Default)]
pub(crate) struct Templates {
    outlines: Vec<Template>,
    /// Each with its id.
    definitions: Vec<(u64, TemplateDefinition)>,
}

impl Templates {
    pub(crate) fn add_outline(&mut self, template: Template) {
        self.outlines.push(template);
    }

    /// Adds a definition under a new id, or replaces that of the same name and language.
    pub(crate) fn define(&mut self, id: u64, definition: TemplateDefinition) -> u64 {
        let (account, name) = (&definition.business_account_id, &definition.name);
        if let Some((id, known)) = self.find_mut(account, name, &definition.language) {
            *known = definition;
            return *id;
        }
        self.definitions.push((id, definition));
        id
    }

    pub(crate) fn find(
        &self,
        account: &str,
        name: &str,
        language: &str,
    ) -> Option<&(u64, TemplateDefinition)> {
        self.definitions
            .iter()
            .find(|(_, definition)| definition.is(account, name, language))
    }

    pub(crate) fn find_mut(
        &mut self,
        account: &str,
        name: &str,
        language: &str,
    ) -> Option<&mut (u64, TemplateDefinition)> {
        self.definitions
            .iter_mut()
            .find(|(_, definition)| definition.is(account, name, language))
    }

    pub(crate) fn of_account(&self, account: &str) -> impl Iterator<Item = &TemplateDefinition> {
        let all = self.definitions.iter().map(|(_, definition)| definition);
        all.filter(move |definition| definition.business_account_id == account)
    }

    /// Checks a message's template by name, exact language and whatever else is known of it.
    /// Answers the definition; none if there is only an outline, or if an open simulator takes
    /// it as it comes.
    pub(crate) fn check(
        &self,
        account: &str,
        used: &UsedTemplate,
        open: bool,
    ) -> Result<Option<&TemplateDefinition>, GraphError> {
        let UsedTemplate { name, language, .. } = used;
        if let Some((_, definition)) = self.find(account, name, language) {
            check::check(definition, &used.components)?;
            return Ok(Some(definition));
        }
        let outline = self.outlines.iter().find(|outline| {
            outline.business_account_id == account
                && outline.name == *name
                && outline.language == *language
        });
        match outline {
            None if open => Ok(None),
            None => Err(GraphError::new(132_001).with_details(format!(
                "template name ({name}) does not exist in {language}"
            ))),
            Some(Template {
                body_parameters: Some(expected),
                ..
            }) => {
                check::count("body", used.body_parameters, *expected)?;
                Ok(None)
            }
            Some(_) => Ok(None),
        }
    }
}

/// What a message says of the template that it uses.
pub(crate) struct UsedTemplate {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) body_parameters: usize,
    pub(crate) components: Vec<Value>,
}
