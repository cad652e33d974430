use std::collections::BTreeMap;

use domain::{
    chats::{TemplateHeader, TemplateUse},
    whatsapp::TemplateParameters,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{content_response::LocationResponse, template_button::TemplateButtonBody};

/// A template, as it was sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TemplateResponse {
    name: String,
    language: String,
    /// Of the body: by number from `1`, or by name.
    variables: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header_variables: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header_media_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header_location: Option<LocationResponse>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    buttons: Vec<TemplateButtonBody>,
}

impl From<TemplateUse> for TemplateResponse {
    fn from(template: TemplateUse) -> Self {
        let variables = match template.parameters {
            TemplateParameters::Named(named) => named,
            TemplateParameters::Positional(values) => (1..)
                .map(|number: u32| number.to_string())
                .zip(values)
                .collect(),
        };
        let mut response = Self {
            name: template.name,
            language: template.language,
            variables,
            header_variables: None,
            header_media_id: None,
            header_location: None,
            buttons: template.buttons.into_iter().map(Into::into).collect(),
        };
        match template.header {
            Some(TemplateHeader::Text { name, text }) => {
                let name = name.unwrap_or_else(|| "1".to_owned());
                response.header_variables = Some([(name, text)].into());
            }
            Some(TemplateHeader::File { media_id, .. }) => {
                response.header_media_id = Some(media_id.uuid());
            }
            Some(TemplateHeader::Location(place)) => {
                response.header_location = Some(place.into());
            }
            None => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        chats::{ButtonParameter, TemplateButton},
        id::Id,
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_is_shown_as_it_was_sent() {
        let media_id = Id::generate();
        let mut template = TemplateUse {
            name: "order_ready".into(),
            language: "en_US".into(),
            parameters: TemplateParameters::Positional(vec!["Ana".into(), "7".into()]),
            header: None,
            buttons: Vec::new(),
        };
        let shown = |template: &TemplateUse| {
            serde_json::to_value(TemplateResponse::from(template.clone())).unwrap()
        };
        let mut expected = json!({
            "name": "order_ready", "language": "en_US", "variables": { "1": "Ana", "2": "7" },
        });
        assert_eq!(shown(&template), expected);
        template.header = Some(TemplateHeader::File {
            kind: domain::whatsapp::MediaKind::Image,
            media_id,
            filename: None,
        });
        template.buttons = vec![TemplateButton {
            index: 0,
            parameter: ButtonParameter::UrlSuffix("abc".into()),
        }];
        expected["headerMediaId"] = json!(media_id);
        expected["buttons"] = json!([{ "type": "url", "index": 0, "text": "abc" }]);
        assert_eq!(shown(&template), expected);
    }
}
