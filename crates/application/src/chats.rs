//! Conversations: reading them and writing in them.

mod addressee;
mod deliver_message;
mod draft;
mod get_chat;
mod list_chats;
mod list_messages;
mod mark_read;
mod pacing;
mod retry_message;
mod send_message;
mod send_to;
mod settling;

pub use addressee::Addressee;
pub use draft::Draft;
pub use list_chats::ChatList;
pub use list_messages::MessageList;
pub use send_message::SendMessage;
pub use send_to::SendTo;

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
