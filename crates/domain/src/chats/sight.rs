//! Which chats somebody sees.

use serde::{Deserialize, Serialize};

use super::AssigneeFilter;
use crate::{
    auth::UserId,
    organizations::{Permission, Role},
};

/// What an organization lets those see who may not see all chats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentsSee {
    #[default]
    All,
    OwnAndUnassigned,
}

impl AgentsSee {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::OwnAndUnassigned => "own_and_unassigned",
        }
    }

    pub fn sight_of(self, user_id: UserId, role: Role) -> Sight {
        match self {
            Self::OwnAndUnassigned if !role.may(Permission::AllChatsRead) => {
                Sight::OwnAndUnassigned(user_id)
            }
            _ => Sight::All,
        }
    }
}

/// Which chats somebody sees. What is out of sight is as if it were not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sight {
    #[default]
    All,
    OwnAndUnassigned(UserId),
}

impl Sight {
    /// Whether a chat of this assignee is seen.
    pub fn sees(self, assignee: Option<UserId>) -> bool {
        match self {
            Self::All => true,
            Self::OwnAndUnassigned(own) => assignee.is_none_or(|id| id == own),
        }
    }

    /// The chats of the filter that are seen, as filters of which no two have a chat in
    /// common.
    pub fn within(self, filter: Option<AssigneeFilter>) -> Vec<Option<AssigneeFilter>> {
        match (self, filter) {
            (Self::OwnAndUnassigned(own), None) => vec![
                Some(AssigneeFilter::User(own)),
                Some(AssigneeFilter::Nobody),
            ],
            (_, Some(AssigneeFilter::User(id))) if !self.sees(Some(id)) => Vec::new(),
            (_, filter) => vec![filter],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[test]
    fn only_agents_are_limited_and_only_if_the_organization_wants_it() {
        let id = Id::generate();
        let limited = AgentsSee::OwnAndUnassigned;
        assert_eq!(AgentsSee::All.sight_of(id, Role::Agent), Sight::All);
        assert_eq!(limited.sight_of(id, Role::Admin), Sight::All);
        assert_eq!(limited.sight_of(id, Role::Owner), Sight::All);
        let agent = limited.sight_of(id, Role::Agent);
        assert_eq!(agent, Sight::OwnAndUnassigned(id));
    }

    #[test]
    fn a_limited_agent_sees_own_chats_and_those_of_nobody() {
        let (own, other) = (Id::generate(), Id::generate());
        let sight = Sight::OwnAndUnassigned(own);
        assert!(sight.sees(None) && sight.sees(Some(own)));
        assert!(!sight.sees(Some(other)));
        assert!(Sight::All.sees(Some(other)));
        let of = |id| Some(AssigneeFilter::User(id));
        let nobody = Some(AssigneeFilter::Nobody);
        assert_eq!(sight.within(None), [of(own), nobody]);
        assert_eq!(sight.within(nobody), [nobody]);
        assert_eq!(sight.within(of(own)), [of(own)]);
        assert_eq!(sight.within(of(other)), []);
        assert_eq!(Sight::All.within(None), [None]);
        assert_eq!(Sight::All.within(of(other)), [of(other)]);
    }
}
