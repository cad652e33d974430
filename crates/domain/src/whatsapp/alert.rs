use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::{Account, AccountStatus};

/// What owners and admins are told of an account by mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "alert", rename_all = "snake_case")]
pub enum AccountAlert {
    NeedsReauth,
    Restricted {
        reason: Option<String>,
        until: Option<DateTime<Utc>>,
    },
    /// It stood still, and goes on without anybody's doing.
    Restored,
    /// `YELLOW` or `RED`.
    LowQuality {
        rating: String,
    },
    NameDeclined,
    WebhookNotSubscribed {
        reason: Option<String>,
    },
    /// Comes a week before, and a day before.
    TokenExpires {
        at: DateTime<Utc>,
        within_days: i64,
    },
    /// Meta warns, in these words.
    Warning {
        text: String,
    },
}

/// What can be well or not with an account, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertSubject {
    Status,
    Quality,
    Name,
    Webhook,
    Token,
    Warning,
}

/// What was last told of each subject: kept with the account, so that two who find the same
/// trouble tell it once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldAlerts(BTreeMap<AlertSubject, Told>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// Which trouble; none if it is over.
    trouble: Option<String>,
    at: DateTime<Utc>,
}

/// Trouble that comes and goes is not told each time. If it is there to stay, it is told when
/// the account is looked at next.
const QUIET: Duration = Duration::hours(1);

const EXPIRY_WARNINGS_DAYS: [i64; 2] = [1, 7];

impl AlertSubject {
    const ALL: [Self; 6] = [
        Self::Status,
        Self::Quality,
        Self::Name,
        Self::Webhook,
        Self::Token,
        Self::Warning,
    ];
}

impl ToldAlerts {
    /// Somebody has seen to it: whatever is wrong next is news.
    pub fn forget(&mut self, subject: AlertSubject) {
        self.0.remove(&subject);
    }
}

impl Account {
    /// What must be told of it now. Counts as told from then on: whoever stores the account
    /// sees to it in the same unit of work.
    pub fn take_alerts(&mut self, now: DateTime<Utc>) -> Vec<AccountAlert> {
        let subjects = AlertSubject::ALL.into_iter();
        subjects
            .filter_map(|subject| self.take_alert(subject, now))
            .collect()
    }

    fn take_alert(&mut self, subject: AlertSubject, now: DateTime<Utc>) -> Option<AccountAlert> {
        let alert = self.alert(subject, now);
        let trouble = alert.as_ref().map(AccountAlert::trouble);
        let last = self.told.0.get(&subject);
        if trouble.as_ref() == last.and_then(|told| told.trouble.as_ref()) {
            return None;
        }
        let is_too_soon = last.is_some_and(|told| now < told.at + QUIET);
        if alert.is_some() && is_too_soon {
            return None;
        }
        self.told.0.insert(subject, Told { trouble, at: now });
        let restored = (subject == AlertSubject::Status).then_some(AccountAlert::Restored);
        alert.or(restored)
    }

    /// The trouble that there is now.
    fn alert(&self, subject: AlertSubject, now: DateTime<Utc>) -> Option<AccountAlert> {
        let health = &self.health;
        match subject {
            AlertSubject::Status => match self.status {
                AccountStatus::Connected => None,
                AccountStatus::NeedsReauth => Some(AccountAlert::NeedsReauth),
                AccountStatus::Restricted => Some(AccountAlert::Restricted {
                    reason: self.status_reason.clone(),
                    until: self.restricted_until,
                }),
            },
            AlertSubject::Quality => {
                let rating = health.quality_rating.clone()?;
                matches!(rating.as_str(), "YELLOW" | "RED")
                    .then_some(AccountAlert::LowQuality { rating })
            }
            AlertSubject::Name => {
                let is_declined = health.name_status.as_deref() == Some("DECLINED");
                is_declined.then_some(AccountAlert::NameDeclined)
            }
            AlertSubject::Webhook => {
                let is_unsubscribed = health.webhook_subscribed == Some(false);
                is_unsubscribed.then(|| AccountAlert::WebhookNotSubscribed {
                    reason: health.webhook_error.clone(),
                })
            }
            AlertSubject::Token => {
                let at = health.token_expires_at.filter(|at| now < *at)?;
                let mut warnings = EXPIRY_WARNINGS_DAYS.into_iter();
                let within_days = warnings.find(|days| at <= now + Duration::days(*days))?;
                Some(AccountAlert::TokenExpires { at, within_days })
            }
            AlertSubject::Warning => {
                let text = health.warning.clone()?;
                Some(AccountAlert::Warning { text })
            }
        }
    }
}

impl AccountAlert {
    /// By what one trouble is told from another of its subject.
    fn trouble(&self) -> String {
        match self {
            Self::NeedsReauth => "needs_reauth".to_owned(),
            Self::Restricted { .. } => "restricted".to_owned(),
            Self::Restored => "restored".to_owned(),
            Self::LowQuality { rating } => rating.clone(),
            Self::NameDeclined => "declined".to_owned(),
            Self::WebhookNotSubscribed { .. } => "not_subscribed".to_owned(),
            Self::TokenExpires { at, within_days } => format!("{within_days}/{}", at.timestamp()),
            Self::Warning { text } => text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whatsapp::account::tests::account;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::minutes(minutes)
    }

    const DAY: i64 = 24 * 60;

    fn low(rating: &str) -> AccountAlert {
        AccountAlert::LowQuality {
            rating: rating.to_owned(),
        }
    }

    #[test]
    fn a_number_that_is_well_is_no_news() {
        let mut account = account();
        account.health.quality_rating = Some("GREEN".into());
        account.health.name_status = Some("APPROVED".into());
        account.health.webhook_subscribed = Some(true);
        assert_eq!(account.take_alerts(at(0)), []);
        assert_eq!(account.told, ToldAlerts::default());
    }

    #[test]
    fn trouble_is_told_once_and_worse_trouble_again() {
        let mut account = account();
        account.health.quality_rating = Some("YELLOW".into());
        assert_eq!(account.take_alerts(at(0)), [low("YELLOW")]);
        assert_eq!(account.take_alerts(at(10 * DAY)), []);
        account.health.quality_rating = Some("RED".into());
        assert_eq!(account.take_alerts(at(11 * DAY)), [low("RED")]);
        account.health.quality_rating = Some("GREEN".into());
        assert_eq!(account.take_alerts(at(12 * DAY)), []);
        account.health.quality_rating = Some("RED".into());
        assert_eq!(account.take_alerts(at(13 * DAY)), [low("RED")]);
    }

    #[test]
    fn trouble_that_comes_and_goes_is_told_once_an_hour_at_most_and_what_stays_is_told() {
        let mut account = account();
        let mut told = 0;
        for minute in 0..20 {
            let rating = if minute % 2 == 0 { "RED" } else { "GREEN" };
            account.health.quality_rating = Some(rating.into());
            told += account.take_alerts(at(minute)).len();
        }
        assert_eq!(told, 1);
        account.health.quality_rating = Some("RED".into());
        assert_eq!(account.take_alerts(at(30)), [], "too soon");
        assert_eq!(account.take_alerts(at(90)), [low("RED")]);
    }

    #[test]
    fn what_stood_still_and_goes_on_by_itself_is_told_at_once() {
        let mut account = account();
        account.pause(AccountStatus::NeedsReauth, "190");
        assert_eq!(account.take_alerts(at(0)), [AccountAlert::NeedsReauth]);
        account.resume();
        assert_eq!(account.take_alerts(at(1)), [AccountAlert::Restored]);
        assert_eq!(account.take_alerts(at(2)), []);
    }

    #[test]
    fn what_somebody_has_mended_is_told_at_once_when_it_breaks_again() {
        let mut account = account();
        account.pause(AccountStatus::NeedsReauth, "190");
        account.take_alerts(at(0));
        account.resume();
        account.told.forget(AlertSubject::Status);
        assert_eq!(account.take_alerts(at(1)), []);
        account.pause(AccountStatus::NeedsReauth, "190");
        assert_eq!(account.take_alerts(at(2)), [AccountAlert::NeedsReauth]);
    }

    #[test]
    fn the_end_of_a_token_is_told_a_week_and_a_day_before() {
        let mut account = account();
        let end = at(30 * DAY);
        account.health.token_expires_at = Some(end);
        let told: Vec<_> = (0..32)
            .flat_map(|day| account.take_alerts(at(day * DAY)))
            .collect();
        let expires = |within_days| AccountAlert::TokenExpires {
            at: end,
            within_days,
        };
        assert_eq!(told, [expires(7), expires(1)]);
    }
}
