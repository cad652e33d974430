use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::AccountId;
use crate::{chats::MessageId, id::Id, storage::FileKey};

pub type MediaId = Id<Media>;

/// A file that came with a message, or that somebody here uploaded to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    pub id: MediaId,
    /// None if it was uploaded.
    pub source: Option<MediaSource>,
    pub kind: MediaKind,
    pub mime_type: String,
    /// Lower-case hex; what Meta promised before it is stored, what was measured after.
    pub sha256: Option<String>,
    /// As whoever sent it named it: not to be trusted.
    pub file_name: Option<String>,
    pub state: MediaState,
    pub created_at: DateTime<Utc>,
}

/// With what message a file came, and where it can be had from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaSource {
    pub account_id: AccountId,
    pub message_id: MessageId,
    /// Meta's id, good for 7 days.
    pub meta_id: String,
    /// Where Meta said it can be fetched, for 5 minutes; it need not have said so.
    pub url: Option<String>,
}

/// Under which id Meta knows a file that one of the numbers has given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedMedia {
    pub media_id: MediaId,
    pub account_id: AccountId,
    pub meta_id: String,
    pub uploaded_at: DateTime<Utc>,
}

impl UploadedMedia {
    /// A day less than Meta keeps it. Source: cloud API 3.
    const GOOD_FOR: Duration = Duration::days(29);

    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        now - self.uploaded_at < Self::GOOD_FOR
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaState {
    Pending,
    Stored {
        key: FileKey,
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
        match self {
            Self::Image | Self::Sticker => 32 * MB,
            Self::Video | Self::Audio | Self::Document => 100 * MB,
        }
    }
}

const MB: u64 = 1024 * 1024;

/// A type of file that Meta takes from businesses. Source: cloud API 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaFormat {
    /// As what it is sent unless somebody says otherwise.
    pub kind: MediaKind,
    pub mime_type: &'static str,
    /// Bytes.
    pub max_size: u64,
}

impl MediaFormat {
    const ALL: [Self; 18] = [
        Self::new(MediaKind::Image, "image/jpeg", 5 * MB),
        Self::new(MediaKind::Image, "image/png", 5 * MB),
        Self::new(MediaKind::Sticker, "image/webp", MB / 2),
        Self::new(MediaKind::Video, "video/mp4", 16 * MB),
        Self::new(MediaKind::Video, "video/3gpp", 16 * MB),
        Self::new(MediaKind::Audio, "audio/aac", 16 * MB),
        Self::new(MediaKind::Audio, "audio/amr", 16 * MB),
        Self::new(MediaKind::Audio, "audio/mpeg", 16 * MB),
        Self::new(MediaKind::Audio, "audio/mp4", 16 * MB),
        // Plain audio/ogg is refused.
        Self::new(MediaKind::Audio, "audio/ogg; codecs=opus", 16 * MB),
        Self::document("text/plain"),
        Self::document("application/pdf"),
        Self::document("application/msword"),
        Self::document("application/vnd.ms-excel"),
        Self::document("application/vnd.ms-powerpoint"),
        Self::document("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        Self::document("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        Self::document("application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ];
    /// Of a sticker that does not move.
    pub const MAX_STILL_STICKER: u64 = 100 * 1024;

    const fn new(kind: MediaKind, mime_type: &'static str, max_size: u64) -> Self {
        Self {
            kind,
            mime_type,
            max_size,
        }
    }

    const fn document(mime_type: &'static str) -> Self {
        Self::new(MediaKind::Document, mime_type, 100 * MB)
    }

    /// The format of this type; none if Meta does not take it.
    pub fn of(mime_type: &str) -> Option<Self> {
        let wanted = essence(mime_type);
        Self::ALL
            .into_iter()
            .find(|format| essence(format.mime_type).eq_ignore_ascii_case(wanted))
    }

    /// The most bytes that it may have as this kind; none if it cannot be sent so. Anything
    /// but a sticker may also be sent as a document.
    pub fn max_size_as(&self, kind: MediaKind) -> Option<u64> {
        match kind {
            kind if kind == self.kind => Some(self.max_size),
            MediaKind::Document if self.kind != MediaKind::Sticker => Some(100 * MB),
            _ => None,
        }
    }

    /// Whether it can be shown as a voice message. Source: cloud API 2.3.
    pub fn is_voice(&self) -> bool {
        essence(self.mime_type) == "audio/ogg"
    }
}

/// A type without its parameters.
fn essence(mime_type: &str) -> &str {
    mime_type.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[test]
    fn a_type_is_known_whatever_its_case_and_parameters() {
        for (mime_type, kind) in [
            ("image/jpeg", Some(MediaKind::Image)),
            ("Image/PNG; charset=x", Some(MediaKind::Image)),
            ("audio/ogg", Some(MediaKind::Audio)),
            ("audio/ogg; codecs=opus", Some(MediaKind::Audio)),
            ("application/zip", None),
            ("image/gif", None),
            ("", None),
        ] {
            let format = MediaFormat::of(mime_type);
            assert_eq!(format.map(|format| format.kind), kind, "{mime_type}");
        }
    }

    #[test]
    fn a_picture_can_go_as_a_document_but_not_the_other_way_round() {
        let max = |mime_type, kind| MediaFormat::of(mime_type).unwrap().max_size_as(kind);
        assert_eq!(max("image/png", MediaKind::Image), Some(5 * MB));
        assert_eq!(max("image/png", MediaKind::Document), Some(100 * MB));
        assert_eq!(max("image/webp", MediaKind::Document), None);
        assert_eq!(max("image/webp", MediaKind::Image), None);
        assert_eq!(max("application/pdf", MediaKind::Image), None);
    }

    #[test]
    fn an_upload_is_good_for_29_days() {
        let uploaded = UploadedMedia {
            media_id: Id::generate(),
            account_id: Id::generate(),
            meta_id: "1".into(),
            uploaded_at: DateTime::UNIX_EPOCH,
        };
        let after = |time| uploaded.is_good(DateTime::UNIX_EPOCH + time);
        assert!(after(Duration::days(29) - Duration::seconds(1)));
        assert!(!after(Duration::days(29)));
    }
}
