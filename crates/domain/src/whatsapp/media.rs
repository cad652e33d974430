use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::AccountId;
use crate::{chats::MessageId, id::Id};

pub type MediaId = Id<Media>;

/// A file that came, or will go, with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    pub id: MediaId,
    pub account_id: AccountId,
    pub message_id: MessageId,
    pub kind: MediaKind,
    /// Meta's id, good for 7 days.
    pub meta_id: String,
    /// Where Meta said it can be fetched, for 5 minutes; it need not have said so.
    pub url: Option<String>,
    pub mime_type: String,
    /// Lower-case hex; what Meta promised before it is stored, what was measured after.
    pub sha256: Option<String>,
    /// As the customer named it: not to be trusted.
    pub file_name: Option<String>,
    pub state: MediaState,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaState {
    Pending,
    Stored {
        key: String,
        /// Bytes.
        size: u64,
    },
    /// It can never be had; why, in plain words.
    Lost {
        reason: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    Document,
    Sticker,
}

impl MediaKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }

    /// The most that is fetched, in bytes: customers may send larger files than businesses,
    /// but none above 100 MB reaches us. Source: cloud API, media.
    pub fn max_size(self) -> u64 {
        const MB: u64 = 1024 * 1024;
        match self {
            Self::Image | Self::Sticker => 32 * MB,
            Self::Video | Self::Audio | Self::Document => 100 * MB,
        }
    }
}
