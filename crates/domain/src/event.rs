//! What happened in an organization, and what must happen next because of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    auth::{SessionId, UserId},
    catalog::LowStock,
    chats::{ChatId, ChatOverview, Message, MessageError, MessageId, MessageStatus, Note, NoteId},
    customers::{Customer, CustomerId},
    imports::ImportProgress,
    job::Job,
    organizations::MemberName,
    whatsapp::{AccountHealth, AccountId, AccountStatus, History, MediaId},
};

/// Events carry what a reader needs to show them, as it was when they happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    Registered {
        user_id: UserId,
    },
    SessionEnded {
        session_id: SessionId,
    },
    AccountStatusChanged {
        account_id: AccountId,
        status: AccountStatus,
        reason: Option<String>,
        #[serde(default)]
        restricted_until: Option<DateTime<Utc>>,
        #[serde(default)]
        may_answer: bool,
    },
    /// Meta tells something else of its quality, limits, names, token or webhook.
    AccountHealthChanged {
        account_id: AccountId,
        health: AccountHealth,
    },
    /// A chunk of the account's history was taken in, or there will be none.
    AccountHistoryProgressed {
        account_id: AccountId,
        history: History,
    },
    CustomerCreated {
        customer: Customer,
    },
    CustomerUpdated {
        customer: Customer,
    },
    /// The other is no more, and all that was theirs is the customer's.
    CustomerMerged {
        customer: Customer,
        other_id: CustomerId,
    },
    CustomerErased {
        customer_id: CustomerId,
    },
    ImportProgressed {
        progress: ImportProgress,
    },
    /// Contacts who were none became customers: new ones, or those that were there.
    ContactsSynced {
        created: u64,
        joined: u64,
    },
    ChatCreated {
        overview: ChatOverview,
    },
    ChatUpdated {
        overview: ChatOverview,
    },
    /// It was one member's, or nobody's, and is another's, or nobody's. What it is now tells
    /// `ChatUpdated`; this is for those who do not see it any more.
    ChatReassigned {
        chat_id: ChatId,
        from: Option<UserId>,
        to: Option<UserId>,
    },
    /// Agents see other chats than before.
    ChatVisibilityChanged,
    /// Both were with the same person: the first is no more, and all of it is in the other.
    ChatMerged {
        chat_id: ChatId,
        into_chat_id: ChatId,
    },
    /// An agent has read the chat. Unread counts are each agent's own: this concerns
    /// nobody else.
    ChatRead {
        user_id: UserId,
        overview: ChatOverview,
    },
    MessageReceived {
        message: Message,
    },
    MessageQueued {
        message: Message,
    },
    /// It was edited, revoked or reacted to, or its file has come.
    MessageUpdated {
        message: Message,
    },
    MessageStatusChanged {
        chat_id: ChatId,
        message_id: MessageId,
        status: MessageStatus,
        wamid: Option<String>,
        error: Option<MessageError>,
        occurred_at: DateTime<Utc>,
    },
    MediaReceived {
        media_id: MediaId,
    },
    NoteCreated {
        note: Note,
        author: MemberName,
    },
    NoteUpdated {
        note: Note,
        author: MemberName,
    },
    NoteDeleted {
        chat_id: ChatId,
        note_id: NoteId,
    },
    /// Few are left of a variant. Comes once, until there are more again.
    ProductLowStock {
        low_stock: LowStock,
    },
}

impl Event {
    /// The news of a message's status.
    pub fn status_changed(message: &Message, occurred_at: DateTime<Utc>) -> Self {
        Self::MessageStatusChanged {
            chat_id: message.chat_id,
            message_id: message.id,
            status: message.status,
            wamid: message.wamid.clone(),
            error: message.error.clone(),
            occurred_at,
        }
    }

    /// The chat of which it tells.
    pub fn chat_id(&self) -> Option<ChatId> {
        match self {
            Self::ChatCreated { overview }
            | Self::ChatUpdated { overview }
            | Self::ChatRead { overview, .. } => Some(overview.chat.id),
            Self::MessageReceived { message }
            | Self::MessageQueued { message }
            | Self::MessageUpdated { message } => Some(message.chat_id),
            Self::NoteCreated { note, .. } | Self::NoteUpdated { note, .. } => Some(note.chat_id),
            Self::ChatMerged {
                into_chat_id: chat_id,
                ..
            }
            | Self::ChatReassigned { chat_id, .. }
            | Self::MessageStatusChanged { chat_id, .. }
            | Self::NoteDeleted { chat_id, .. } => Some(*chat_id),
            Self::Registered { .. }
            | Self::SessionEnded { .. }
            | Self::AccountStatusChanged { .. }
            | Self::CustomerCreated { .. }
            | Self::CustomerUpdated { .. }
            | Self::ImportProgressed { .. }
            | Self::ContactsSynced { .. }
            | Self::AccountHealthChanged { .. }
            | Self::AccountHistoryProgressed { .. }
            | Self::CustomerMerged { .. }
            | Self::CustomerErased { .. }
            | Self::ChatVisibilityChanged
            | Self::MediaReceived { .. }
            | Self::ProductLowStock { .. } => None,
        }
    }

    /// The jobs that this event sets off. They are stored with it, in its transaction.
    pub fn reactions(&self) -> Vec<Job> {
        match self {
            Self::Registered { user_id } => vec![Job::SendWelcomeMail { user_id: *user_id }],
            Self::MessageQueued { message } => vec![Job::SendMessage {
                message_id: message.id,
                chat_id: message.chat_id,
            }],
            Self::MediaReceived { media_id } => vec![Job::FetchMedia {
                media_id: *media_id,
            }],
            Self::AccountStatusChanged {
                account_id,
                status: AccountStatus::Connected,
                ..
            } => vec![Job::ResumeAccount {
                account_id: *account_id,
            }],
            _ => Vec::new(),
        }
    }
}

/// An event in its organization's log.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedEvent {
    /// Counts the organization's events from 1, without gaps, in the order of commits.
    pub seq: i64,
    pub event: Event,
    pub occurred_at: DateTime<Utc>,
}
