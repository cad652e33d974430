//! Conversations: reading them and writing in them.

mod addressee;
mod annotating;
mod assign_chats;
mod becoming;
mod canned_replies;
mod create_canned_reply;
mod create_note;
mod deliver_message;
mod draft;
mod end_snooze;
mod expire_messages;
mod export_chat;
mod get_assignment_settings;
mod get_automation;
mod get_chat;
mod list_canned_replies;
mod list_chats;
mod list_labels;
mod list_messages;
mod list_notes;
mod mark_read;
mod meeting;
mod notes;
mod pacing;
mod reaching;
mod remove_canned_reply;
mod remove_note;
mod retry_message;
mod search_messages;
mod send_message;
mod send_to;
mod settling;
mod show_typing;
mod sight;
mod update_assignment_settings;
mod update_automation;
mod update_canned_reply;
mod update_chat;
mod update_note;

pub use addressee::Addressee;
pub(crate) use annotating::annotate;
pub(crate) use assign_chats::assign_later;
pub(crate) use becoming::{
    Became, Newcomers, customer_of, make_customers, newcomers, tell as tell_of_customers,
};
pub use draft::{Draft, HeaderDraft, TemplateDraft};
pub use export_chat::{ChatExport, ExportEntry};
pub use get_automation::AutomationNow;
pub use list_canned_replies::{CannedReplyList, RenderedReply};
pub use list_chats::ChatList;
pub use list_messages::MessageList;
pub use list_notes::NoteList;
pub(crate) use meeting::{find_or_open_chat, make_contact, meet};
pub use notes::AuthoredNote;
pub(crate) use reaching::{mark_undeliverable, note_reached, tell_of_chats};
pub use send_message::SendMessage;
pub use send_to::SendTo;
pub(crate) use sight::{find_chat, record_reassignment, sees_file, sight_of, those_seen};
pub use update_assignment_settings::UpdateAssignmentSettings;
pub use update_automation::{GreetingDraft, HoursDraft, SlotDraft, UpdateAutomation};
pub use update_canned_reply::UpdateCannedReply;
pub use update_chat::UpdateChat;
pub use update_note::UpdateNote;

use crate::{Ports, whatsapp::WhatsApp};

#[derive(Clone)]
pub struct Chats {
    ports: Ports,
    whatsapp: WhatsApp,
}

impl Chats {
    pub(crate) fn new(ports: Ports, whatsapp: WhatsApp) -> Self {
        Self { ports, whatsapp }
    }
}
