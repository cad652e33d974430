//! What is wrong with a number, and what to do about it.

use chrono::{DateTime, Utc};
use domain::whatsapp::AccountAlert;

pub(super) fn subject(alert: &AccountAlert) -> String {
    match alert {
        AccountAlert::NeedsReauth => "A WhatsApp number needs a new access token".to_owned(),
        AccountAlert::Restricted { .. } => "A WhatsApp number is restricted".to_owned(),
        AccountAlert::Restored => "A WhatsApp number works again".to_owned(),
        AccountAlert::LowQuality { rating } if rating == "RED" => {
            "The quality of a WhatsApp number is low".to_owned()
        }
        AccountAlert::LowQuality { .. } => {
            "The quality of a WhatsApp number has dropped".to_owned()
        }
        AccountAlert::NameDeclined => "Meta has declined a display name".to_owned(),
        AccountAlert::WebhookNotSubscribed { .. } => {
            "What customers write may not arrive".to_owned()
        }
        AccountAlert::TokenExpires { at, .. } => {
            format!("An access token expires on {}", at.format("%-d %B %Y"))
        }
        AccountAlert::Warning { .. } => "Meta warns of a WhatsApp account".to_owned(),
    }
}

/// In a sentence or two.
pub(super) fn what_is_wrong(alert: &AccountAlert) -> String {
    match alert {
        AccountAlert::NeedsReauth => "Meta no longer accepts its access token. Nothing is sent \
             until there is a new one; what is queued waits, and customers' messages still arrive."
            .to_owned(),
        AccountAlert::Restricted { reason, until } => {
            let reason = reason.as_deref().unwrap_or("Meta has restricted it.");
            let end = match until {
                Some(until) => format!("until {}", super::moment(until)),
                None => "until Meta lifts this".to_owned(),
            };
            format!("{reason} Nothing is sent {end}; what is queued waits.")
        }
        AccountAlert::Restored => {
            "It stood still, and now goes on. What was queued is being sent.".to_owned()
        }
        AccountAlert::LowQuality { rating } => format!(
            "Meta rates its quality {rating}: customers have blocked or reported it. Meta may \
             lower what it may send."
        ),
        AccountAlert::NameDeclined => {
            "Meta has declined the display name that was asked for. Customers do not see it."
                .to_owned()
        }
        AccountAlert::WebhookNotSubscribed { reason } => format!(
            "Meta does not deliver its messages to us. {}",
            reason.as_deref().unwrap_or_default()
        )
        .trim_end()
        .to_owned(),
        AccountAlert::TokenExpires { at, .. } => format!(
            "Its access token expires on {}. Then nothing is sent any more.",
            super::moment(at)
        ),
        AccountAlert::Warning { text } => format!("Meta says: {text}"),
    }
}

pub(super) fn what_to_do(alert: &AccountAlert) -> &'static str {
    match alert {
        AccountAlert::NeedsReauth => {
            "Make a new token for the system user in Meta Business settings, and enter it with \
             the number. What is queued is then sent by itself."
        }
        AccountAlert::Restricted { .. } => {
            "See the account's quality and any appeal in Meta Business Support. Once Meta has \
             lifted the restriction, check the number, and what is queued is sent."
        }
        AccountAlert::Restored => "You need do nothing.",
        AccountAlert::LowQuality { .. } => {
            "Write only to customers who want it, less often, and with templates that are of use \
             to them. The rating is that of the last seven days."
        }
        AccountAlert::NameDeclined => {
            "See Meta's reason in WhatsApp Manager, and ask for a name that shows what the \
             business is called."
        }
        AccountAlert::WebhookNotSubscribed { .. } => {
            "Give the token the permission to manage the WhatsApp account, and then check the \
             number."
        }
        AccountAlert::TokenExpires { .. } => {
            "Make a new token before, best one of a system user that never expires, and enter it \
             with the number."
        }
        AccountAlert::Warning { .. } => "See the account's quality in WhatsApp Manager.",
    }
}

/// One of each, for the samples.
pub(super) fn samples(at: DateTime<Utc>) -> Vec<(&'static str, AccountAlert)> {
    vec![
        ("account-needs-reauth", AccountAlert::NeedsReauth),
        (
            "account-restricted",
            AccountAlert::Restricted {
                reason: Some(
                    "Meta restricts messaging: RESTRICTED_BIZ_INITIATED_MESSAGING.".into(),
                ),
                until: Some(at),
            },
        ),
        ("account-restored", AccountAlert::Restored),
        (
            "account-quality-dropped",
            AccountAlert::LowQuality {
                rating: "YELLOW".into(),
            },
        ),
        (
            "account-quality-low",
            AccountAlert::LowQuality {
                rating: "RED".into(),
            },
        ),
        ("account-name-declined", AccountAlert::NameDeclined),
        (
            "account-webhook-not-subscribed",
            AccountAlert::WebhookNotSubscribed {
                reason: Some("The access token lacks a permission.".into()),
            },
        ),
        (
            "account-token-expires",
            AccountAlert::TokenExpires { at, within_days: 7 },
        ),
        (
            "account-warning",
            AccountAlert::Warning {
                text: "Limits cannot be increased for your business.".into(),
            },
        ),
    ]
}
