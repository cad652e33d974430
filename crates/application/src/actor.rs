use domain::{
    auth::{SessionId, SignedIn, UserId},
    organizations::{OrganizationId, Role},
};

use crate::Error;

/// Who acts, in which organization, with which rights. Only a living session yields one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor(SignedIn);

impl Actor {
    pub(crate) fn new(signed_in: SignedIn) -> Self {
        Self(signed_in)
    }

    pub fn user_id(&self) -> UserId {
        self.0.user_id
    }

    pub fn organization_id(&self) -> OrganizationId {
        self.0.organization_id
    }

    pub fn session_id(&self) -> SessionId {
        self.0.session_id
    }

    pub fn role(&self) -> Role {
        self.0.role
    }

    /// Refuses whoever has less than this role.
    pub fn require(&self, role: Role) -> Result<(), Error> {
        if self.0.role >= role {
            Ok(())
        } else {
            Err(Error::Forbidden { needs: role })
        }
    }
}
