//! Conversations: a chat joins one of the organization's numbers to one person.

mod annotation;
mod assignment;
mod automation;
mod business_hours;
mod canned_reply;
mod change;
mod chat;
mod contact_card;
mod content;
mod cycle;
mod fault;
mod interactive;
mod label;
mod message;
mod named_product;
mod note;
mod priority;
mod repository;
mod retention;
mod search;
mod sight;
mod status;
mod template;
mod variable_text;

pub use assignment::{AssignmentRepository, AssignmentSettings, Candidate, Turn};
pub use automation::{Automation, AutomationRepository, Greeting, LastAutomatic, Occasion};
pub use business_hours::{BusinessHours, DaySlots, DaySlotsError, DayTime, DayTimeError, Slot};
pub use canned_reply::{
    CannedReply, CannedReplyId, CannedReplyRepository, Shortcut, ShortcutError,
};
pub use change::{ChatChange, SnoozeError};
pub use chat::{Chat, ChatError, ChatId, ChatOverview, ChatStatus, Person};
pub use contact_card::{
    CardAddress, CardEmail, CardName, CardOrganization, CardPhone, CardUrl, ContactCard,
    MAX_CONTACT_CARDS,
};
pub use content::{
    Attachment, Cart, CartItem, Location, MessageContent, Text, TextError, is_emoji,
};
pub use cycle::Cycle;
pub use fault::{ContentFault, ContentFaults};
pub use interactive::{
    Action, Interactive, InteractiveHeader, ListRow, ListSection, ProductSection, ReplyButton,
};
pub use label::{Label, LabelCount, LabelError};
pub use message::{
    Direction, Message, MessageError, MessageId, MessageOrigin, MessageStatus, Reaction, ReplyTo,
    RetryError,
};
pub use named_product::NamedProduct;
pub use note::{Note, NoteId, NoteRepository};
pub use priority::Priority;
pub use repository::{AssigneeFilter, ChatFilter, ChatRepository, MessageRepository};
pub use retention::{Expired, MessageRetention, Retention, RetentionError};
pub use search::{
    Excerpt, ExcerptPart, FoundMessage, Lookup, MessageFilter, MessageSearch, SearchQuery,
    SearchQueryError, terms,
};
pub use sight::{AgentsSee, Sight};
pub use status::{ReportedStatus, StatusReport};
pub use template::{ButtonParameter, TemplateButton, TemplateHeader, TemplateUse};
pub use variable_text::{Variable, VariableText, VariableTextError, VariableValues};
