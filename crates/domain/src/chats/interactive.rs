//! Messages that customers answer by tapping.

mod action;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::{ContentFaults, NamedProduct};
use crate::whatsapp::{MediaId, MediaKind};

pub use action::{Action, ListRow, ListSection, ProductSection, ReplyButton};

/// Buttons, a list, a link, products, or a question for the place. Source: cloud API 2.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interactive {
    pub header: Option<InteractiveHeader>,
    pub body: Option<String>,
    pub footer: Option<String>,
    pub action: Action,
    /// Those that the action names.
    #[serde(default)]
    pub products: Vec<NamedProduct>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InteractiveHeader {
    Text(String),
    /// An image, a video or a document.
    File {
        kind: MediaKind,
        media_id: MediaId,
        /// Of documents.
        filename: Option<String>,
    },
}

impl Interactive {
    const MAX_BODY: usize = 1024;
    const MAX_FOOTER: usize = 60;
    const MAX_HEADER_TEXT: usize = 60;

    /// Tells all that Meta would refuse; pointers are from the message's `interactive`.
    pub fn check(&self, faults: &mut ContentFaults) {
        self.check_header(faults);
        match &self.body {
            Some(body) => faults.text("/body/text", body, Self::MAX_BODY),
            None if matches!(self.action, Action::Product { .. }) => {}
            None => faults.add("/body/text", "required", "is required"),
        }
        match &self.footer {
            Some(_) if self.action == Action::LocationRequest => {
                faults.unexpected("/footer", "does not go with this type");
            }
            footer => faults.optional_text("/footer/text", footer.as_deref(), Self::MAX_FOOTER),
        }
        self.action.check(faults);
    }

    fn check_header(&self, faults: &mut ContentFaults) {
        let takes_files = match &self.action {
            Action::Buttons(_) | Action::CtaUrl { .. } => true,
            Action::List { .. } | Action::ProductList { .. } => false,
            Action::Product { .. } | Action::Catalog { .. } | Action::LocationRequest => {
                if self.header.is_some() {
                    faults.unexpected("/header", "does not go with this type");
                }
                return;
            }
        };
        match &self.header {
            Some(InteractiveHeader::Text(text)) => {
                faults.text("/header/text", text, Self::MAX_HEADER_TEXT);
            }
            Some(InteractiveHeader::File { .. }) if !takes_files => {
                faults.add("/header/type", "unsupported_type", "must be text here");
            }
            Some(InteractiveHeader::File {
                kind: MediaKind::Audio | MediaKind::Sticker,
                ..
            }) => {
                let detail = "must be text, image, video or document";
                faults.add("/header/type", "unsupported_type", detail);
            }
            Some(InteractiveHeader::File { kind, filename, .. }) => {
                let at = format!("/header/{}/filename", kind.as_str());
                faults.optional_text(at, filename.as_deref(), super::Attachment::MAX_FILENAME);
            }
            None if matches!(self.action, Action::ProductList { .. }) => {
                faults.add("/header", "required", "is required for this type");
            }
            None => {}
        }
    }

    /// The file in the header.
    pub fn file(&self) -> Option<(MediaKind, MediaId)> {
        match &self.header {
            Some(InteractiveHeader::File { kind, media_id, .. }) => Some((*kind, *media_id)),
            _ => None,
        }
    }

    /// The words in it, for lists and search.
    pub fn text(&self) -> Option<&str> {
        let header = || match &self.header {
            Some(InteractiveHeader::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        self.body.as_deref().or_else(header)
    }
}
