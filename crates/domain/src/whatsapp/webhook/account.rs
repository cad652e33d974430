use chrono::{DateTime, Utc};
use serde_json::Value;

use super::read;

/// A change of a business account, or, where a part names one, of one of its numbers.
/// Source: cloud API 5.7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// Meta restricted, disabled or deleted it; why, in plain words, and until when, if Meta
    /// says so.
    Restricted {
        reason: String,
        until: Option<DateTime<Utc>>,
        /// Whether who wrote within a day may be answered all the same.
        may_answer: bool,
    },
    /// A restriction was lifted.
    Reinstated,
    /// Meta warns, in plain words, of what may become of it; or no longer does.
    Warning(Option<String>),
    /// `TIER_2K` and the like; and whether the number may now send faster.
    MessagingLimit {
        limit: String,
        high_throughput: bool,
    },
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    Quality(String),
    /// What Meta decided of a name that customers shall see: `APPROVED`, `DECLINED` and others.
    Name { requested: String, decision: String },
}

/// None if nothing here changes an account.
pub(super) fn read_change(field: &str, value: &Value) -> Option<AccountChange> {
    match field {
        "account_update" => read_account_update(value),
        "account_alerts" => read_alert(value),
        "account_review_update" => read_review(value),
        "phone_number_quality_update" => read_quality_update(value),
        "business_capability_update" => Some(AccountChange::MessagingLimit {
            limit: read_limit(value)?,
            high_throughput: false,
        }),
        "phone_number_name_update" => Some(AccountChange::Name {
            requested: words(value, "requested_verified_name")?,
            decision: words(value, "decision")?,
        }),
        _ => None,
    }
}

fn read_review(value: &Value) -> Option<AccountChange> {
    match read::text(value, "decision")?.as_str() {
        "APPROVED" => Some(AccountChange::Warning(None)),
        "REJECTED" => {
            let text = "Meta's review did not approve the WhatsApp Business account.";
            Some(warning(text))
        }
        _ => None,
    }
}

fn read_account_update(value: &Value) -> Option<AccountChange> {
    Some(match read::text(value, "event")?.as_str() {
        "ACCOUNT_RESTRICTION" => read_restrictions(value)?,
        "ACCOUNT_VIOLATION" => {
            let kind = words(value.get("violation_info")?, "violation_type")?;
            warning(&format!(
                "Meta found something that violates its policies: {kind}."
            ))
        }
        "DISABLED_UPDATE" => read_ban(value.get("ban_info")?)?,
        "ACCOUNT_DELETED" => restricted("The WhatsApp Business account was deleted at Meta."),
        "ACCOUNT_OFFBOARDED" => restricted("The number was disconnected at Meta."),
        "ACCOUNT_RECONNECTED" => AccountChange::Reinstated,
        _ => return None,
    })
}

fn read_ban(ban: &Value) -> Option<AccountChange> {
    Some(match read::text(ban, "waba_ban_state")?.as_str() {
        "DISABLE" => restricted("Meta has disabled the WhatsApp Business account."),
        "SCHEDULE_FOR_DISABLE" => {
            let date = words(ban, "waba_ban_date");
            let on = date.map_or_else(String::new, |date| format!(" on {date}"));
            warning(&format!(
                "Meta is going to disable the WhatsApp Business account{on}."
            ))
        }
        "REINSTATE" => AccountChange::Reinstated,
        _ => return None,
    })
}

/// Restrictions that leave messaging alone change nothing. Of several, the one that lasts
/// longest counts.
fn read_restrictions(value: &Value) -> Option<AccountChange> {
    const HARMLESS: &str = "RESTRICTED_ADD_PHONE_NUMBER_ACTION";
    const LEAVES_ANSWERS: &str = "RESTRICTED_BIZ_INITIATED_MESSAGING";
    let mut kinds = Vec::new();
    let mut ends = Vec::new();
    for restriction in read::items(value, "restriction_info") {
        if let Some(kind) = words(restriction, "restriction_type").filter(|kind| kind != HARMLESS) {
            kinds.push(kind);
            ends.push(read_end(restriction));
        }
    }
    let ends: Option<Vec<_>> = ends.into_iter().collect();
    let may_answer = kinds.iter().all(|kind| kind == LEAVES_ANSWERS);
    let but = if may_answer {
        " Whoever has written within the last 24 hours can still be answered."
    } else {
        ""
    };
    (!kinds.is_empty()).then(|| AccountChange::Restricted {
        reason: format!("Meta restricts messaging: {}.{but}", kinds.join(", ")),
        until: ends.and_then(|ends| ends.into_iter().max()),
        may_answer,
    })
}

/// None if it has no end, or none that can be true.
fn read_end(restriction: &Value) -> Option<DateTime<Utc>> {
    const YEAR_3000: i64 = 32_503_680_000;
    let seconds = read::integer(restriction, "expiration")?;
    let is_plausible = (1..YEAR_3000).contains(&seconds);
    is_plausible.then(|| DateTime::from_timestamp(seconds, 0))?
}

/// Comes with its words in an object of their own, or without. Source: cloud API 5.7.
fn read_alert(value: &Value) -> Option<AccountChange> {
    let alert = value.get("alert_info").unwrap_or(value);
    if read::text(alert, "alert_status")? != "ACTIVE" {
        return Some(AccountChange::Warning(None));
    }
    let severity = read::text(alert, "alert_severity")?;
    if matches!(severity.as_str(), "INFORMATIONAL" | "INFO") {
        return None;
    }
    let text = words(alert, "alert_description").or_else(|| words(alert, "alert_type"))?;
    Some(warning(&text))
}

fn restricted(reason: &str) -> AccountChange {
    AccountChange::Restricted {
        reason: reason.to_owned(),
        until: None,
        may_answer: false,
    }
}

fn warning(text: &str) -> AccountChange {
    AccountChange::Warning(Some(text.to_owned()))
}

/// What people are shown, of a length that people read.
fn words(object: &Value, name: &str) -> Option<String> {
    const MAX_LENGTH: usize = 1_000;
    Some(read::text(object, name)?.chars().take(MAX_LENGTH).collect())
}

/// `FLAGGED` and `UNFLAGGED` are of older versions.
fn read_quality_update(value: &Value) -> Option<AccountChange> {
    match read::text(value, "event")?.as_str() {
        "FLAGGED" => Some(AccountChange::Quality("RED".into())),
        "UNFLAGGED" => Some(AccountChange::Quality("UNKNOWN".into())),
        event => Some(AccountChange::MessagingLimit {
            limit: read::text(value, "current_limit").or_else(|| read_limit(value))?,
            high_throughput: event == "THROUGHPUT_UPGRADE",
        }),
    }
}

/// A number of people a day, or already the name of a tier.
fn read_limit(value: &Value) -> Option<String> {
    let limit = read::text(value, "max_daily_conversations_per_business")?;
    Some(match limit.as_str() {
        "-1" => "TIER_UNLIMITED".into(),
        tier if tier.starts_with("TIER_") => limit,
        people => match people.strip_suffix("000") {
            Some(thousands) => format!("TIER_{thousands}K"),
            None => format!("TIER_{people}"),
        },
    })
}
