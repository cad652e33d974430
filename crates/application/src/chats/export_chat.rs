use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTarget, AuditTargetKind},
    chats::{ChatId, ChatOverview, Message, Note},
    organizations::{MemberName, OrganizationId, Permission},
    page::{Page, PageRequest, Position, Window},
    store::Repositories,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Chats,
    notes::{AuthoredNote, with_authors},
    sight::find_overview,
};
use crate::{Actor, Error, Ports};

/// How much is held at a time, however long the chat is.
const ROWS_AT_A_TIME: u32 = 200;

/// What was said in a chat, to be read piece by piece.
pub struct ChatExport {
    pub overview: ChatOverview,
    pub organization_name: String,
    pub timezone: Tz,
    pub exported_at: DateTime<Utc>,
    ports: Ports,
    organization_id: OrganizationId,
    messages: Lane<Message>,
    notes: Lane<Note>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExportEntry {
    Message {
        message: Box<Message>,
        /// Who wrote it, if it was written here by a person.
        sender: Option<MemberName>,
    },
    Note(AuthoredNote),
}

/// A list that is read from its oldest row on.
struct Lane<T> {
    waiting: VecDeque<T>,
    /// Where to go on; none at the end.
    after: Option<Position>,
}

impl<T> Lane<T> {
    fn from_the_oldest() -> Self {
        let before_all = Position {
            at: DateTime::UNIX_EPOCH,
            id: Uuid::nil(),
        };
        Self {
            waiting: VecDeque::new(),
            after: Some(before_all),
        }
    }

    fn empty() -> Self {
        Self {
            waiting: VecDeque::new(),
            after: None,
        }
    }

    /// The page to fetch before anything else can be read from here.
    fn missing(&self) -> Option<PageRequest> {
        let after = self.after.filter(|_| self.waiting.is_empty())?;
        Some(PageRequest {
            window: Window::After(after),
            limit: ROWS_AT_A_TIME,
        })
    }

    fn take_in(&mut self, page: Page<T>) {
        self.after = page.newer;
        self.waiting.extend(page.rows.into_iter().rev());
    }

    fn is_at_end(&self) -> bool {
        self.waiting.is_empty() && self.after.is_none()
    }
}

impl Chats {
    /// All that was said in a chat, oldest first, with the team's notes if they are wanted.
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn export_chat(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        include_notes: bool,
    ) -> Result<ChatExport, Error> {
        actor.require(Permission::ChatsRead)?;
        let now = self.ports.clock.now();
        let organization_id = actor.organization_id();
        let uow = self.ports.store.begin(organization_id).await?;
        let overview = find_overview(uow.as_ref(), actor, chat_id).await?;
        let organization = uow.organizations().current().await?;
        let organization = organization.ok_or(Error::NotFound("organization"))?;
        let target = AuditTarget::new(AuditTargetKind::Chat, chat_id);
        let entry = AuditEntry {
            after: Some(json!({"includeNotes": include_notes})),
            ..actor.entry(AuditAction::ChatExported, target, now)
        };
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(ChatExport {
            overview,
            organization_name: organization.name,
            timezone: organization.timezone,
            exported_at: now,
            ports: self.ports.clone(),
            organization_id,
            messages: Lane::from_the_oldest(),
            notes: if include_notes {
                Lane::from_the_oldest()
            } else {
                Lane::empty()
            },
        })
    }
}

impl ChatExport {
    /// The next entries, oldest first; none at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<ExportEntry>>, Error> {
        let data = self.ports.store.read(self.organization_id);
        let chat_id = self.overview.chat.id;
        if let Some(page) = self.messages.missing() {
            let page = data.messages().list(chat_id, page).await?;
            self.messages.take_in(page);
        }
        if let Some(page) = self.notes.missing() {
            self.notes.take_in(data.notes().list(chat_id, page).await?);
        }
        if self.messages.is_at_end() && self.notes.is_at_end() {
            return Ok(None);
        }
        let (messages, notes) = self.take_next();
        merge(data.as_ref(), messages, notes).await.map(Some)
    }

    /// What can be told now: up to where one of the two must be fetched from first.
    fn take_next(&mut self) -> (Vec<Message>, Vec<Note>) {
        let (mut messages, mut notes) = (Vec::new(), Vec::new());
        loop {
            let message = self.messages.waiting.front().map(|it| it.created_at);
            let note = self.notes.waiting.front().map(|it| it.created_at);
            let is_message_next = match (message, note) {
                (Some(message), Some(note)) => message <= note,
                (Some(_), None) if self.notes.is_at_end() => true,
                (None, Some(_)) if self.messages.is_at_end() => false,
                _ => return (messages, notes),
            };
            if is_message_next {
                messages.extend(self.messages.waiting.pop_front());
            } else {
                notes.extend(self.notes.waiting.pop_front());
            }
        }
    }
}

/// Both in one list, with names.
async fn merge(
    data: &dyn Repositories,
    messages: Vec<Message>,
    notes: Vec<Note>,
) -> Result<Vec<ExportEntry>, Error> {
    let senders: Vec<_> = messages.iter().filter_map(|it| it.sent_by).collect();
    let names = data.members().names(&senders).await?;
    let mut notes = with_authors(data, notes).await?.into_iter().peekable();
    let mut entries = Vec::with_capacity(messages.len() + notes.len());
    for message in messages {
        while let Some(note) = notes.next_if(|it| it.note.created_at < message.created_at) {
            entries.push(ExportEntry::Note(note));
        }
        let sender = names
            .iter()
            .find(|name| Some(name.user_id) == message.sent_by);
        entries.push(ExportEntry::Message {
            sender: sender.cloned(),
            message: Box::new(message),
        });
    }
    entries.extend(notes.map(ExportEntry::Note));
    Ok(entries)
}
