use domain::chats::{ButtonParameter, TemplateButton};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Fault;

/// What fills one of a template's buttons.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TemplateButtonBody {
    #[serde(rename = "type")]
    kind: ButtonType,
    /// Counted over all buttons of the template, from 0.
    #[schema(maximum = 9)]
    index: u8,
    /// Of `url`: what the URL ends with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "abc123")]
    text: Option<String>,
    /// Of `quickReply`: what comes back with the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    payload: Option<String>,
    /// Of `copyCode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 15)]
    coupon_code: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum ButtonType {
    Url,
    QuickReply,
    CopyCode,
}

impl TemplateButtonBody {
    /// What is missing is for the domain to find.
    pub(super) fn read(self, at: &str, faults: &mut Vec<Fault>) -> TemplateButton {
        for (name, own, is_there) in [
            ("text", ButtonType::Url, self.text.is_some()),
            ("payload", ButtonType::QuickReply, self.payload.is_some()),
            (
                "couponCode",
                ButtonType::CopyCode,
                self.coupon_code.is_some(),
            ),
        ] {
            if is_there && own != self.kind {
                let detail = "does not go with this type";
                faults.push(Fault::new(format!("{at}/{name}"), "unexpected", detail));
            }
        }
        let parameter = match self.kind {
            ButtonType::Url => ButtonParameter::UrlSuffix(self.text.unwrap_or_default()),
            ButtonType::QuickReply => {
                ButtonParameter::QuickReplyPayload(self.payload.unwrap_or_default())
            }
            ButtonType::CopyCode => {
                ButtonParameter::CouponCode(self.coupon_code.unwrap_or_default())
            }
        };
        TemplateButton {
            index: self.index,
            parameter,
        }
    }
}

impl From<TemplateButton> for TemplateButtonBody {
    fn from(button: TemplateButton) -> Self {
        let empty = |kind| Self {
            kind,
            index: button.index,
            text: None,
            payload: None,
            coupon_code: None,
        };
        match button.parameter {
            ButtonParameter::UrlSuffix(text) => Self {
                text: Some(text),
                ..empty(ButtonType::Url)
            },
            ButtonParameter::QuickReplyPayload(payload) => Self {
                payload: Some(payload),
                ..empty(ButtonType::QuickReply)
            },
            ButtonParameter::CouponCode(code) => Self {
                coupon_code: Some(code),
                ..empty(ButtonType::CopyCode)
            },
        }
    }
}
