use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    Chat, ChatId, ChatOverview, ChatStatus, Label, LabelCount, Message, MessageId, Priority, Sight,
    StatusReport,
};
use crate::{
    auth::UserId,
    page::{Page, PageRequest},
    store::StoreError,
    whatsapp::{AccountId, Contact, ContactId},
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatFilter {
    pub status: Option<ChatStatus>,
    pub account_id: Option<AccountId>,
    pub assignee: Option<AssigneeFilter>,
    pub priority: Option<Priority>,
    /// Only chats that have all of these.
    pub labels: Vec<Label>,
    /// Only chats with messages that the viewer has not read.
    pub unread: bool,
    /// Only chats with notes that mention the viewer.
    pub mentioned: bool,
    /// Part of the customer's name or of the phone number's digits; folded.
    pub search: Option<String>,
    /// Only chats that are seen.
    pub sight: Sight,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssigneeFilter {
    Nobody,
    User(UserId),
}

#[async_trait]
pub trait ChatRepository: Send + Sync {
    async fn find(&self, id: ChatId) -> Result<Option<Chat>, StoreError>;

    /// As `find`, and nobody else changes it before this unit of work ends: of several who
    /// claim a chat, the second sees that the first has it.
    async fn lock(&self, id: ChatId) -> Result<Option<Chat>, StoreError>;

    async fn find_by_contact(
        &self,
        account_id: AccountId,
        contact_id: ContactId,
    ) -> Result<Option<Chat>, StoreError>;

    /// The chats of one contact are another's from now on. Where both have a chat with an
    /// account, that of the first is joined into the other with all that is in it, and is no
    /// more. Answers each chat that was handed over, and the chat that it is now, both as they
    /// were before.
    async fn hand_over(
        &self,
        from: ContactId,
        to: &Contact,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Chat, Chat)>, StoreError>;

    /// All chats of the contact: one at most with each account.
    async fn list_of_contact(&self, contact_id: ContactId) -> Result<Vec<Chat>, StoreError>;

    /// The contact's chat in which something was last said, of those that are seen, over all
    /// accounts.
    async fn find_latest_of_contact(
        &self,
        contact_id: ContactId,
        sight: Sight,
    ) -> Result<Option<Chat>, StoreError>;

    /// False if the contact has a chat with this account already; nothing is stored then.
    async fn insert(&self, chat: &Chat) -> Result<bool, StoreError>;

    /// Stores status, assignee and priority as the version after `chat.version`, if that is
    /// still the stored one; else answers false.
    async fn update(&self, chat: &Chat) -> Result<bool, StoreError>;

    /// The chat's labels, in alphabetical order.
    async fn labels(&self, id: ChatId) -> Result<Vec<Label>, StoreError>;

    /// Gives the chat these labels and no others.
    async fn set_labels(&self, id: ChatId, labels: &[Label]) -> Result<(), StoreError>;

    /// The labels that chats have which are seen, the most used first.
    async fn labels_in_use(&self, sight: Sight, limit: u32) -> Result<Vec<LabelCount>, StoreError>;

    /// Takes all chats from the member. Answers those that are not resolved, as they then are.
    async fn unassign_all(
        &self,
        assignee: UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<ChatOverview>, StoreError>;

    /// Moves on the chat as a message demands that was just inserted into it: its activity
    /// and last message, and, if a customer wrote, its window and its count, and it is open
    /// again. Begins a cycle if the customer wrote and there is none, and ends the wait for a
    /// first answer if one of us did. Annotations change nothing. Concurrent messages do not undo
    /// each other. Answers the chat as it then is.
    async fn note_message(&self, message: &Message, now: DateTime<Utc>)
    -> Result<Chat, StoreError>;

    /// As `note_message`, of a message from before the program was connected: it may be the
    /// chat's last one, and changes nothing else.
    async fn note_past_message(
        &self,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// The present cycle, if there is one, is resolved.
    async fn resolve_cycle(
        &self,
        id: ChatId,
        by: UserId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// The last cycle, if there is one, was not resolved after all and is the present one.
    async fn resume_cycle(&self, id: ChatId) -> Result<(), StoreError>;

    async fn overview(
        &self,
        id: ChatId,
        viewer: Option<UserId>,
    ) -> Result<Option<ChatOverview>, StoreError>;

    /// Those of these chats that are there, in no order.
    async fn find_overviews(
        &self,
        ids: &[ChatId],
        viewer: UserId,
    ) -> Result<Vec<ChatOverview>, StoreError>;

    /// Whose each of these chats is; what is not there is missing.
    async fn assignees(
        &self,
        ids: &[ChatId],
    ) -> Result<HashMap<ChatId, Option<UserId>>, StoreError>;

    /// By last activity, newest first.
    async fn list(
        &self,
        filter: &ChatFilter,
        viewer: UserId,
        page: PageRequest,
    ) -> Result<Page<ChatOverview>, StoreError>;

    /// How many chats fit the filter.
    async fn count(&self, filter: &ChatFilter, viewer: UserId) -> Result<u64, StoreError>;

    /// The viewer has read the chat up to this many inbound messages; never moves back.
    /// False if that was so already.
    async fn mark_read(
        &self,
        id: ChatId,
        viewer: UserId,
        inbound_count: i64,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
}

#[async_trait]
pub trait MessageRepository: Send + Sync {
    async fn find(&self, id: MessageId) -> Result<Option<Message>, StoreError>;

    /// By Meta's id.
    async fn find_by_wamid(
        &self,
        account_id: AccountId,
        wamid: &str,
    ) -> Result<Option<Message>, StoreError>;

    /// Those of these wamids that are there, in no order.
    async fn find_by_wamids(
        &self,
        account_id: AccountId,
        wamids: &[&str],
    ) -> Result<Vec<Message>, StoreError>;

    /// As `find`, and nobody else changes it before this unit of work ends.
    async fn lock(&self, id: MessageId) -> Result<Option<Message>, StoreError>;

    /// As `lock`, by Meta's id.
    async fn lock_by_wamid(
        &self,
        account_id: AccountId,
        wamid: &str,
    ) -> Result<Option<Message>, StoreError>;

    /// `original` is the message as Meta wrote it. False if the account has a message of
    /// this wamid already; nothing is stored then.
    async fn insert(&self, message: &Message, original: Option<&Value>)
    -> Result<bool, StoreError>;

    /// As `insert`, of at most 500 at once, which may reply to each other; answers which were
    /// stored.
    async fn insert_all(
        &self,
        messages: &[(Message, &Value)],
    ) -> Result<HashSet<MessageId>, StoreError>;

    /// Of a message that this unit of work inserted or locked.
    async fn update(&self, message: &Message) -> Result<(), StoreError>;

    /// As `update`, of one that says something else than before.
    async fn update_content(&self, message: &Message) -> Result<(), StoreError>;

    /// `queued` becomes `sending`. False if it was not `queued`: of many who try, one wins.
    async fn claim(&self, id: MessageId) -> Result<bool, StoreError>;

    /// Newest first.
    async fn list(&self, chat_id: ChatId, page: PageRequest) -> Result<Page<Message>, StoreError>;

    /// How many messages the chat has.
    async fn count(&self, chat_id: ChatId) -> Result<u64, StoreError>;

    /// The customer's newest message in the chat.
    async fn latest_inbound(&self, chat_id: ChatId) -> Result<Option<Message>, StoreError>;

    /// The reactions, edits and revokes of these wamids, oldest first: they may come before
    /// them.
    async fn annotations_of(
        &self,
        account_id: AccountId,
        wamids: &[&str],
    ) -> Result<Vec<Message>, StoreError>;

    /// Keeps a report for good. False if it is there already.
    async fn insert_report(
        &self,
        account_id: AccountId,
        report: &StatusReport,
        original: &Value,
        received_at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// All reports of these wamids: they may come before a wamid is known to be ours.
    async fn reports_of(
        &self,
        account_id: AccountId,
        wamids: &[&str],
    ) -> Result<Vec<StatusReport>, StoreError>;

    /// Removes what was reported of these wamids.
    async fn forget_reports(
        &self,
        account_id: AccountId,
        wamids: &[&str],
    ) -> Result<(), StoreError>;
}
