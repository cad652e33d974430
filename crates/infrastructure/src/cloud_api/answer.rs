//! What the Graph API answers. Source: cloud API 2.2, 3, 6.1 and 8.

mod token;

use std::{error::Error, fmt::Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::whatsapp::{Accepted, CloudApiError, MediaDescription, MetaError, PhoneNumberHealth};
use reqwest::{Response, StatusCode};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

pub(super) use self::token::Token;
use crate::hex::hex;

/// No answer is nearly as large.
const MAX_SIZE: usize = 1024 * 1024;

/// Why no answer came, and so whether Meta may have acted all the same.
pub(super) fn none(error: reqwest::Error) -> CloudApiError {
    let unsent = error.is_connect() || error.is_builder();
    let reason = describe(error);
    if unsent {
        CloudApiError::NotReached(reason)
    } else {
        CloudApiError::NoAnswer(reason)
    }
}

/// The error with its causes, in a line. URLs are left out: those of media are secrets.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

/// Reads an answer to its end. Meta's own errors are known by their form, not by the status:
/// it throttles with 400 as well as 429.
pub(super) async fn read<T: DeserializeOwned>(mut response: Response) -> Result<T, CloudApiError> {
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| CloudApiError::NoAnswer(describe(error)))?
    {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_SIZE {
            return Err(CloudApiError::NoAnswer("the answer is too large".into()));
        }
    }
    let foreign =
        || CloudApiError::NoAnswer(format!("{status}, with a body that is none of Meta's"));
    let body: Value = serde_json::from_slice(&body).map_err(|_| foreign())?;
    if let Ok(refusal) = Refusal::deserialize(&body) {
        return Err(CloudApiError::Refused(refusal.told_with(status)));
    }
    if !status.is_success() {
        return Err(foreign());
    }
    T::deserialize(body).map_err(|_| foreign())
}

#[derive(Deserialize)]
struct Refusal {
    error: GraphError,
    /// What became of each user, if it was about blocking.
    block_users: Option<BlockedUsers>,
}

impl Refusal {
    /// Of users that could not be blocked Meta says why one by one, and only that some could
    /// not in the error itself.
    fn told_with(self, status: StatusCode) -> MetaError {
        let of_user = self.block_users.and_then(BlockedUsers::error);
        of_user.unwrap_or(self.error).told_with(status)
    }
}

#[derive(Deserialize)]
struct GraphError {
    code: i64,
    error_subcode: Option<i64>,
    #[serde(default)]
    message: String,
    is_transient: Option<bool>,
    error_data: Option<Value>,
    error_user_msg: Option<String>,
    fbtrace_id: Option<String>,
}

impl GraphError {
    fn told_with(self, status: StatusCode) -> MetaError {
        let prefix = format!("(#{}) ", self.code);
        let title = self.message.strip_prefix(&prefix).unwrap_or(&self.message);
        let details = self.error_data.as_ref().and_then(|data| match data {
            Value::String(details) => Some(details.as_str()),
            data => data.get("details").and_then(Value::as_str),
        });
        MetaError {
            code: self.code,
            subcode: self.error_subcode,
            title: title.to_owned(),
            details: details.map(str::to_owned).or(self.error_user_msg),
            transient: self.is_transient.unwrap_or(false),
            server_error: status.is_server_error(),
            trace_id: self.fbtrace_id,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Sent {
    messages: Vec<SentMessage>,
    #[serde(default)]
    contacts: Vec<SentContact>,
}

#[derive(Deserialize)]
struct SentMessage {
    id: String,
}

#[derive(Default, Deserialize)]
struct SentContact {
    wa_id: Option<String>,
    user_id: Option<String>,
}

impl TryFrom<Sent> for Accepted {
    type Error = CloudApiError;

    fn try_from(sent: Sent) -> Result<Self, Self::Error> {
        let message = sent.messages.into_iter().next();
        let contact = sent.contacts.into_iter().next().unwrap_or_default();
        Ok(Self {
            wamid: message
                .ok_or_else(|| CloudApiError::NoAnswer("success without a message id".into()))?
                .id,
            wa_id: contact.wa_id,
            user_id: contact.user_id,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Uploaded {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct Done {
    success: bool,
}

impl Done {
    pub(super) fn check(&self) -> Result<(), CloudApiError> {
        if self.success {
            Ok(())
        } else {
            Err(CloudApiError::NoAnswer(
                "neither success nor an error".into(),
            ))
        }
    }
}

#[derive(Deserialize)]
pub(super) struct SyncRequested {
    #[serde(rename = "request_id")]
    _request_id: String,
}

#[derive(Deserialize)]
pub(super) struct BlockChange {
    block_users: BlockedUsers,
}

#[derive(Deserialize)]
struct BlockedUsers {
    #[serde(default)]
    failed_users: Vec<FailedUser>,
}

#[derive(Deserialize)]
struct FailedUser {
    #[serde(default)]
    errors: Vec<GraphError>,
}

impl BlockedUsers {
    /// Why the first of those who could not be blocked could not.
    fn error(self) -> Option<GraphError> {
        let failed = self.failed_users.into_iter();
        failed.flat_map(|user| user.errors).next()
    }
}

impl BlockChange {
    pub(super) fn check(self) -> Result<(), CloudApiError> {
        let error = self.block_users.error();
        error.map_or(Ok(()), |error| {
            Err(CloudApiError::Refused(error.told_with(StatusCode::OK)))
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Health {
    display_phone_number: Option<String>,
    verified_name: Option<String>,
    name_status: Option<String>,
    quality_rating: Option<String>,
    status: Option<String>,
    is_on_biz_app: Option<bool>,
    platform_type: Option<String>,
    throughput: Option<Throughput>,
    whatsapp_business_manager_messaging_limit: Option<String>,
}

#[derive(Deserialize)]
struct Throughput {
    level: Option<String>,
}

impl Health {
    /// What Meta must be asked for: it tells no more than that.
    pub(super) const FIELDS: &str = "display_phone_number,verified_name,name_status,quality_rating,\
         status,is_on_biz_app,platform_type,throughput,whatsapp_business_manager_messaging_limit";
}

impl From<Health> for PhoneNumberHealth {
    fn from(number: Health) -> Self {
        let is_here = number.platform_type.as_deref() == Some("CLOUD_API");
        Self {
            on_phone: number.is_on_biz_app.map(|on_phone| on_phone && is_here),
            display_phone_number: number.display_phone_number,
            verified_name: number.verified_name,
            name_status: number.name_status,
            quality_rating: number.quality_rating,
            messaging_limit: number.whatsapp_business_manager_messaging_limit,
            throughput_level: number.throughput.and_then(|throughput| throughput.level),
            status: number.status,
        }
    }
}

/// Meta wraps some answers once more.
#[derive(Deserialize)]
pub(super) struct Data<T> {
    pub(super) data: T,
}

#[derive(Deserialize)]
pub(super) struct Template {
    pub(super) name: String,
    pub(super) language: String,
    pub(super) category: String,
}

#[derive(Deserialize)]
pub(super) struct SubscribedApp {
    whatsapp_business_api_data: App,
}

#[derive(Deserialize)]
struct App {
    id: String,
}

impl From<SubscribedApp> for String {
    fn from(app: SubscribedApp) -> Self {
        app.whatsapp_business_api_data.id
    }
}

#[derive(Deserialize)]
pub(super) struct Media {
    url: String,
    mime_type: Option<String>,
    sha256: Option<String>,
    #[serde(default, deserialize_with = "size")]
    file_size: Option<u64>,
}

impl From<Media> for MediaDescription {
    fn from(media: Media) -> Self {
        Self {
            url: media.url,
            mime_type: media.mime_type,
            sha256: media.sha256.as_deref().and_then(sha256_hex),
            size: media.file_size,
        }
    }
}

/// A number, or a string of one.
fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(digits) => digits.parse().ok(),
        number => number.as_u64(),
    })
}

/// Meta writes hashes in hex or in base64. What is neither is none.
fn sha256_hex(text: &str) -> Option<String> {
    const LENGTH: usize = 32;
    if text.len() == 2 * LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(text.to_ascii_lowercase());
    }
    let bytes = STANDARD.decode(text).ok()?;
    (bytes.len() == LENGTH).then(|| hex(&bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(body: Value) -> MetaError {
        let refusal = Refusal::deserialize(body).unwrap();
        refusal.told_with(StatusCode::BAD_REQUEST)
    }

    #[test]
    fn an_error_is_read_in_each_of_its_forms() {
        let full = error(json!({ "error": {
            "message": "(#130429) Rate limit hit", "type": "OAuthException", "code": 130_429,
            "error_subcode": 2_494_055, "is_transient": true, "fbtrace_id": "Az8",
            "error_data": { "messaging_product": "whatsapp", "details": "Too many" },
            "error_user_msg": "Slow down",
        }}));
        let expected = MetaError {
            code: 130_429,
            subcode: Some(2_494_055),
            title: "Rate limit hit".into(),
            details: Some("Too many".into()),
            transient: true,
            server_error: false,
            trace_id: Some("Az8".into()),
        };
        assert_eq!(full, expected);

        let plain =
            error(json!({ "error": { "code": 1, "error_data": "Broken", "is_transient": null }}));
        assert_eq!(
            (plain.details.as_deref(), plain.transient),
            (Some("Broken"), false)
        );

        let for_people = error(json!({ "error": { "code": 100, "error_user_msg": "Wrong" }}));
        assert_eq!(for_people.details.as_deref(), Some("Wrong"));
    }

    #[test]
    fn a_fault_of_metas_own_is_known_by_the_status() {
        for (status, expected) in [(400, false), (429, false), (500, true), (503, true)] {
            let error = GraphError::deserialize(json!({ "code": 131_000 })).unwrap();
            let error = error.told_with(StatusCode::from_u16(status).unwrap());
            assert_eq!(error.server_error, expected, "{status}");
        }
    }

    #[test]
    fn an_error_without_a_code_is_none_of_metas() {
        assert!(Refusal::deserialize(json!({ "error": "bad gateway" })).is_err());
        assert!(Refusal::deserialize(json!({ "error": { "message": "?" }})).is_err());
    }

    #[test]
    fn sizes_and_hashes_are_read_in_both_of_their_forms() {
        let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let base64 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";
        for (size, hash) in [(json!("17"), hex), (json!(17), base64)] {
            let media = json!({ "url": "https://x", "file_size": size, "sha256": hash });
            let media: MediaDescription = Media::deserialize(media).unwrap().into();
            assert_eq!((media.size, media.sha256.as_deref()), (Some(17), Some(hex)));
        }
        assert_eq!(sha256_hex("n4bQ"), None);
    }
}
