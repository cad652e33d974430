use std::collections::BTreeMap;

use application::chats::{HeaderDraft, TemplateDraft};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{super::template_button::TemplateButtonBody, LocationRequest};
use crate::problem::{Fault, Problem};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TemplateRequest {
    #[garde(length(min = 1))]
    #[serde(default)]
    #[schema(required, example = "order_ready")]
    name: String,
    /// Meta's code; it must be the template's exactly.
    #[garde(skip)]
    #[serde(default = "american_english")]
    #[schema(default = "en_US")]
    language: String,
    /// Of the body: by number from `1`, or by name, as the template has them.
    #[garde(skip)]
    #[serde(default)]
    variables: BTreeMap<String, String>,
    /// Of a header with text: its one variable, by the number `1` or by name.
    #[garde(skip)]
    header_variables: Option<BTreeMap<String, String>>,
    /// Of a header with an image, a video or a document: the uploaded file.
    #[garde(skip)]
    header_media_id: Option<Uuid>,
    /// Of a header with a place.
    #[garde(dive)]
    header_location: Option<LocationRequest>,
    /// What fills those of the buttons that need something.
    #[garde(skip)]
    #[serde(default)]
    buttons: Vec<TemplateButtonBody>,
}

fn american_english() -> String {
    "en_US".to_owned()
}

impl TemplateRequest {
    pub(super) fn read(self) -> Result<TemplateDraft, Problem> {
        let mut faults = Vec::new();
        let given = [
            (
                "headerVariables",
                self.header_variables.map(HeaderDraft::Variables),
            ),
            (
                "headerMediaId",
                self.header_media_id.map(|id| HeaderDraft::File(id.into())),
            ),
            (
                "headerLocation",
                self.header_location
                    .map(|place| HeaderDraft::Location(place.into())),
            ),
        ];
        let mut header = None;
        for (name, given) in given {
            if given.is_some() && header.is_some() {
                let detail = "a template has one header only";
                faults.push(Fault::new(
                    format!("/template/{name}"),
                    "conflicting",
                    detail,
                ));
            }
            header = header.or(given);
        }
        let mut buttons = Vec::new();
        for (index, button) in self.buttons.into_iter().enumerate() {
            let at = format!("/template/buttons/{index}");
            buttons.push(button.read(&at, &mut faults));
        }
        if !faults.is_empty() {
            return Err(Problem::invalid(faults));
        }
        Ok(TemplateDraft {
            name: self.name,
            language: self.language,
            variables: self.variables,
            header,
            buttons,
        })
    }
}
