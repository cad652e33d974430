use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::SessionId,
    store::SystemUnitOfWork,
};

use super::{
    Auth, Client, Tokens,
    session::{self, end_session},
};
use crate::Error;

impl Auth {
    /// Exchanges a refresh token for the session's next pair. A token that comes a second
    /// time was stolen, by the one who uses it now or the one who did before: the session
    /// ends, also when it was only that the first answer got lost on its way.
    #[tracing::instrument(skip_all)]
    pub async fn refresh(&self, refresh_token: &str, client: Client) -> Result<Tokens, Error> {
        let hash = self.opaque_tokens.hash(refresh_token);
        let now = self.ports.clock.now();
        let system = self.ports.store.begin_system().await?;
        let sessions = system.sessions();
        let token = sessions.find_refresh_token(&hash).await?;
        let session_id = token.ok_or_else(invalid)?.session_id;
        let signed_in = sessions.signed_in(session_id, now).await?;
        // Before the token, as it locks the session: whoever ends that takes the same order.
        sessions
            .prolong(session_id, now, now + session::LIFETIME)
            .await?;
        if !sessions.spend_refresh_token(&hash, now).await? {
            return Err(self.end_stolen_session(system, session_id, &client).await?);
        }
        let signed_in = signed_in.ok_or_else(invalid)?;
        let tokens = self.issue_tokens(&*system, &signed_in, now).await?;
        system.commit().await?;
        Ok(tokens)
    }

    /// Answers what to tell whoever presented the spent token.
    async fn end_stolen_session(
        &self,
        system: Box<dyn SystemUnitOfWork>,
        id: SessionId,
        client: &Client,
    ) -> Result<Error, Error> {
        let Some(session) = system.sessions().find(id).await? else {
            // Ended since the token was found.
            return Ok(invalid());
        };
        tracing::warn!(session.id = %id, "a spent refresh token came again: the session ends");
        end_session(&*system, session.organization_id, id).await?;
        let target = AuditTarget::new(AuditTargetKind::Session, id);
        let now = self.ports.clock.now();
        let entry = client.entry(None, AuditAction::RefreshTokenReused, target, now);
        let uow = system.narrow(session.organization_id);
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(Error::Unauthenticated {
            code: "refresh_token_reused",
            detail: "the refresh token was used before: sign in again",
        })
    }
}

fn invalid() -> Error {
    Error::Unauthenticated {
        code: "invalid_refresh_token",
        detail: "the refresh token is unknown, or its session is over: sign in again",
    }
}
