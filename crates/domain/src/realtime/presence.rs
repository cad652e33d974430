use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{chats::ChatId, id::Id, organizations::MemberName};

/// What instances tell each other of the agents who are connected to them. It holds for a
/// moment, is never stored, and is forgotten unless it is said again: so what a dead process
/// said ends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Presence {
    /// All agents whom the source has connected. Takes the place of what it said before.
    Here {
        source: Id<Self>,
        agents: Vec<PresentAgent>,
    },
    /// Somebody types in a chat, for so long if it is not said again.
    Typing {
        agent: MemberName,
        chat_id: ChatId,
        lasts: Duration,
    },
    /// A source that has just begun asks the others.
    WhoIsHere,
}

/// An agent who is connected, with however many tabs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentAgent {
    pub agent: MemberName,
    /// The chats that are open before them, in the order of their ids.
    pub viewing: Vec<ChatId>,
}

impl Presence {
    /// How often a source says who is here, though nothing has changed.
    pub const HEARTBEAT: Duration = Duration::from_secs(10);
    /// A source that was silent for so long is dead.
    pub const LIFETIME: Duration = Duration::from_secs(25);
    /// Clients say every few seconds that somebody still types.
    const TYPING: Duration = Duration::from_secs(6);

    pub fn typing(agent: MemberName, chat_id: ChatId) -> Self {
        Self::Typing {
            agent,
            chat_id,
            lasts: Self::TYPING,
        }
    }
}
