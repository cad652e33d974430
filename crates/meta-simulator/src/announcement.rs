//! News that are no messages: of the number, its account, its templates and its customers.

mod effects;
mod value;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    Customer, Simulator,
    envelope::{envelope, timed_envelope},
    wire,
};

/// What Meta tells a business. What it says is true from then on: a number whose display name
/// was declined also reads as such, and who has changed their number is reached by the new one.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Announcement {
    /// Throughput and messaging limit. `event` is `ONBOARDING`, `THROUGHPUT_UPGRADE`, `FLAGGED`,
    /// `UNFLAGGED`, `DOWNGRADE` or `UPGRADE`; limits are `TIER_250` and the like.
    PhoneNumberQualityUpdate {
        event: String,
        old_limit: Option<String>,
        current_limit: String,
    },
    /// `decision` is `APPROVED`, `DECLINED` or `DEFERRED`.
    PhoneNumberNameUpdate {
        decision: String,
        requested_verified_name: String,
        rejection_reason: Option<String>,
    },
    BusinessCapabilityUpdate {
        /// -1 is without limit.
        max_daily_conversations_per_business: i64,
        max_phone_numbers_per_waba: u32,
    },
    /// `event` is `ACCOUNT_RESTRICTION`, `ACCOUNT_VIOLATION`, `DISABLED_UPDATE`,
    /// `ACCOUNT_DELETED` and others; `details` is what goes with it, such as `ban_info`.
    AccountUpdate {
        event: String,
        #[serde(default)]
        details: Map<String, Value>,
    },
    AccountAlerts {
        alert_severity: String,
        alert_status: String,
        alert_type: String,
        alert_description: String,
    },
    /// `decision` is `APPROVED` or `REJECTED`.
    AccountReviewUpdate {
        decision: String,
    },
    /// `event` is the new status; `details` is `rejection_info`, `other_info` or `disable_info`.
    MessageTemplateStatusUpdate {
        name: String,
        language: String,
        event: String,
        reason: Option<String>,
        #[serde(default)]
        details: Map<String, Value>,
    },
    MessageTemplateQualityUpdate {
        name: String,
        language: String,
        previous_quality_score: String,
        new_quality_score: String,
    },
    /// With a `correct_category`, the change is only announced for a day later.
    TemplateCategoryUpdate {
        name: String,
        language: String,
        previous_category: Option<String>,
        new_category: String,
        correct_category: Option<String>,
    },
    MessageTemplateComponentsUpdate {
        name: String,
        language: String,
    },
    /// The customer wants no more marketing (`stop`), or wants it again (`resume`).
    UserPreferences {
        customer: Customer,
        value: String,
    },
    /// The customer has another phone number.
    UserChangedNumber {
        customer: Customer,
        phone: String,
    },
    /// The customer's user id was replaced, which comes with their next message.
    UserChangedUserId {
        customer: Customer,
        user_id: String,
        parent_user_id: Option<String>,
    },
    /// The same, as a field of its own.
    UserIdUpdate {
        customer: Customer,
        user_id: String,
        parent_user_id: Option<String>,
    },
    /// The customer has another phone, or installed the app again.
    CustomerIdentityChanged {
        customer: Customer,
        hash: String,
    },
    /// Something is wrong with the number as a whole.
    Errors {
        code: u32,
    },
    /// Whatever is not listed here.
    Other {
        field: String,
        value: Value,
    },
}

impl Announcement {
    /// Whether it is of the business account as a whole, so that it has a time and no number.
    fn is_of_account(&self) -> bool {
        !matches!(
            self,
            Self::UserPreferences { .. }
                | Self::UserChangedNumber { .. }
                | Self::UserChangedUserId { .. }
                | Self::UserIdUpdate { .. }
                | Self::CustomerIdentityChanged { .. }
                | Self::Errors { .. }
        )
    }
}

impl Simulator {
    /// Tells the business, and has it be so.
    pub async fn announce(&self, phone_number_id: &str, announcement: &Announcement) {
        let number = self.number_or_stranger(phone_number_id);
        let now = self.now();
        let body = {
            let mut state = self.state();
            let (field, value) = state.announced(&number, announcement, now);
            state.take_effect(&number, announcement);
            if announcement.is_of_account() {
                timed_envelope(&number.business_account_id, &field, &value, now)
            } else {
                envelope(&number, &field, &value)
            }
        };
        self.post(wire::to_bytes(&body)).await;
    }
}
