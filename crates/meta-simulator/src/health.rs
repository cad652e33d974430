//! What Meta thinks of a number and of a token, as programs read it to know how they fare.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The state of a phone number, in Meta's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN` or `NA`.
    pub quality_rating: String,
    /// `CONNECTED`, `PENDING`, `FLAGGED`, `RESTRICTED`, `BANNED` and others.
    pub status: String,
    /// What became of the display name: `APPROVED`, `DECLINED`, `PENDING_REVIEW` and others.
    pub name_status: String,
    /// `VERIFIED`, `NOT_VERIFIED` or `EXPIRED`.
    pub code_verification_status: String,
    /// `STANDARD`, `HIGH` or `NOT_APPLICABLE`.
    pub throughput_level: String,
    /// Of the whole portfolio: `TIER_250` up to `TIER_UNLIMITED`.
    pub messaging_limit: String,
    /// Whether the WhatsApp Business app on the owner's phone has the number, too.
    pub is_on_biz_app: bool,
}

impl Default for Health {
    fn default() -> Self {
        let word = str::to_owned;
        Self {
            quality_rating: word("GREEN"),
            status: word("CONNECTED"),
            name_status: word("APPROVED"),
            code_verification_status: word("VERIFIED"),
            throughput_level: word("STANDARD"),
            messaging_limit: word("TIER_2K"),
            is_on_biz_app: false,
        }
    }
}

/// The app that all tokens were given to.
pub(crate) const APP_ID: &str = "670843887433847";
pub(crate) const APP_NAME: &str = "The app";

/// The answer to `GET /debug_token` for a token that is good until `expires_at`, for the business
/// accounts in `targets`.
pub(crate) fn good_token(targets: &[String], expires_at: Option<DateTime<Utc>>) -> Value {
    let scopes = [
        "whatsapp_business_management",
        "whatsapp_business_messaging",
    ];
    let granular: Vec<_> = scopes
        .iter()
        .map(|scope| json!({"scope": scope, "target_ids": targets}))
        .collect();
    json!({"data": {
        "app_id": APP_ID,
        "type": "SYSTEM_USER",
        "application": APP_NAME,
        "data_access_expires_at": 0,
        // Zero is never.
        "expires_at": expires_at.map_or(0, |at| at.timestamp()),
        "is_valid": true,
        "scopes": scopes,
        "granular_scopes": granular,
        "user_id": "122105546108000001",
    }})
}

/// The answer to `GET /debug_token` for any other.
pub(crate) fn bad_token(expired_at: Option<DateTime<Utc>>) -> Value {
    let error = match expired_at {
        Some(_) => {
            json!({"code": 190, "message": "Error validating access token: Session has expired", "subcode": 463})
        }
        None => json!({"code": 190, "message": "Malformed access token"}),
    };
    json!({"data": {
        "error": error,
        "expires_at": expired_at.map_or(0, |at| at.timestamp()),
        "is_valid": false,
        "scopes": [],
    }})
}
