use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    auth::{RefreshToken, Session, SessionId, SignedIn, User},
    event::Event,
    id::Id,
    organizations::{OrganizationId, Role},
    store::SystemUnitOfWork,
};

use super::{
    Auth, Client, Profile, Tokens, access_token::AccessTokens, opaque_token::OpaqueTokens,
};
use crate::Error;

/// A session that is not used for this long is over.
pub(super) const LIFETIME: Duration = Duration::from_hours(30 * 24);

impl Auth {
    pub(super) async fn open_session(
        &self,
        user: &User,
        organization_id: OrganizationId,
        role: Role,
        client: Client,
    ) -> Result<Tokens, Error> {
        let now = self.ports.clock.now();
        let session = Session {
            id: Id::generate(),
            user_id: user.id,
            organization_id,
            user_agent: client.user_agent,
            address: client.address.map(|address| address.to_string()),
            created_at: now,
            last_used_at: now,
            expires_at: now + LIFETIME,
        };
        let signed_in = SignedIn {
            session_id: session.id,
            user_id: user.id,
            organization_id,
            role,
        };
        let system = self.ports.store.begin_system().await?;
        system.sessions().insert(&session).await?;
        let tokens = self.issue_tokens(&*system, &signed_in, now).await?;
        system.commit().await?;
        Ok(tokens)
    }

    /// The next pair of tokens of a session.
    pub(super) async fn issue_tokens(
        &self,
        system: &dyn SystemUnitOfWork,
        signed_in: &SignedIn,
        now: DateTime<Utc>,
    ) -> Result<Tokens, Error> {
        let refresh_token = OpaqueTokens::generate()?;
        system
            .sessions()
            .insert_refresh_token(&RefreshToken {
                hash: self.refresh_tokens.hash(&refresh_token),
                session_id: signed_in.session_id,
                created_at: now,
                spent_at: None,
            })
            .await?;
        Ok(Tokens {
            access_token: self.access_tokens.issue(signed_in, now)?,
            refresh_token,
            expires_in: AccessTokens::LIFETIME,
        })
    }

    /// Ends the session, if it is not over already, and tells those who watch.
    pub(super) async fn end_session(
        system: Box<dyn SystemUnitOfWork>,
        id: SessionId,
    ) -> Result<(), Error> {
        let Some(session) = system.sessions().find(id).await? else {
            return Ok(());
        };
        if system.sessions().end(id).await? {
            let uow = system.narrow(session.organization_id);
            uow.record(Event::SessionEnded { session_id: id });
            uow.commit().await?;
        }
        Ok(())
    }

    pub(super) async fn profile(
        &self,
        user: User,
        organization_id: OrganizationId,
        role: Role,
    ) -> Result<Profile, Error> {
        let repositories = self.ports.store.read(organization_id);
        let organization = repositories.organizations().current().await?;
        Ok(Profile {
            user,
            organization: organization
                .ok_or_else(|| Error::internal("a member's organization is missing"))?,
            role,
        })
    }
}
