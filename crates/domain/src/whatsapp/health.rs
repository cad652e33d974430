use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Account, AccountStatus, PhoneNumberHealth, TokenInfo};

/// What Meta allows a number until it is upgraded: messages a second, in and out together.
/// Source: cloud API, throughput.
pub const DEFAULT_THROUGHPUT_PER_SECOND: u32 = 80;

/// What a number may send each second once Meta has upgraded it. Source: cloud API 7.
const HIGH_THROUGHPUT_PER_SECOND: u32 = 1_000;

/// The same of a number that lives on a phone too. Source: cloud API 7.
const ON_PHONE_THROUGHPUT_PER_SECOND: u32 = 20;

/// What a token must be good for. Source: cloud API 1.
const REQUIRED_SCOPES: [&str; 2] = [
    "whatsapp_business_management",
    "whatsapp_business_messaging",
];

/// How a number fares at Meta. Words are kept as Meta writes them; what is none is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountHealth {
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    pub quality_rating: Option<String>,
    /// Such as `TIER_2K`.
    pub messaging_limit: Option<String>,
    pub throughput_per_second: u32,
    /// Whether the number also lives on the owner's phone, with the WhatsApp Business app.
    #[serde(default)]
    pub on_phone: bool,
    /// `CONNECTED`, `FLAGGED`, `RESTRICTED`, `BANNED` and others.
    pub phone_number_status: Option<String>,
    /// The name that customers see.
    pub verified_name: Option<String>,
    /// What became of the name that was last asked for: `APPROVED`, `PENDING_REVIEW`,
    /// `DECLINED` and others.
    pub name_status: Option<String>,
    /// Whether Meta delivers here what customers write.
    pub webhook_subscribed: Option<bool>,
    /// Why it does not, in plain words.
    pub webhook_error: Option<String>,
    /// None also if it never does.
    pub token_expires_at: Option<DateTime<Utc>>,
    /// What the token should be good for, and is not.
    pub missing_scopes: Vec<String>,
    /// What Meta has last warned of, in plain words.
    pub warning: Option<String>,
}

impl Default for AccountHealth {
    /// That of a number of which nothing is known.
    fn default() -> Self {
        Self {
            quality_rating: None,
            messaging_limit: None,
            throughput_per_second: DEFAULT_THROUGHPUT_PER_SECOND,
            on_phone: false,
            phone_number_status: None,
            verified_name: None,
            name_status: None,
            webhook_subscribed: None,
            webhook_error: None,
            token_expires_at: None,
            missing_scopes: Vec::new(),
            warning: None,
        }
    }
}

/// What Meta answers who asks for everything about a number. What is none was not clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthReport {
    pub number: PhoneNumberHealth,
    pub token: Option<TokenInfo>,
    pub webhook: Option<WebhookReport>,
}

/// Whether Meta delivers here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookReport {
    Subscribed,
    /// Why not, in plain words.
    NotSubscribed(String),
}

impl HealthReport {
    /// Why Meta does not let the number send, if it does not.
    fn restriction(&self) -> Option<String> {
        let status = self.number.status.as_deref()?;
        is_restriction(status).then(|| format!("Meta calls the number {status}."))
    }
}

impl Account {
    /// Takes in what Meta answered to a question. That a number can be asked for shows that its
    /// token is good. It does not show that a restriction is over, as Meta answers for
    /// restricted numbers, too: whoever looks by hand (`by_person`) may try; else Meta must have
    /// called the number restricted before.
    pub fn learn(&mut self, report: &HealthReport, by_person: bool) {
        let was_called_restricted = self
            .health
            .phone_number_status
            .as_deref()
            .is_some_and(is_restriction);
        self.health.learn(report);
        let told = &report.number.display_phone_number;
        keep(&mut self.display_phone_number, told.as_ref());
        let is_over = match self.status {
            AccountStatus::Connected => false,
            AccountStatus::NeedsReauth => true,
            // What is to end is ended at its time.
            AccountStatus::Restricted => {
                self.restricted_until.is_none() && (by_person || was_called_restricted)
            }
        };
        match report.restriction() {
            // Of one that is restricted already, Meta has said more than that.
            Some(_) if self.status == AccountStatus::Restricted => {}
            Some(reason) => self.pause(AccountStatus::Restricted, &reason),
            None if is_over => self.resume(),
            None => {}
        }
    }
}

impl AccountHealth {
    pub fn upgrade_throughput(&mut self) {
        self.throughput_per_second = HIGH_THROUGHPUT_PER_SECOND;
    }

    /// Of a token that has not been tried yet, nothing is known.
    pub fn forget_token(&mut self) {
        self.token_expires_at = None;
        self.missing_scopes = Vec::new();
    }

    fn learn(&mut self, report: &HealthReport) {
        let number = &report.number;
        self.on_phone = number.on_phone.unwrap_or(self.on_phone);
        match number.throughput_level.as_deref() {
            _ if self.on_phone => self.throughput_per_second = ON_PHONE_THROUGHPUT_PER_SECOND,
            Some("HIGH") => self.upgrade_throughput(),
            Some("STANDARD") => self.throughput_per_second = DEFAULT_THROUGHPUT_PER_SECOND,
            _ => {}
        }
        keep(&mut self.quality_rating, number.quality_rating.as_ref());
        keep(&mut self.messaging_limit, number.messaging_limit.as_ref());
        keep(&mut self.phone_number_status, number.status.as_ref());
        keep(&mut self.verified_name, number.verified_name.as_ref());
        keep(&mut self.name_status, number.name_status.as_ref());
        if let Some(token) = &report.token {
            self.token_expires_at = token.expires_at;
            if let Some(scopes) = &token.scopes {
                let missing = REQUIRED_SCOPES.map(str::to_owned).into_iter();
                self.missing_scopes = missing.filter(|scope| !scopes.contains(scope)).collect();
            }
        }
        match &report.webhook {
            Some(WebhookReport::Subscribed) => {
                self.webhook_subscribed = Some(true);
                self.webhook_error = None;
            }
            Some(WebhookReport::NotSubscribed(why)) => {
                self.webhook_subscribed = Some(false);
                self.webhook_error = Some(why.clone());
            }
            None => {}
        }
    }
}

fn keep(known: &mut Option<String>, told: Option<&String>) {
    if let Some(told) = told {
        *known = Some(told.clone());
    }
}

fn is_restriction(status: &str) -> bool {
    matches!(status, "BANNED" | "RESTRICTED")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whatsapp::account::tests::account;

    fn called(status: &str) -> HealthReport {
        HealthReport {
            number: PhoneNumberHealth {
                status: Some(status.to_owned()),
                ..PhoneNumberHealth::default()
            },
            ..HealthReport::default()
        }
    }

    fn restricted(until: Option<DateTime<Utc>>) -> Account {
        let mut account = account();
        account.restrict("Meta says so".to_owned(), until, false);
        account
    }

    #[test]
    fn a_number_on_a_phone_sends_more_slowly() {
        let mut account = account();
        let mut told = called("CONNECTED");
        told.number.on_phone = Some(true);
        told.number.throughput_level = Some("NOT_APPLICABLE".into());
        account.learn(&told, false);
        assert!(account.health.on_phone);
        assert_eq!(account.health.throughput_per_second, 20);

        told.number.on_phone = None;
        account.learn(&told, false);
        assert_eq!(account.health.throughput_per_second, 20);

        told.number.on_phone = Some(false);
        told.number.throughput_level = Some("STANDARD".into());
        account.learn(&told, false);
        assert_eq!(account.health.throughput_per_second, 80);
    }

    #[test]
    fn that_it_is_restricted_does_not_stop_answers_that_meta_leaves_alone() {
        let mut account = account();
        account.restrict("Meta says so".to_owned(), None, true);
        account.learn(&called("RESTRICTED"), false);
        assert_eq!(account.check_may_answer(), Ok(()));
    }

    #[test]
    fn what_meta_does_not_tell_stays_as_it_is_known() {
        let mut account = account();
        let told = HealthReport {
            number: PhoneNumberHealth {
                verified_name: Some("Luna".into()),
                throughput_level: Some("HIGH".into()),
                ..PhoneNumberHealth::default()
            },
            token: Some(TokenInfo {
                app_id: None,
                expires_at: Some(DateTime::UNIX_EPOCH),
                scopes: Some(vec!["whatsapp_business_messaging".into()]),
            }),
            webhook: Some(WebhookReport::NotSubscribed("No".into())),
        };
        account.learn(&told, false);
        let known = account.health.clone();
        assert_eq!(known.throughput_per_second, 1_000);
        assert_eq!(known.missing_scopes, ["whatsapp_business_management"]);
        assert_eq!(known.webhook_error.as_deref(), Some("No"));
        account.learn(&HealthReport::default(), false);
        assert_eq!(account.health, known);
    }

    #[test]
    fn a_token_that_works_again_lets_the_number_go_on() {
        let mut account = account();
        account.pause(AccountStatus::NeedsReauth, "190");
        account.learn(&called("CONNECTED"), false);
        assert_eq!(account.status, AccountStatus::Connected);
        assert_eq!(account.status_reason, None);
    }

    #[test]
    fn a_restriction_is_not_over_because_meta_answers() {
        let mut account = restricted(None);
        account.learn(&called("CONNECTED"), false);
        assert_eq!(account.status, AccountStatus::Restricted);
        account.learn(&called("CONNECTED"), true);
        assert_eq!(account.status, AccountStatus::Connected);

        let mut account = restricted(Some(DateTime::UNIX_EPOCH));
        account.learn(&called("CONNECTED"), true);
        assert_eq!(account.status, AccountStatus::Restricted, "it has its time");
    }

    #[test]
    fn a_number_that_meta_calls_banned_stands_still_until_it_calls_it_connected() {
        let mut account = account();
        account.learn(&called("BANNED"), false);
        assert_eq!(account.status, AccountStatus::Restricted);
        assert!(account.status_reason.as_ref().unwrap().contains("BANNED"));
        account.learn(&called("CONNECTED"), false);
        assert_eq!(account.status, AccountStatus::Connected);
        account.learn(&called("FLAGGED"), false);
        assert_eq!(account.status, AccountStatus::Connected);
    }
}
