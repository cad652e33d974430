use application::realtime::PresenceNews;
use domain::{organizations::MemberName, realtime::PresentAgent};
use serde::Serialize;
use uuid::Uuid;

use crate::organizations::MemberNameResponse;

/// Who is there and who types.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(super) enum PresenceData {
    Present {
        /// Whether these are all who are online. Else the others are as they were.
        all: bool,
        agents: Vec<Agent>,
    },
    Typing {
        chat_id: Uuid,
        agent: MemberNameResponse,
        typing: bool,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Agent {
    #[serde(flatten)]
    name: MemberNameResponse,
    online: bool,
    viewing: Vec<Uuid>,
}

impl PresenceData {
    /// With the frame's type.
    pub(super) fn of(news: &PresenceNews) -> (&'static str, Self) {
        let present = |all, agents| ("presence", Self::Present { all, agents });
        match news {
            PresenceNews::All(agents) => present(true, agents.iter().map(Agent::from).collect()),
            PresenceNews::Here(agent) => present(false, vec![agent.into()]),
            PresenceNews::Gone(agent) => present(false, vec![Agent::gone(agent)]),
            PresenceNews::Typing {
                agent,
                chat_id,
                typing,
            } => (
                "typing",
                Self::Typing {
                    chat_id: chat_id.uuid(),
                    agent: agent.clone().into(),
                    typing: *typing,
                },
            ),
        }
    }
}

impl Agent {
    fn gone(agent: &MemberName) -> Self {
        Self {
            name: agent.clone().into(),
            online: false,
            viewing: Vec::new(),
        }
    }
}

impl From<&PresentAgent> for Agent {
    fn from(present: &PresentAgent) -> Self {
        Self {
            name: present.agent.clone().into(),
            online: true,
            viewing: present.viewing.iter().map(|chat| chat.uuid()).collect(),
        }
    }
}
