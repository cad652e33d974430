use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::{ChatId, MessageContent, ReportedStatus, StatusReport};
use crate::{
    auth::UserId,
    id::Id,
    whatsapp::{AccountId, MetaError},
};

pub type MessageId = Id<Message>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub chat_id: ChatId,
    pub account_id: AccountId,
    pub direction: Direction,
    pub content: MessageContent,
    pub status: MessageStatus,
    /// Meta's id. Of outgoing messages it is known once Meta accepted them.
    pub wamid: Option<String>,
    pub reply_to: Option<ReplyTo>,
    pub reactions: Vec<Reaction>,
    /// Who wrote it, of messages that were written here.
    pub sent_by: Option<UserId>,
    /// Whence it comes if nobody wrote it here.
    #[serde(default)]
    pub origin: Option<MessageOrigin>,
    /// Forwarding and the product asked about, as Meta wrote it.
    pub context: Option<Value>,
    /// The advertisement or post that led the customer here, as Meta wrote it.
    pub referral: Option<Value>,
    /// Why it failed.
    pub error: Option<MessageError>,
    /// Of incoming messages, Meta's time.
    pub created_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub read_at: Option<DateTime<Utc>>,
    pub failed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Inbound,
    Outbound,
}

impl Direction {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// Whence an outgoing message comes that nobody wrote here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageOrigin {
    /// Said by the program to somebody who wrote for the first time, or after a long silence.
    Greeting,
    /// Said by the program to somebody who wrote outside the hours.
    Away,
    /// Written on the phone that the number also lives on.
    Phone,
}

impl MessageOrigin {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Away => "away",
            Self::Phone => "phone",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// The only status of incoming messages.
    Received,
    Queued,
    /// Claimed by a worker, which is asking Meta.
    Sending,
    Sent,
    Delivered,
    Read,
    Failed,
    /// Meta was asked and gave no answer: a status will settle it, or a person.
    Uncertain,
}

impl MessageStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
        }
    }
}

/// The message that this one answers; not always one that we know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    pub message_id: Option<MessageId>,
    pub wamid: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    pub emoji: String,
    pub direction: Direction,
    /// In groups, who reacted; else empty.
    pub participant: String,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageError {
    /// Meta's; 0 if it is not Meta who says so.
    pub code: i64,
    pub title: String,
    pub detail: Option<String>,
    /// What a shop keeper can make of it.
    pub hint: Option<String>,
    /// Whether a person may have the message sent again.
    pub retryable: bool,
}

impl MessageError {
    /// A failure of which Meta said nothing. A person may try again.
    pub fn ours(title: &str, detail: Option<String>) -> Self {
        Self {
            code: 0,
            title: title.to_owned(),
            detail,
            hint: None,
            retryable: true,
        }
    }
}

impl From<&MetaError> for MessageError {
    fn from(error: &MetaError) -> Self {
        Self {
            code: error.code,
            title: error.title.clone(),
            detail: error.details.clone(),
            hint: error.hint().map(str::to_owned),
            retryable: error.duty().is_retryable(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RetryError {
    #[error("only a message that failed can be sent again")]
    NotFailed,
    #[error("what it said is not kept any more")]
    Expired,
    #[error("it was written on the phone, and only the phone can send it again")]
    WrittenOnPhone,
    #[error("it would fail again: see the message's error")]
    WouldFailAgain,
    #[error(
        "the message may have been sent: sending it again needs a person's word that it may arrive twice"
    )]
    MayHaveBeenSent,
}

impl Message {
    /// Takes in what Meta reports. Any order and any repetition of the same reports ends in
    /// the same state: times only move to the earliest report, a proof of delivery outweighs
    /// a failure, and the status follows from what is known. False if nothing changed.
    pub fn apply(&mut self, report: &StatusReport) -> bool {
        if !self.concerns_present_attempt(report) && !report.status.is_delivery() {
            return false;
        }
        let before = self.clone();
        let at = report.occurred_at;
        let is_first_news = self.wamid.is_none() || self.awaits_answer();
        match report.status {
            ReportedStatus::Sent => earliest(&mut self.sent_at, at),
            ReportedStatus::Delivered => earliest(&mut self.delivered_at, at),
            ReportedStatus::Read | ReportedStatus::Played => {
                earliest(&mut self.read_at, at);
                earliest(&mut self.delivered_at, at);
            }
            ReportedStatus::Failed => self.note_failure(report.error.as_ref(), at),
        }
        if self.delivered_at.is_some() {
            self.failed_at = None;
            self.error = None;
        }
        if is_first_news || report.status.is_delivery() {
            self.wamid = Some(report.wamid.clone());
        }
        self.derive_status();
        *self != before
    }

    /// Meta accepted it under this wamid.
    pub fn accept(&mut self, wamid: String, at: DateTime<Utc>) {
        self.wamid = Some(wamid);
        earliest(&mut self.sent_at, at);
        self.derive_status();
    }

    /// Meta refused it, or it cannot be sent.
    pub fn fail(&mut self, error: MessageError, at: DateTime<Utc>) {
        if self.delivered_at.is_none() {
            self.failed_at = Some(at);
            self.error = Some(error);
            self.derive_status();
        }
    }

    /// Meta did not take it, and shall be asked again. False if it is settled already.
    pub fn requeue(&mut self) -> bool {
        self.leave_sending(MessageStatus::Queued)
    }

    /// Meta was asked, and nobody knows whether it took it. False if it is settled already.
    pub fn doubt(&mut self) -> bool {
        self.leave_sending(MessageStatus::Uncertain)
    }

    fn leave_sending(&mut self, status: MessageStatus) -> bool {
        let sending = self.status == MessageStatus::Sending;
        if sending {
            self.status = status;
        }
        sending
    }

    /// A person wants it sent again. `even_if_uncertain` is that person's word that it may
    /// arrive twice.
    pub fn retry(&mut self, even_if_uncertain: bool) -> Result<(), RetryError> {
        if matches!(self.content, MessageContent::Expired { .. }) {
            return Err(RetryError::Expired);
        }
        if self.origin == Some(MessageOrigin::Phone) {
            return Err(RetryError::WrittenOnPhone);
        }
        match (self.status, &self.error) {
            (MessageStatus::Failed, Some(error)) if !error.retryable => {
                Err(RetryError::WouldFailAgain)
            }
            (MessageStatus::Uncertain, _) if !even_if_uncertain => Err(RetryError::MayHaveBeenSent),
            (MessageStatus::Failed | MessageStatus::Uncertain, _) => {
                self.status = MessageStatus::Queued;
                self.error = None;
                self.failed_at = None;
                self.sent_at = None;
                Ok(())
            }
            _ => Err(RetryError::NotFailed),
        }
    }

    /// A message that is sent again keeps its last wamid until the next one is known, so
    /// that late news of the last attempt are not taken for news of the next.
    fn concerns_present_attempt(&self, report: &StatusReport) -> bool {
        self.wamid
            .as_ref()
            .is_none_or(|wamid| (*wamid == report.wamid) != self.awaits_answer())
    }

    /// Whether Meta's answer to the present attempt is not known.
    fn awaits_answer(&self) -> bool {
        use MessageStatus::{Queued, Sending, Uncertain};
        matches!(self.status, Queued | Sending | Uncertain)
    }

    fn note_failure(&mut self, error: Option<&MetaError>, at: DateTime<Utc>) {
        let error = error.map_or_else(
            || MessageError::ours("Meta gave no reason", None),
            MessageError::from,
        );
        let known = self.failed_at.zip(self.error.as_ref().map(|e| e.code));
        if known.is_none_or(|known| (at, error.code) < known) {
            self.failed_at = Some(at);
            self.error = Some(error);
        }
    }

    fn derive_status(&mut self) {
        self.status = if self.read_at.is_some() {
            MessageStatus::Read
        } else if self.delivered_at.is_some() {
            MessageStatus::Delivered
        } else if self.failed_at.is_some() {
            MessageStatus::Failed
        } else if self.sent_at.is_some() {
            MessageStatus::Sent
        } else {
            self.status
        };
    }
}

fn earliest(time: &mut Option<DateTime<Utc>>, at: DateTime<Utc>) {
    *time = Some(time.map_or(at, |known| known.min(at)));
}

#[cfg(test)]
mod tests;
