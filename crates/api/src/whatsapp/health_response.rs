use chrono::{DateTime, Utc};
use domain::whatsapp::AccountHealth;
use serde::Serialize;
use utoipa::ToSchema;

/// How a number fares at Meta, in Meta's words.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HealthResponse {
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`; null until Meta has told.
    #[schema(required, example = "GREEN")]
    quality_rating: Option<String>,
    /// Meta's tier; null until Meta has told.
    #[schema(required, example = "TIER_2K")]
    messaging_limit: Option<String>,
    #[schema(example = 80)]
    throughput_per_second: u32,
    /// Whether the number also lives on the owner's phone, with the WhatsApp Business app.
    on_phone: bool,
    /// `CONNECTED`, `FLAGGED`, `RESTRICTED`, `BANNED` and others; null until Meta has told.
    #[schema(required, example = "CONNECTED")]
    phone_number_status: Option<String>,
    /// The name that customers see; null until Meta has told.
    #[schema(required, example = "Lucky Shrub")]
    verified_name: Option<String>,
    /// What became of the name that was last asked for: `APPROVED`, `PENDING_REVIEW`,
    /// `DECLINED` and others; null until Meta has told.
    #[schema(required, example = "APPROVED")]
    name_status: Option<String>,
    /// Whether Meta delivers here what customers write; null until Meta has told.
    #[schema(required, example = true)]
    webhook_subscribed: Option<bool>,
    /// Why Meta does not deliver here, in plain words.
    #[schema(required)]
    webhook_error: Option<String>,
    /// Null if it never does, and until Meta has told.
    #[schema(required)]
    token_expires_at: Option<DateTime<Utc>>,
    /// What the access token should be good for, and is not.
    #[schema(example = json!([]))]
    missing_scopes: Vec<String>,
    /// What Meta has last warned of, in plain words.
    #[schema(required)]
    warning: Option<String>,
}

impl From<AccountHealth> for HealthResponse {
    fn from(health: AccountHealth) -> Self {
        Self {
            quality_rating: health.quality_rating,
            messaging_limit: health.messaging_limit,
            throughput_per_second: health.throughput_per_second,
            on_phone: health.on_phone,
            phone_number_status: health.phone_number_status,
            verified_name: health.verified_name,
            name_status: health.name_status,
            webhook_subscribed: health.webhook_subscribed,
            webhook_error: health.webhook_error,
            token_expires_at: health.token_expires_at,
            missing_scopes: health.missing_scopes,
            warning: health.warning,
        }
    }
}
