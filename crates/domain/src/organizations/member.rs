use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Availability, Permission, Role};
use crate::{
    auth::{EmailAddress, UserId},
    text::PhoneNumber,
};

/// Somebody's place in an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub user_id: UserId,
    pub role: Role,
    /// Who is not active cannot sign in to the organization.
    pub active: bool,
    pub availability: Availability,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub last_signed_in_at: Option<DateTime<Utc>>,
    /// Counts changes, from 1.
    pub version: i64,
}

/// A member with what the others see of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberProfile {
    pub member: Member,
    pub first_name: String,
    pub last_name: String,
    pub email: EmailAddress,
    pub phone_number: PhoneNumber,
    pub email_verified: bool,
    pub two_factor_enabled: bool,
}

/// What somebody is called who is, or was, a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberName {
    pub user_id: UserId,
    pub first_name: String,
    pub last_name: String,
    /// Whether they still work here.
    pub active: bool,
}

/// What is to change of a member; what is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberChange {
    pub role: Option<Role>,
    pub active: Option<bool>,
}

/// Why a member cannot be changed as was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MemberError {
    #[error("an organization needs an active owner: make somebody else the owner first")]
    LastOwner,
    #[error("roles, and those who are owners, are changed by owners alone")]
    OwnersOnly,
    #[error("nobody can deactivate themselves")]
    Yourself,
    #[error("somebody who is not active cannot become the owner")]
    NotActive,
    #[error("this member is an owner already")]
    AlreadyOwner,
}

impl Member {
    pub fn join(user_id: UserId, role: Role, now: DateTime<Utc>) -> Self {
        Self {
            user_id,
            role,
            active: true,
            availability: Availability::default(),
            created_at: now,
            updated_at: now,
            last_signed_in_at: None,
            version: 1,
        }
    }

    /// Whether the organization counts on this member to be its owner.
    pub fn is_active_owner(&self) -> bool {
        self.active && self.role == Role::Owner
    }

    /// Whether this member may bring somebody in with this role.
    pub fn may_invite_as(&self, role: Role) -> bool {
        self.active && self.role.may(Permission::MembersWrite) && self.role >= role
    }

    /// This member after a change by that one, who may be the same. `owners` are the active
    /// owners, none of whom changes meanwhile.
    pub fn changed(
        &self,
        by: &Self,
        change: MemberChange,
        owners: &[UserId],
    ) -> Result<Self, MemberError> {
        let changed = Self {
            role: change.role.unwrap_or(self.role),
            active: change.active.unwrap_or(self.active),
            ..self.clone()
        };
        let is_more_than_activity = changed.role != self.role || self.role == Role::Owner;
        if changed != *self && is_more_than_activity && !by.role.may(Permission::RolesWrite) {
            return Err(MemberError::OwnersOnly);
        }
        if self.user_id == by.user_id && !changed.active {
            return Err(MemberError::Yourself);
        }
        if !changed.is_active_owner() {
            self.can_be_spared(owners)?;
        }
        Ok(changed)
    }

    /// Whether that member, who may be the same, may remove this one.
    pub fn removable(&self, by: &Self, owners: &[UserId]) -> Result<(), MemberError> {
        if self.role == Role::Owner && !by.role.may(Permission::RolesWrite) {
            return Err(MemberError::OwnersOnly);
        }
        self.can_be_spared(owners)
    }

    /// The owner `self`, who becomes an admin, and the one to whom the organization goes.
    pub fn hand_over(&self, to: &Self) -> Result<(Self, Self), MemberError> {
        if !self.is_active_owner() {
            return Err(MemberError::OwnersOnly);
        }
        if to.role == Role::Owner {
            return Err(MemberError::AlreadyOwner);
        }
        if !to.active {
            return Err(MemberError::NotActive);
        }
        let with = |member: &Self, role| Self {
            role,
            ..member.clone()
        };
        Ok((with(self, Role::Admin), with(to, Role::Owner)))
    }

    fn can_be_spared(&self, owners: &[UserId]) -> Result<(), MemberError> {
        if owners == [self.user_id] {
            Err(MemberError::LastOwner)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use Role::{Admin, Agent, Owner};

    use super::*;
    use crate::id::Id;

    fn member(role: Role) -> Member {
        Member::join(Id::generate(), role, DateTime::UNIX_EPOCH)
    }

    fn to_role(role: Role) -> MemberChange {
        MemberChange {
            role: Some(role),
            active: None,
        }
    }

    const DEACTIVATE: MemberChange = MemberChange {
        role: None,
        active: Some(false),
    };

    #[test]
    fn owners_alone_change_roles_and_owners() {
        let (owner, other, admin, agent) =
            (member(Owner), member(Owner), member(Admin), member(Agent));
        let owners = [owner.user_id, other.user_id];
        for (of, change) in [
            (&agent, to_role(Admin)),
            (&agent, to_role(Owner)),
            (&admin, to_role(Owner)),
            (&owner, to_role(Agent)),
            (&owner, DEACTIVATE),
        ] {
            let refused = of.changed(&admin, change, &owners);
            assert_eq!(refused, Err(MemberError::OwnersOnly), "{of:?} {change:?}");
            assert!(of.changed(&other, change, &owners).is_ok());
        }
        assert_eq!(
            owner.removable(&admin, &owners),
            Err(MemberError::OwnersOnly)
        );
        assert_eq!(owner.removable(&other, &owners), Ok(()));
    }

    #[test]
    fn an_admin_deactivates_and_removes_whoever_is_no_owner() {
        let (owner, admin) = (member(Owner), member(Admin));
        let owners = [owner.user_id];
        for other in [member(Admin), member(Agent)] {
            let changed = other.changed(&admin, DEACTIVATE, &owners).unwrap();
            assert!(!changed.active);
            assert_eq!(other.removable(&admin, &owners), Ok(()));
            // A role that stays is no change of it.
            let same = MemberChange {
                role: Some(other.role),
                ..DEACTIVATE
            };
            assert_eq!(other.changed(&admin, same, &owners), Ok(changed));
        }
    }

    #[test]
    fn the_last_active_owner_stays() {
        let owner = member(Owner);
        let last = [owner.user_id];
        let refused = owner.changed(&owner, to_role(Admin), &last);
        assert_eq!(refused, Err(MemberError::LastOwner));
        let refused = owner.removable(&owner, &last);
        assert_eq!(refused, Err(MemberError::LastOwner));

        let two = [owner.user_id, Id::generate()];
        let stepped_down = owner.changed(&owner, to_role(Admin), &two).unwrap();
        assert_eq!(stepped_down.role, Admin);
        assert_eq!(owner.removable(&owner, &two), Ok(()));
        // One who is not active is not counted on.
        let sleeping = Member {
            active: false,
            ..member(Owner)
        };
        assert!(sleeping.changed(&owner, to_role(Agent), &last).is_ok());
        assert_eq!(sleeping.removable(&owner, &last), Ok(()));
    }

    #[test]
    fn nobody_deactivates_themselves() {
        for role in [Admin, Owner] {
            let me = member(role);
            let refused = me.changed(&me, DEACTIVATE, &[me.user_id]);
            assert_eq!(refused, Err(MemberError::Yourself));
        }
    }

    #[test]
    fn ownership_goes_to_an_active_member_who_has_none() {
        let owner = member(Owner);
        let (me, heir) = owner.hand_over(&member(Agent)).unwrap();
        assert_eq!((me.role, heir.role), (Admin, Owner));
        let sleeping = Member {
            active: false,
            ..member(Admin)
        };
        assert_eq!(owner.hand_over(&sleeping), Err(MemberError::NotActive));
        assert_eq!(owner.hand_over(&owner), Err(MemberError::AlreadyOwner));
        let admin = member(Admin);
        let refused = admin.hand_over(&member(Agent));
        assert_eq!(refused, Err(MemberError::OwnersOnly));
    }

    #[test]
    fn nobody_brings_in_somebody_above_themselves() {
        let may = |role, invited| member(role).may_invite_as(invited);
        assert!(may(Owner, Owner) && may(Admin, Admin) && may(Admin, Agent));
        assert!(!may(Admin, Owner) && !may(Agent, Agent));
        let gone = Member {
            active: false,
            ..member(Owner)
        };
        assert!(!gone.may_invite_as(Agent));
    }
}
