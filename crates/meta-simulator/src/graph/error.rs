use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{codes, ids};

/// A refusal, as Meta states it.
#[derive(Clone, Debug)]
pub(crate) struct GraphError {
    status: u16,
    code: u32,
    subcode: Option<u32>,
    title: &'static str,
    details: String,
}

impl GraphError {
    /// The error with this code, in the words and with the HTTP status that go with it.
    pub(crate) fn new(code: u32) -> Self {
        let known = codes::describe(code);
        Self {
            status: known.status,
            code,
            subcode: None,
            title: known.title,
            details: known.details.to_owned(),
        }
    }

    pub(crate) fn unknown_object(id: &str) -> Self {
        Self {
            subcode: Some(33),
            ..Self::new(100)
        }
        .with_details(format!(
            "Object with ID '{id}' does not exist, or cannot be loaded due to missing permissions"
        ))
    }

    pub(crate) fn expired_token(at: DateTime<Utc>) -> Self {
        Self {
            subcode: Some(463),
            ..Self::new(190)
        }
        .with_details(format!("Session has expired on {at}"))
    }

    pub(crate) fn missing(path: &str) -> Self {
        Self::new(131_008).with_details(format!("Parameter {path} is required"))
    }

    pub(crate) fn invalid(path: &str, why: &str) -> Self {
        Self::new(131_009).with_details(format!("Param {path} {why}"))
    }

    #[must_use]
    pub(crate) fn with_details(self, details: impl Into<String>) -> Self {
        Self {
            details: details.into(),
            ..self
        }
    }

    #[must_use]
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }

    pub(super) fn body(&self) -> Value {
        let mut error = json!({
            "message": format!("(#{}) {}", self.code, self.title),
            "type": "OAuthException",
            "code": self.code,
            "is_transient": self.status >= 500,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": ids::trace(),
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        json!({"error": error})
    }
}
