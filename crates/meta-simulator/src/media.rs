//! Files, as Meta keeps them: known by id, reached by URLs that live five minutes.

use std::collections::VecDeque;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use url::Url;

use crate::{ids, wire};

/// How long a URL works.
const URL_LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// How long the ids of files that a business uploaded are good.
const UPLOAD_LIFETIME: TimeDelta = TimeDelta::days(30);
/// How long the ids of files that a customer sent are good.
const RECEIVED_LIFETIME: TimeDelta = TimeDelta::days(7);
/// What is kept of all files together, in bytes. The oldest go first.
const CAPACITY: usize = 512 * 1024 * 1024;

/// The kinds that an upload may be, with the most bytes each may have.
const UPLOADABLE: &[(&str, usize)] = &[
    ("audio/aac", 16 * MB),
    ("audio/amr", 16 * MB),
    ("audio/mpeg", 16 * MB),
    ("audio/mp4", 16 * MB),
    ("audio/ogg", 16 * MB),
    ("image/jpeg", 5 * MB),
    ("image/png", 5 * MB),
    ("image/webp", MB / 2),
    ("video/mp4", 16 * MB),
    ("video/3gpp", 16 * MB),
];
/// Of a sticker that does not move.
const STILL_STICKER: usize = 100 * 1024;
/// Documents: text and whatever application.
const DOCUMENT_LIMIT: usize = 100 * MB;
const MB: usize = 1024 * 1024;

#[derive(Clone)]
pub(crate) struct Media {
    pub(crate) id: String,
    pub(crate) phone_number_id: String,
    pub(crate) mime_type: String,
    pub(crate) bytes: Bytes,
    gone_at: DateTime<Utc>,
}

impl Media {
    pub(crate) fn uploaded(
        number: &str,
        mime_type: &str,
        bytes: Bytes,
        now: DateTime<Utc>,
    ) -> Self {
        Self::new(number, mime_type, bytes, now + UPLOAD_LIFETIME)
    }

    pub(crate) fn received(
        number: &str,
        mime_type: &str,
        bytes: Bytes,
        now: DateTime<Utc>,
    ) -> Self {
        Self::new(number, mime_type, bytes, now + RECEIVED_LIFETIME)
    }

    fn new(number: &str, mime_type: &str, bytes: Bytes, gone_at: DateTime<Utc>) -> Self {
        Self {
            id: ids::object(),
            phone_number_id: number.to_owned(),
            mime_type: mime_type.to_owned(),
            bytes,
            gone_at,
        }
    }

    /// A URL good for five minutes from `now`.
    pub(crate) fn url(&self, public_url: &Url, secret: &str, now: DateTime<Utc>) -> String {
        let expires = (now + URL_LIFETIME).timestamp();
        let base = public_url.as_str().trim_end_matches('/');
        let hash = url_hash(secret, &self.id, expires);
        format!("{base}/media-files/{}?ext={expires}&hash={hash}", self.id)
    }

    /// The answer to `GET /{media-id}`. Its sha256 is hex, while that of webhooks is base64.
    pub(crate) fn description(&self, url: &str) -> Value {
        json!({
            "messaging_product": "whatsapp",
            "url": url,
            "mime_type": self.mime_type,
            "sha256": wire::hex(wire::sha256(&self.bytes).as_ref()),
            "file_size": self.bytes.len(),
            "id": self.id,
        })
    }
}

/// Whether a URL with these parameters was given out by us and is still good.
pub(crate) fn url_is_good(
    secret: &str,
    media_id: &str,
    expires: i64,
    hash: &str,
    now: DateTime<Utc>,
) -> bool {
    now.timestamp() < expires && hash == url_hash(secret, media_id, expires)
}

fn url_hash(secret: &str, media_id: &str, expires: i64) -> String {
    let signed = format!("{secret}.{media_id}.{expires}");
    wire::hex(&wire::sha256(signed.as_bytes()).as_ref()[..16])
}

/// Says what is wrong with an upload of this type and content, if anything.
pub(crate) fn check_upload(mime_type: &str, bytes: &[u8]) -> Result<(), String> {
    let (essence, size) = (essence(mime_type), bytes.len());
    let limit = UPLOADABLE
        .iter()
        .find(|(known, _)| *known == essence)
        .map(|(_, limit)| *limit)
        .or_else(|| is_document(essence).then_some(DOCUMENT_LIMIT))
        .ok_or_else(|| format!("Param file has a type that is not supported: {mime_type}"))?;
    if size == 0 {
        return Err("Param file is empty".to_owned());
    }
    if size > limit {
        return Err(format!(
            "Param file must be at most {limit} bytes for {essence}, and has {size}"
        ));
    }
    if essence == "audio/ogg" && !is_opus(mime_type, bytes) {
        return Err("Param file must have the OPUS codec to be audio/ogg".to_owned());
    }
    if essence == "image/webp" && size > STILL_STICKER && !is_animated(bytes) {
        return Err(format!(
            "Param file must be at most {STILL_STICKER} bytes if it is a sticker that does not move"
        ));
    }
    Ok(())
}

/// Says why this file cannot be sent as `kind`, if so.
pub(crate) fn check_use(media: &Media, kind: &str, voice: bool) -> Result<(), String> {
    let essence = essence(&media.mime_type);
    let fits = match kind {
        "image" => matches!(essence, "image/jpeg" | "image/png"),
        "sticker" => essence == "image/webp",
        "audio" if voice => essence == "audio/ogg",
        "audio" | "video" => essence.starts_with(&format!("{kind}/")),
        _ => true,
    };
    if fits {
        return Ok(());
    }
    let kind = if voice { "voice note" } else { kind };
    Err(format!("{} cannot be sent as {kind}", media.mime_type))
}

/// A MIME type without its parameters.
fn essence(mime_type: &str) -> &str {
    mime_type.split(';').next().unwrap_or_default().trim()
}

fn is_opus(mime_type: &str, bytes: &[u8]) -> bool {
    // The first packet of an Ogg file names its codec.
    let start = &bytes[..bytes.len().min(64)];
    mime_type.contains("opus") || start.windows(8).any(|window| window == b"OpusHead")
}

/// Whether an extended WebP file says of itself that it moves.
fn is_animated(bytes: &[u8]) -> bool {
    const ANIMATION: u8 = 0x02;
    bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & ANIMATION != 0)
}

fn is_document(mime_type: &str) -> bool {
    mime_type.starts_with("application/") || mime_type == "text/plain"
}

pub(crate) struct MediaStore {
    files: VecDeque<Media>,
    size: usize,
}

impl MediaStore {
    pub(crate) fn new() -> Self {
        Self {
            files: VecDeque::new(),
            size: 0,
        }
    }

    pub(crate) fn add(&mut self, media: Media) {
        self.size += media.bytes.len();
        self.files.push_back(media);
        while self.size > CAPACITY {
            let Some(oldest) = self.files.pop_front() else {
                break;
            };
            self.size -= oldest.bytes.len();
        }
    }

    pub(crate) fn find(&self, id: &str, now: DateTime<Utc>) -> Option<&Media> {
        self.files
            .iter()
            .find(|media| media.id == id && now < media.gone_at)
    }

    /// Whether there ever was such a file, as far as anybody remembers.
    pub(crate) fn knew(&self, id: &str) -> bool {
        self.files.iter().any(|media| media.id == id)
    }

    /// Ends the file's life. Whether there was one.
    pub(crate) fn expire(&mut self, id: &str, now: DateTime<Utc>) -> bool {
        let media = self.files.iter_mut().find(|media| media.id == id);
        media.is_some_and(|media| {
            media.gone_at = media.gone_at.min(now);
            true
        })
    }

    pub(crate) fn remove(&mut self, id: &str) {
        if let Some(index) = self.files.iter().position(|media| media.id == id)
            && let Some(removed) = self.files.remove(index)
        {
            self.size -= removed.bytes.len();
        }
    }
}
