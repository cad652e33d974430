use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::{RefreshToken, Session, SessionId, SignedIn, User, UserId},
    event::Event,
    id::Id,
    organizations::{OrganizationId, Role},
    store::SystemUnitOfWork,
};

use super::{
    Auth, Client, Profile, Tokens, access_token::AccessTokens, login::invalid_credentials,
    opaque_token::OpaqueTokens,
};
use crate::Error;

/// A session that is not used for this long is over.
pub(super) const LIFETIME: Duration = Duration::from_hours(30 * 24);

impl Auth {
    /// Begins a session of somebody whose right to it was proven before.
    pub(super) async fn open_session(
        &self,
        user: &User,
        organization_id: OrganizationId,
        role: Role,
        client: Client,
    ) -> Result<Tokens, Error> {
        let system = self.ports.store.begin_system().await?;
        // Sessions that begin with a password that was just changed would outlive the change.
        let current = system.users().lock(user.id).await?;
        if current.is_none_or(|current| current.password_hash != user.password_hash) {
            return Err(invalid_credentials());
        }
        self.open_session_within(system, user, organization_id, role, client)
            .await
    }

    /// The same as the last step of a unit of work.
    pub(super) async fn open_session_within(
        &self,
        system: Box<dyn SystemUnitOfWork>,
        user: &User,
        organization_id: OrganizationId,
        role: Role,
        client: Client,
    ) -> Result<Tokens, Error> {
        let now = self.ports.clock.now();
        let id = Id::generate();
        let target = AuditTarget::new(AuditTargetKind::Session, id);
        let entry = client.entry(Some(user.id), AuditAction::SessionStarted, target, now);
        let session = Session {
            id,
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
        system.sessions().insert(&session).await?;
        let tokens = self.issue_tokens(&*system, &signed_in, now).await?;
        let uow = system.narrow(organization_id);
        uow.members().signed_in(user.id, now).await?;
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
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
                hash: self.opaque_tokens.hash(&refresh_token),
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

/// Ends a session with this unit of work, and tells those who watch. False if it was over
/// already.
pub(super) async fn end_session(
    system: &dyn SystemUnitOfWork,
    organization_id: OrganizationId,
    id: SessionId,
) -> Result<bool, Error> {
    let is_ended = system.sessions().end(id).await?;
    if is_ended {
        system.record(organization_id, Event::SessionEnded { session_id: id });
    }
    Ok(is_ended)
}

/// Ends a user's sessions with this unit of work, in one organization or in all, but for the
/// one that stays, and tells those who watch. Answers how many there were.
pub(crate) async fn end_sessions(
    system: &dyn SystemUnitOfWork,
    user_id: UserId,
    organization: Option<OrganizationId>,
    stays: Option<SessionId>,
) -> Result<usize, Error> {
    let ended = system
        .sessions()
        .end_all(user_id, organization, stays)
        .await?;
    let count = ended.len();
    for (organization_id, session_id) in ended {
        system.record(organization_id, Event::SessionEnded { session_id });
    }
    Ok(count)
}
