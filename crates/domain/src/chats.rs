//! Conversations: a chat joins one of the organization's numbers to one person.

mod annotation;
mod chat;
mod content;
mod message;
mod repository;
mod status;

pub use chat::{Chat, ChatError, ChatId, ChatOverview, ChatStatus, Person};
pub use content::{
    Attachment, Cart, CartItem, Location, MessageContent, TemplateUse, Text, TextError,
};
pub use message::{
    Direction, Message, MessageError, MessageId, MessageStatus, Reaction, ReplyTo, RetryError,
};
pub use repository::{ChatFilter, ChatRepository, MessageRepository};
pub use status::{ReportedStatus, StatusReport};
