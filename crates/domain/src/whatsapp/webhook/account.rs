use serde_json::Value;

use super::read;

/// A change of a business account, or, where a part names one, of one of its numbers.
/// Source: cloud API 5.7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// Meta restricted, disabled or deleted it; why, in plain words.
    Restricted { reason: String },
    /// A restriction was lifted.
    Reinstated,
    /// `TIER_2K` and the like; and whether the number may now send faster.
    MessagingLimit {
        limit: String,
        high_throughput: bool,
    },
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    Quality(String),
    /// Meta approved the name that customers see.
    Name(String),
}

/// None if nothing here changes an account.
pub(super) fn read_change(field: &str, value: &Value) -> Option<AccountChange> {
    match field {
        "account_update" => read_account_update(value),
        "phone_number_quality_update" => read_quality_update(value),
        "business_capability_update" => Some(AccountChange::MessagingLimit {
            limit: read_limit(value)?,
            high_throughput: false,
        }),
        "phone_number_name_update" => {
            let approved = read::text(value, "decision")? == "APPROVED";
            let name = read::text(value, "requested_verified_name")?;
            approved.then_some(AccountChange::Name(name))
        }
        _ => None,
    }
}

fn read_account_update(value: &Value) -> Option<AccountChange> {
    let restricted = |reason: &str| {
        Some(AccountChange::Restricted {
            reason: reason.to_owned(),
        })
    };
    match read::text(value, "event")?.as_str() {
        "ACCOUNT_RESTRICTION" => read_restrictions(value),
        "DISABLED_UPDATE" => match ban_state(value)?.as_str() {
            "DISABLE" => restricted("Meta has disabled the WhatsApp Business account."),
            "REINSTATE" => Some(AccountChange::Reinstated),
            _ => None,
        },
        "ACCOUNT_DELETED" => restricted("The WhatsApp Business account was deleted at Meta."),
        "ACCOUNT_OFFBOARDED" => restricted("The number was disconnected at Meta."),
        "ACCOUNT_RECONNECTED" => Some(AccountChange::Reinstated),
        _ => None,
    }
}

fn ban_state(value: &Value) -> Option<String> {
    read::text(value.get("ban_info")?, "waba_ban_state")
}

/// Restrictions that leave messaging alone change nothing.
fn read_restrictions(value: &Value) -> Option<AccountChange> {
    let messaging: Vec<_> = read::items(value, "restriction_info")
        .iter()
        .filter_map(|restriction| read::text(restriction, "restriction_type"))
        .filter(|kind| kind != "RESTRICTED_ADD_PHONE_NUMBER_ACTION")
        .collect();
    (!messaging.is_empty()).then(|| AccountChange::Restricted {
        reason: format!("Meta restricts messaging: {}.", messaging.join(", ")),
    })
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
