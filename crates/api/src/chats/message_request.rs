use std::collections::BTreeMap;

use application::chats::Draft;
use garde::Validate;
use serde::Deserialize;
use utoipa::{ToSchema, openapi::Object};
use uuid::Uuid;

use super::one_of;
use crate::{
    extract::fault,
    problem::{Fault, Problem},
};

/// A message to send: what it says stands under the key that is its type.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SendMessageRequest {
    #[garde(custom(is_one_of(&KINDS)))]
    #[serde(default)]
    #[schema(required, schema_with = kind)]
    r#type: String,
    #[garde(custom(goes_with("text", &self.r#type)), dive)]
    text: Option<TextRequest>,
    #[garde(custom(goes_with("template", &self.r#type)), dive)]
    template: Option<TemplateRequest>,
    /// The message of the same chat that this one answers.
    #[garde(skip)]
    pub(super) reply_to_id: Option<Uuid>,
}

/// A message to send to somebody with whom there need not be a chat yet.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SendToRequest {
    /// Which of the organization's numbers sends; may be left out if there is only one.
    #[garde(skip)]
    pub(super) account_id: Option<Uuid>,
    /// A phone number or a customer's id.
    #[garde(length(min = 1, max = 100))]
    #[serde(default)]
    #[schema(required, example = "+14155550123")]
    pub(super) to: String,
    #[garde(custom(is_one_of(&KINDS)))]
    #[serde(default)]
    #[schema(required, schema_with = kind)]
    r#type: String,
    #[garde(custom(goes_with("text", &self.r#type)), dive)]
    text: Option<TextRequest>,
    #[garde(custom(goes_with("template", &self.r#type)), dive)]
    template: Option<TemplateRequest>,
    /// The message of the same chat that this one answers.
    #[garde(skip)]
    pub(super) reply_to_id: Option<Uuid>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TextRequest {
    #[garde(length(min = 1))]
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 4096)]
    body: String,
    /// Whether a link in it is shown with a preview.
    #[garde(skip)]
    #[serde(default)]
    preview_url: bool,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TemplateRequest {
    #[garde(length(min = 1))]
    #[serde(default)]
    #[schema(required, example = "order_ready")]
    name: String,
    /// Meta's code; it must be the template's exactly.
    #[garde(skip)]
    #[serde(default = "american_english")]
    #[schema(default = "en_US")]
    language: String,
    /// By number from `1`, or by name, as the template has them.
    #[garde(skip)]
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

fn american_english() -> String {
    "en_US".to_owned()
}

const KINDS: [&str; 2] = ["text", "template"];

fn kind() -> Object {
    one_of(&KINDS)
}

fn is_one_of(kinds: &[&str]) -> impl FnOnce(&String, &()) -> garde::Result {
    |kind, ()| {
        if kinds.contains(&kind.as_str()) {
            return Ok(());
        }
        if kind.is_empty() {
            return Err(fault("required", "is required"));
        }
        let detail = format!("must be one of: {}", kinds.join(", "));
        Err(fault("unsupported_type", detail))
    }
}

/// Demands the content that belongs to the type, and no other. Without a type, none is wrong.
fn goes_with<T>(own: &str, kind: &str) -> impl FnOnce(&Option<T>, &()) -> garde::Result {
    let wanted = own == kind;
    let unwanted = !wanted && !kind.is_empty();
    move |content, ()| match content {
        None if wanted => Err(fault("required", "is required for this type")),
        Some(_) if unwanted => Err(fault("unexpected", "does not go with this type")),
        _ => Ok(()),
    }
}

impl SendMessageRequest {
    pub(super) fn draft(self) -> Result<Draft, Problem> {
        draft(self.text, self.template)
    }
}

impl SendToRequest {
    pub(super) fn draft(self) -> Result<Draft, Problem> {
        draft(self.text, self.template)
    }
}

fn draft(text: Option<TextRequest>, template: Option<TemplateRequest>) -> Result<Draft, Problem> {
    match (text, template) {
        (Some(text), _) => Ok(Draft::Text {
            body: text.body,
            preview_url: text.preview_url,
        }),
        (None, Some(template)) => Ok(Draft::Template {
            name: template.name,
            language: template.language,
            variables: template.variables,
        }),
        // Validation lets no such request through.
        (None, None) => Err(Problem::invalid(vec![Fault::new(
            "/type",
            "unsupported_type",
            "must come with its content",
        )])),
    }
}
