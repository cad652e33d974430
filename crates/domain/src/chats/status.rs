use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::whatsapp::MetaError;

/// What Meta reports of a message that we sent. Source: cloud API 5.6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    pub wamid: String,
    pub status: ReportedStatus,
    /// Of Meta's edge clocks: not to be ordered by.
    pub occurred_at: DateTime<Utc>,
    /// Of failures.
    pub error: Option<MetaError>,
    /// The `biz_opaque_callback_data` that we sent with the message.
    pub callback_data: Option<String>,
    /// In groups, the participant whom it concerns; else empty.
    pub participant: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportedStatus {
    Sent,
    Delivered,
    Read,
    /// A voice message was listened to.
    Played,
    Failed,
}

impl ReportedStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
        }
    }

    /// Whether it proves that the message reached the customer.
    pub fn is_delivery(self) -> bool {
        matches!(self, Self::Delivered | Self::Read | Self::Played)
    }
}
