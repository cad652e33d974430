use std::sync::Arc;

use domain::{
    chats::ChatId, event::LoggedEvent, organizations::MemberName, realtime::PresentAgent,
};

/// What a hub tells its watchers.
#[derive(Clone)]
pub(super) enum News {
    Event(Arc<LoggedEvent>),
    Presence(Arc<PresenceNews>),
}

/// What has changed of who is there. It has no number, and nobody catches up with it: whoever
/// comes is told all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresenceNews {
    /// Nobody else is there, and nobody types of whom it is not told after this.
    All(Vec<PresentAgent>),
    Here(PresentAgent),
    Gone(MemberName),
    Typing {
        agent: MemberName,
        chat_id: ChatId,
        typing: bool,
    },
}
