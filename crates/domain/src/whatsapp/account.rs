use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{AccountHealth, History, ToldAlerts};
use crate::{id::Id, sealed::Sealed};

pub type AccountId = Id<Account>;

/// One WhatsApp business phone number that an organization connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// Meta's id of the number (not the number). Unique among the installation's accounts
    /// that are not removed.
    pub phone_number_id: PhoneNumberId,
    /// Meta's id of the WhatsApp Business Account that owns the number.
    pub business_account_id: String,
    /// What the organization calls it; customers see the verified name.
    pub display_name: String,
    /// As Meta shows it; known once Meta was asked.
    pub display_phone_number: Option<String>,
    pub access_token: Sealed,
    /// The secret that signs this account's deliveries; the platform's if none.
    pub app_secret: Option<Sealed>,
    pub status: AccountStatus,
    /// Why it is not connected, in plain words.
    pub status_reason: Option<String>,
    /// When Meta's restriction ends, if Meta has named a time.
    pub restricted_until: Option<DateTime<Utc>>,
    /// Of a restricted one: whether who wrote within a day may be answered all the same.
    pub may_answer: bool,
    pub health: AccountHealth,
    /// When Meta last answered clearly.
    pub health_checked_at: Option<DateTime<Utc>>,
    pub told: ToldAlerts,
    /// Whether customers see that their messages were read.
    pub send_read_receipts: bool,
    /// How the import of its history fares, if the number also lives on a phone that has told
    /// of one.
    pub history: Option<History>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// A removed account keeps its chats, and sends and receives no more.
    pub removed_at: Option<DateTime<Utc>>,
    /// Counts changes, from 1.
    pub version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    Connected,
    /// Meta refuses the token. What is queued waits for a new one.
    NeedsReauth,
    /// Meta restricted or disabled it. What is queued waits.
    Restricted,
}

impl AccountStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::NeedsReauth => "needs_reauth",
            Self::Restricted => "restricted",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AccountError {
    #[error("Meta refuses this account's token: connect it again with a new one")]
    NeedsReauth,
    #[error("Meta restricts this account")]
    Restricted,
}

impl Account {
    /// Whether anybody may be written to now.
    pub fn check_may_send(&self) -> Result<(), AccountError> {
        match self.status {
            AccountStatus::Connected => Ok(()),
            AccountStatus::NeedsReauth => Err(AccountError::NeedsReauth),
            AccountStatus::Restricted => Err(AccountError::Restricted),
        }
    }

    /// The same of people who wrote within a day.
    pub fn check_may_answer(&self) -> Result<(), AccountError> {
        if self.may_answer {
            return Ok(());
        }
        self.check_may_send()
    }

    /// Lets it stand still until somebody acts. If it stands still for this already, the first
    /// reason stays.
    pub fn pause(&mut self, status: AccountStatus, reason: &str) {
        if self.status != status || self.may_answer {
            self.status = status;
            self.status_reason = Some(reason.to_owned());
            self.restricted_until = None;
            self.may_answer = false;
        }
    }

    /// Lets it stand still as Meta has announced, but for answers if Meta leaves those alone, and
    /// until a time if Meta names one.
    pub fn restrict(&mut self, reason: String, until: Option<DateTime<Utc>>, may_answer: bool) {
        self.status = AccountStatus::Restricted;
        self.status_reason = Some(reason);
        self.restricted_until = until;
        self.may_answer = may_answer;
    }

    /// Ends a restriction whose time is over.
    pub fn end_restriction(&mut self, now: DateTime<Utc>) {
        if self.restricted_until.is_some_and(|until| until <= now) {
            self.resume();
        }
    }

    pub fn resume(&mut self) {
        self.status = AccountStatus::Connected;
        self.status_reason = None;
        self.restricted_until = None;
        self.may_answer = false;
    }
}

/// Meta's id of a phone number: decimal digits, kept as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PhoneNumberId(pub String);

impl fmt::Display for PhoneNumberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One that has just been connected.
    pub(in crate::whatsapp) fn account() -> Account {
        Account {
            id: Id::generate(),
            phone_number_id: PhoneNumberId("106540352242922".into()),
            business_account_id: "102290129340398".into(),
            display_name: "Sales".into(),
            display_phone_number: None,
            access_token: Sealed("sealed".into()),
            app_secret: None,
            status: AccountStatus::Connected,
            status_reason: None,
            restricted_until: None,
            may_answer: false,
            health: AccountHealth::default(),
            health_checked_at: None,
            told: ToldAlerts::default(),
            send_read_receipts: true,
            history: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            removed_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_restriction_ends_at_its_time_and_not_before() {
        let until = DateTime::UNIX_EPOCH + chrono::Duration::days(1);
        let mut account = account();
        account.restrict("Spam".into(), Some(until), false);
        account.end_restriction(until - chrono::Duration::seconds(1));
        assert_eq!(account.check_may_send(), Err(AccountError::Restricted));
        account.end_restriction(until);
        assert_eq!(account.check_may_send(), Ok(()));

        account.restrict("Spam".into(), None, false);
        account.end_restriction(until);
        assert_eq!(account.check_may_send(), Err(AccountError::Restricted));
    }

    #[test]
    fn who_may_only_answer_answers_until_meta_says_more() {
        let mut account = account();
        let until = DateTime::UNIX_EPOCH + chrono::Duration::days(1);
        account.restrict("Spam".into(), Some(until), true);
        assert_eq!(account.check_may_send(), Err(AccountError::Restricted));
        assert_eq!(account.check_may_answer(), Ok(()));

        account.pause(AccountStatus::Restricted, "368");
        assert_eq!(account.check_may_answer(), Err(AccountError::Restricted));
        assert_eq!(account.restricted_until, None, "it is another restriction");

        account.restrict("Spam".into(), Some(until), true);
        account.end_restriction(until);
        assert_eq!(account.check_may_send(), Ok(()));
        account.pause(AccountStatus::NeedsReauth, "190");
        assert_eq!(account.check_may_answer(), Err(AccountError::NeedsReauth));
    }

    #[test]
    fn what_stands_still_for_something_keeps_its_first_reason() {
        let mut account = account();
        account.restrict("Spam".into(), Some(DateTime::UNIX_EPOCH), false);
        let before = account.clone();
        account.pause(AccountStatus::Restricted, "368");
        assert_eq!(account, before);
        account.pause(AccountStatus::NeedsReauth, "190");
        assert_eq!(account.status_reason.as_deref(), Some("190"));
        assert_eq!(account.restricted_until, None);
    }
}
