use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Cycle, Direction, Label, Message, MessageContent, MessageOrigin, MessageStatus, Priority,
    ReplyTo,
};
use crate::{
    auth::UserId,
    customers::{Customer, CustomerId},
    id::Id,
    organizations::MemberName,
    text::PhoneNumber,
    whatsapp::{Account, AccountError, AccountId, Contact, ContactId},
};

pub type ChatId = Id<Chat>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    pub id: ChatId,
    pub account_id: AccountId,
    pub contact_id: ContactId,
    /// The contact's; none while that is no customer.
    pub customer_id: Option<CustomerId>,
    pub status: ChatStatus,
    /// Of a snoozed chat: when it opens again by itself.
    #[serde(default)]
    pub snoozed_until: Option<DateTime<Utc>>,
    /// Whose it is to answer.
    #[serde(default)]
    pub assignee_id: Option<UserId>,
    #[serde(default)]
    pub priority: Priority,
    /// When the customer last wrote something that opens the service window.
    pub last_inbound_at: Option<DateTime<Utc>>,
    /// When anything was last said; chats are listed by it.
    pub last_activity_at: DateTime<Utc>,
    /// The time of the latest message, of whoever; none before the first.
    #[serde(default)]
    pub last_message_at: Option<DateTime<Utc>>,
    /// How many messages the customer has sent that want to be read. Only grows: what an
    /// agent has not read is the difference to what it was when the agent read the chat.
    pub inbound_count: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes of what people decide on, from 1: messages are none, unless they open
    /// the chat again.
    #[serde(default = "first_version")]
    pub version: i64,
}

/// Of chats in events that were logged before chats had versions.
fn first_version() -> i64 {
    1
}

/// Whenever the customer writes, the chat is open again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatStatus {
    /// Somebody has to answer or to do something.
    Open,
    /// Waits for the customer, or for somebody else.
    Pending,
    /// Put off until a time.
    Snoozed,
    /// Nothing is left to do.
    Resolved,
}

impl ChatStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Snoozed => "snoozed",
            Self::Resolved => "resolved",
        }
    }

    /// That of a chat made of two: nothing that is left to do is forgotten.
    #[must_use]
    pub fn joined_with(self, gone: Self) -> Self {
        match (self, gone) {
            (status, Self::Resolved) => status,
            (Self::Pending | Self::Resolved, Self::Pending) => Self::Pending,
            _ => Self::Open,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ChatError {
    #[error(
        "more than 24 hours have passed since the customer last wrote: only a template may be sent"
    )]
    ServiceWindowClosed,
}

impl Chat {
    /// Meta's customer service window: free-form messages may be sent for 24 hours after the
    /// customer's last message. Source: cloud API 7.
    const SERVICE_WINDOW: Duration = Duration::hours(24);

    pub fn open(account_id: AccountId, contact: &Contact, now: DateTime<Utc>) -> Self {
        Self {
            id: Id::generate(),
            account_id,
            contact_id: contact.id,
            customer_id: contact.customer_id,
            status: ChatStatus::Open,
            snoozed_until: None,
            assignee_id: None,
            priority: Priority::None,
            last_inbound_at: None,
            last_activity_at: now,
            last_message_at: None,
            inbound_count: 0,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// One that is known from what was said before the program was connected: nobody waits
    /// in it.
    pub fn of_the_past(
        account_id: AccountId,
        contact: &Contact,
        last_said_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            status: ChatStatus::Resolved,
            last_activity_at: last_said_at,
            ..Self::open(account_id, contact, now)
        }
    }

    pub fn window_expires_at(&self) -> Option<DateTime<Utc>> {
        self.last_inbound_at.map(|at| at + Self::SERVICE_WINDOW)
    }

    /// Whether a free-form message may be sent now.
    pub fn check_window(&self, now: DateTime<Utc>) -> Result<(), ChatError> {
        match self.window_expires_at() {
            Some(expiry) if now < expiry => Ok(()),
            _ => Err(ChatError::ServiceWindowClosed),
        }
    }

    /// Whether the account lets anything be sent here now.
    pub fn check_account(&self, account: &Account, now: DateTime<Utc>) -> Result<(), AccountError> {
        match self.check_window(now) {
            Ok(()) => account.check_may_answer(),
            Err(ChatError::ServiceWindowClosed) => account.check_may_send(),
        }
    }

    /// Writes a message, to be delivered later.
    pub fn compose(
        &self,
        content: MessageContent,
        reply_to: Option<ReplyTo>,
        sent_by: UserId,
        now: DateTime<Utc>,
    ) -> Result<Message, ChatError> {
        Ok(Message {
            reply_to,
            sent_by: Some(sent_by),
            ..self.queue(content, now)?
        })
    }

    /// The same for what the program says by itself.
    pub fn compose_by_itself(
        &self,
        content: MessageContent,
        origin: MessageOrigin,
        now: DateTime<Utc>,
    ) -> Result<Message, ChatError> {
        Ok(Message {
            origin: Some(origin),
            ..self.queue(content, now)?
        })
    }

    fn queue(&self, content: MessageContent, now: DateTime<Utc>) -> Result<Message, ChatError> {
        if !content.may_leave_window() {
            self.check_window(now)?;
        }
        Ok(Message {
            id: Id::generate(),
            chat_id: self.id,
            account_id: self.account_id,
            direction: Direction::Outbound,
            content,
            status: MessageStatus::Queued,
            wamid: None,
            reply_to: None,
            reactions: Vec::new(),
            sent_by: None,
            origin: None,
            context: None,
            referral: None,
            error: None,
            created_at: now,
            edited_at: None,
            revoked_at: None,
            sent_at: None,
            delivered_at: None,
            read_at: None,
            failed_at: None,
        })
    }
}

/// A chat as it is listed: with whom, what was said last, and what the viewer has not read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatOverview {
    pub chat: Chat,
    pub person: Person,
    #[serde(default)]
    pub assignee: Option<MemberName>,
    /// In alphabetical order.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// The present one or, if there is none, the last.
    #[serde(default)]
    pub cycle: Option<Cycle>,
    pub last_message: Option<Message>,
    pub unread_count: i64,
}

/// Who the other side of a chat is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// None while the person is no customer.
    pub customer: Option<Customer>,
    pub contact: Contact,
}

impl Person {
    pub fn phone_number(&self) -> Option<PhoneNumber> {
        let customer = self.customer.as_ref();
        let number = customer.and_then(|customer| customer.phone_number.clone());
        number.or_else(|| self.contact.phone_number())
    }

    /// First and last name: the customer's or, of who is none, those of the profile.
    pub fn names(&self) -> (Option<String>, Option<String>) {
        match &self.customer {
            Some(customer) => (customer.first_name.clone(), customer.last_name.clone()),
            None => Customer::names_in(self.contact.name.as_deref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat_last_written_to(at: Option<DateTime<Utc>>) -> Chat {
        let id = Id::<()>::generate().uuid();
        Chat {
            id: id.into(),
            account_id: id.into(),
            contact_id: id.into(),
            customer_id: None,
            status: ChatStatus::Open,
            snoozed_until: None,
            assignee_id: None,
            priority: Priority::None,
            last_inbound_at: at,
            last_activity_at: DateTime::UNIX_EPOCH,
            last_message_at: None,
            inbound_count: 0,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    #[test]
    fn the_window_closes_24_hours_after_the_customer_last_wrote() {
        let wrote = DateTime::UNIX_EPOCH;
        let chat = chat_last_written_to(Some(wrote));
        let day = Duration::hours(24);
        assert_eq!(
            chat.check_window(wrote + day - Duration::seconds(1)),
            Ok(())
        );
        assert_eq!(
            chat.check_window(wrote + day),
            Err(ChatError::ServiceWindowClosed)
        );
    }

    #[test]
    fn a_chat_in_an_event_from_before_chats_were_assigned_can_be_read() {
        let chat = chat_last_written_to(None);
        let mut logged = serde_json::to_value(&chat).unwrap();
        for field in [
            "snoozed_until",
            "assignee_id",
            "priority",
            "version",
            "last_message_at",
        ] {
            assert!(logged.as_object_mut().unwrap().remove(field).is_some());
        }
        assert_eq!(serde_json::from_value::<Chat>(logged).unwrap(), chat);
    }

    #[test]
    fn the_window_is_closed_until_the_customer_writes() {
        let chat = chat_last_written_to(None);
        assert_eq!(
            chat.check_window(DateTime::UNIX_EPOCH),
            Err(ChatError::ServiceWindowClosed)
        );
    }
}
