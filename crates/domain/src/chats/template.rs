use serde::{Deserialize, Serialize};

use super::{ContentFaults, Location};
use crate::whatsapp::{MediaId, MediaKind, TemplateParameters};

/// A template by name, and what fills it. Source: cloud API 2.5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateUse {
    pub name: String,
    pub language: String,
    /// Of the body.
    pub parameters: TemplateParameters,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<TemplateHeader>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<TemplateButton>,
}

/// What fills a template's header.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateHeader {
    Text {
        /// Of the variable, if the template names its variables.
        name: Option<String>,
        text: String,
    },
    /// An image, a video or a document.
    File {
        kind: MediaKind,
        media_id: MediaId,
        /// Of documents.
        filename: Option<String>,
    },
    Location(Location),
}

/// What fills one of a template's buttons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateButton {
    /// Counted over all buttons of the template, from 0.
    pub index: u8,
    pub parameter: ButtonParameter,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonParameter {
    /// What the button's URL ends with.
    UrlSuffix(String),
    /// What comes back with the answer.
    QuickReplyPayload(String),
    /// The code that the button copies.
    CouponCode(String),
}

impl TemplateButton {
    const MAX_INDEX: u8 = 9;

    /// Tells what Meta would refuse; `at` is where the button stands.
    pub fn check(&self, at: &str, faults: &mut ContentFaults) {
        if self.index > Self::MAX_INDEX {
            let detail = format!("must be from 0 to {}", Self::MAX_INDEX);
            faults.add(format!("{at}/index"), "too_large", detail);
        }
        match &self.parameter {
            ButtonParameter::UrlSuffix(text) => faults.text(format!("{at}/text"), text, 2000),
            ButtonParameter::QuickReplyPayload(payload) => {
                faults.text(format!("{at}/payload"), payload, 128);
            }
            ButtonParameter::CouponCode(code) => {
                faults.text(format!("{at}/couponCode"), code, 15);
            }
        }
    }
}

impl TemplateUse {
    /// The file in the header.
    pub fn file(&self) -> Option<(MediaKind, MediaId)> {
        match &self.header {
            Some(TemplateHeader::File { kind, media_id, .. }) => Some((*kind, *media_id)),
            _ => None,
        }
    }
}
