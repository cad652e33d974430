//! A business account's templates.

use serde_json::{Value, json};

use super::{Answer, Call, GraphError, accounts::select};
use crate::{Simulator, templates::TemplateDefinition};

impl Simulator {
    /// `GET /{waba}/message_templates`: all on one page. A name is looked for as Meta does, by
    /// what names contain.
    pub(super) fn list_templates(
        &self,
        account: &str,
        token: &str,
        call: &Call,
    ) -> Result<Answer, GraphError> {
        let mut state = self.state();
        state.accounts.use_account(account, token)?;
        let asked = |key: &str| call.query.get(key).map(String::as_str);
        let is_asked = |definition: &&TemplateDefinition| {
            asked("name").is_none_or(|name| definition.name.contains(name))
                && asked("language").is_none_or(|language| definition.language == language)
                && asked("category").is_none_or(|category| definition.category == category)
                && asked("status").is_none_or(|status| definition.status == status)
        };
        let fields = asked("fields");
        let templates = state.accounts.templates.of_account(account);
        let templates: Vec<Value> = templates
            .filter(is_asked)
            .map(|definition| select(template_object(definition), fields))
            .collect();
        Ok(Answer::ok(
            json!({"data": templates, "paging": {"cursors": {}}}),
        ))
    }
}

fn template_object(definition: &TemplateDefinition) -> Value {
    json!({
        "name": definition.name,
        "language": definition.language,
        "status": definition.status,
        "category": definition.category,
        "components": definition.components,
    })
}
