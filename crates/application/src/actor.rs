use domain::{
    auth::{SessionId, SignedIn, UserId},
    organizations::{OrganizationId, Permission, Role},
};

use crate::{Error, auth::Client};

/// Who acts, from where, in which organization, with which rights. Only a living session
/// yields one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    signed_in: SignedIn,
    client: Client,
}

impl Actor {
    pub(crate) fn new(signed_in: SignedIn, client: Client) -> Self {
        Self { signed_in, client }
    }

    pub fn user_id(&self) -> UserId {
        self.signed_in.user_id
    }

    pub fn organization_id(&self) -> OrganizationId {
        self.signed_in.organization_id
    }

    pub fn session_id(&self) -> SessionId {
        self.signed_in.session_id
    }

    pub fn role(&self) -> Role {
        self.signed_in.role
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Refuses whoever may not.
    pub fn require(&self, permission: Permission) -> Result<(), Error> {
        if self.role().may(permission) {
            Ok(())
        } else {
            Err(Error::Forbidden {
                needs: permission.role(),
            })
        }
    }
}
