use std::borrow::Cow;

use application::realtime::PresenceNews;
use chrono::{DateTime, Utc};
use domain::{
    catalog::LowStock,
    chats::{Chat, ChatId, ChatOverview, Direction, Message, MessageStatus, Note},
    customers::{Customer, CustomerId},
    event::{Event, LoggedEvent},
    id::Id,
    organizations::MemberName,
    whatsapp::{AccountHealth, AccountId, AccountStatus, History, HistoryStatus},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::presence::PresenceData;
use crate::{
    chats::{ChatResponse, CustomerResponse, MessageErrorResponse, MessageResponse, NoteResponse},
    imports::ProgressResponse,
    problem::Problem,
    whatsapp::HealthResponse,
};

/// What the server tells.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(super) enum ServerFrame {
    Event {
        seq: i64,
        r#type: &'static str,
        occurred_at: DateTime<Utc>,
        data: Data,
    },
    Resync {
        seq: i64,
        r#type: &'static str,
    },
    /// Holds for a moment: it has no number.
    Presence {
        r#type: &'static str,
        data: PresenceData,
    },
    Pong {
        r#type: &'static str,
    },
    Error {
        r#type: &'static str,
        code: Cow<'static, str>,
        detail: String,
    },
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(super) enum Data {
    Message {
        chat_id: Uuid,
        message_id: Uuid,
        message: Box<MessageResponse>,
    },
    MessageStatus {
        chat_id: Uuid,
        message_id: Uuid,
        status: MessageStatus,
        wamid: Option<String>,
        error: Option<MessageErrorResponse>,
    },
    Chat {
        chat_id: Uuid,
        chat: Box<ChatResponse>,
    },
    HiddenChat {
        chat_id: Uuid,
    },
    MergedChat {
        chat_id: Uuid,
        into_chat_id: Uuid,
    },
    Note {
        chat_id: Uuid,
        note_id: Uuid,
        note: NoteResponse,
    },
    DeletedNote {
        chat_id: Uuid,
        note_id: Uuid,
    },
    Customer {
        customer_id: Uuid,
        customer: CustomerResponse,
    },
    MergedCustomer {
        customer_id: Uuid,
        other_id: Uuid,
        customer: CustomerResponse,
    },
    ErasedCustomer {
        customer_id: Uuid,
    },
    LowStock {
        product_id: Uuid,
        variant_id: Uuid,
        name: String,
        sku: String,
        available: i64,
        low_stock_threshold: i64,
    },
    Import(ProgressResponse),
    SyncedContacts {
        created: u64,
        joined: u64,
    },
    Account {
        account_id: Uuid,
        status: AccountStatus,
        reason: Option<String>,
        restricted_until: Option<DateTime<Utc>>,
        may_answer: bool,
    },
    AccountHealth {
        account_id: Uuid,
        #[serde(flatten)]
        health: HealthResponse,
    },
    AccountHistory {
        account_id: Uuid,
        status: HistoryStatus,
        phase: u8,
        progress: u8,
    },
}

/// What a client may say.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum ClientFrame {
    Ping,
    Typing {
        #[serde(rename = "chatId")]
        chat_id: Id<Chat>,
    },
    Viewing {
        #[serde(rename = "chatId")]
        chat_id: Option<Id<Chat>>,
    },
}

impl ServerFrame {
    /// None for events that concern no client.
    pub(super) fn event(logged: &LoggedEvent) -> Option<Self> {
        let (kind, data) = Data::of(&logged.event)?;
        Some(Self::Event {
            seq: logged.seq,
            r#type: kind,
            occurred_at: logged.occurred_at,
            data,
        })
    }

    pub(super) fn resync(seq: i64) -> Self {
        Self::Resync {
            seq,
            r#type: "resync",
        }
    }

    pub(super) fn presence(news: &PresenceNews) -> Self {
        let (r#type, data) = PresenceData::of(news);
        Self::Presence { r#type, data }
    }

    pub(super) fn pong() -> Self {
        Self::Pong { r#type: "pong" }
    }

    pub(super) fn not_understood(detail: String) -> Self {
        Self::error("unknown_frame", detail)
    }

    /// What the client wished cannot be done.
    pub(super) fn refusal(problem: Problem) -> Self {
        let (code, detail) = problem.into_words();
        Self::error(code, detail)
    }

    fn error(code: impl Into<Cow<'static, str>>, detail: String) -> Self {
        Self::Error {
            r#type: "error",
            code: code.into(),
            detail,
        }
    }
}

impl Data {
    fn of(event: &Event) -> Option<(&'static str, Self)> {
        Some(match event {
            // What the owner writes on the phone is shown as what is written here.
            Event::MessageReceived { message } if message.direction == Direction::Outbound => {
                ("message.queued", Self::message(message))
            }
            Event::MessageReceived { message } => ("message.received", Self::message(message)),
            Event::MessageQueued { message } => ("message.queued", Self::message(message)),
            Event::MessageUpdated { message } => ("message.updated", Self::message(message)),
            Event::MessageStatusChanged {
                chat_id,
                message_id,
                status,
                wamid,
                error,
                occurred_at: _,
            } => (
                "message.status",
                Self::MessageStatus {
                    chat_id: chat_id.uuid(),
                    message_id: message_id.uuid(),
                    status: *status,
                    wamid: wamid.clone(),
                    error: error.clone().map(Into::into),
                },
            ),
            Event::ChatCreated { overview } => {
                let chat = overview.clone().into();
                ("chat.created", Self::chat(overview, chat))
            }
            Event::ChatUpdated { overview } => {
                let chat = ChatResponse::for_all(overview.clone());
                ("chat.updated", Self::chat(overview, chat))
            }
            Event::ChatReassigned { chat_id, .. } => ("chat.hidden", Self::hidden(*chat_id)),
            Event::ChatMerged {
                chat_id,
                into_chat_id,
            } => ("chat.merged", Self::merged_chat(*chat_id, *into_chat_id)),
            Event::ChatRead { overview, .. } => {
                let chat = overview.clone().into();
                ("chat.updated", Self::chat(overview, chat))
            }
            Event::NoteCreated { note, author } => ("note.created", Self::note(note, author)),
            Event::NoteUpdated { note, author } => ("note.updated", Self::note(note, author)),
            Event::NoteDeleted { chat_id, note_id } => (
                "note.deleted",
                Self::DeletedNote {
                    chat_id: chat_id.uuid(),
                    note_id: note_id.uuid(),
                },
            ),
            Event::CustomerCreated { customer } => ("customer.created", Self::customer(customer)),
            Event::CustomerUpdated { customer } => ("customer.updated", Self::customer(customer)),
            Event::CustomerMerged { customer, other_id } => {
                ("customer.merged", Self::merged(customer, *other_id))
            }
            Event::CustomerErased { customer_id } => {
                ("customer.erased", Self::erased(*customer_id))
            }
            Event::ProductLowStock { low_stock } => {
                ("product.low_stock", Self::low_stock(low_stock))
            }
            Event::ImportProgressed { progress } => {
                ("import.progress", Self::Import(progress.clone().into()))
            }
            Event::ContactsSynced { created, joined } => {
                ("contacts.synced", Self::synced(*created, *joined))
            }
            Event::AccountStatusChanged {
                account_id,
                status,
                reason,
                restricted_until,
                may_answer,
            } => (
                "account.status",
                Self::Account {
                    account_id: account_id.uuid(),
                    status: *status,
                    reason: reason.clone(),
                    restricted_until: *restricted_until,
                    may_answer: *may_answer,
                },
            ),
            Event::AccountHealthChanged { account_id, health } => {
                ("account.health", Self::health(*account_id, health))
            }
            Event::AccountHistoryProgressed {
                account_id,
                history,
            } => ("account.history", Self::history(*account_id, history)),
            Event::Registered { .. }
            | Event::SessionEnded { .. }
            | Event::ChatVisibilityChanged
            | Event::MediaReceived { .. } => return None,
        })
    }

    fn health(account_id: AccountId, health: &AccountHealth) -> Self {
        Self::AccountHealth {
            account_id: account_id.uuid(),
            health: health.clone().into(),
        }
    }

    fn history(account_id: AccountId, history: &History) -> Self {
        Self::AccountHistory {
            account_id: account_id.uuid(),
            status: history.status,
            phase: history.phase,
            progress: history.progress,
        }
    }

    fn merged_chat(chat_id: ChatId, into_chat_id: ChatId) -> Self {
        Self::MergedChat {
            chat_id: chat_id.uuid(),
            into_chat_id: into_chat_id.uuid(),
        }
    }

    fn synced(created: u64, joined: u64) -> Self {
        Self::SyncedContacts { created, joined }
    }

    fn merged(customer: &Customer, other_id: CustomerId) -> Self {
        Self::MergedCustomer {
            customer_id: customer.id.uuid(),
            other_id: other_id.uuid(),
            customer: customer.clone().into(),
        }
    }

    fn low_stock(low_stock: &LowStock) -> Self {
        Self::LowStock {
            product_id: low_stock.product_id.uuid(),
            variant_id: low_stock.variant_id.uuid(),
            name: low_stock.name.clone(),
            sku: low_stock.sku.clone(),
            available: low_stock.available,
            low_stock_threshold: low_stock.threshold,
        }
    }

    fn chat(overview: &ChatOverview, chat: ChatResponse) -> Self {
        Self::Chat {
            chat_id: overview.chat.id.uuid(),
            chat: Box::new(chat),
        }
    }

    fn hidden(chat_id: ChatId) -> Self {
        Self::HiddenChat {
            chat_id: chat_id.uuid(),
        }
    }

    fn note(note: &Note, author: &MemberName) -> Self {
        Self::Note {
            chat_id: note.chat_id.uuid(),
            note_id: note.id.uuid(),
            note: NoteResponse::new(note.clone(), author.clone()),
        }
    }

    fn erased(customer_id: CustomerId) -> Self {
        Self::ErasedCustomer {
            customer_id: customer_id.uuid(),
        }
    }

    fn customer(customer: &Customer) -> Self {
        Self::Customer {
            customer_id: customer.id.uuid(),
            customer: customer.clone().into(),
        }
    }

    fn message(message: &Message) -> Self {
        Self::Message {
            chat_id: message.chat_id.uuid(),
            message_id: message.id.uuid(),
            message: Box::new(message.clone().into()),
        }
    }
}

#[cfg(test)]
mod tests;
