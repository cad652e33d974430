use serde::{Deserialize, Serialize};

/// What happens to messages to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    #[serde(flatten)]
    pub behaviour: Behaviour,
    /// To how many messages; to all that follow if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// The ways in which a message goes other than well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "behaviour", rename_all = "snake_case")]
pub enum Behaviour {
    /// Refused with this HTTP status and Meta's error `code`.
    Refuse { status: u16, code: u32 },
    /// Not accepted; the answer is an HTML page with status 502, as from a proxy in between.
    BadGateway,
    /// Accepted and reported by statuses, but the answer is this HTTP error.
    AcceptThenFail { status: u16 },
    /// Accepted and reported by statuses, but the answer never comes.
    AcceptThenTimeOut,
    /// Accepted, then reported as failed with `code`.
    FailLater { code: u32 },
    /// Accepted, and never heard of again.
    NoStatuses,
    /// `read` follows `sent`, as when the chat is open on the phone.
    SkipDelivered,
    /// Every status comes twice.
    DuplicateStatuses,
    /// The last status comes first.
    ReverseStatuses,
    /// All statuses come in one webhook.
    BatchStatuses,
    /// The statuses are delivered before the request is answered.
    StatusesFirst,
    /// The statuses come without contacts and pricing.
    BareStatuses,
}

impl Script {
    pub fn refuse(status: u16, code: u32) -> Self {
        Behaviour::Refuse { status, code }.into()
    }

    pub fn fail_later(code: u32) -> Self {
        Behaviour::FailLater { code }.into()
    }

    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }
}

impl From<Behaviour> for Script {
    fn from(behaviour: Behaviour) -> Self {
        Self {
            behaviour,
            times: None,
        }
    }
}
