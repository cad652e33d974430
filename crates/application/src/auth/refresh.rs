use super::{Auth, Tokens, session};
use crate::Error;

impl Auth {
    /// Exchanges a refresh token for the session's next pair. A token that comes a second
    /// time was stolen, by the one who uses it now or the one who did before: the session ends.
    #[tracing::instrument(skip_all)]
    pub async fn refresh(&self, refresh_token: &str) -> Result<Tokens, Error> {
        let hash = self.refresh_tokens.hash(refresh_token);
        let now = self.ports.clock.now();
        let system = self.ports.store.begin_system().await?;
        let sessions = system.sessions();
        let token = sessions.find_refresh_token(&hash).await?;
        let session_id = token.ok_or_else(invalid)?.session_id;
        if !sessions.spend_refresh_token(&hash, now).await? {
            tracing::warn!(session.id = %session_id, "a spent refresh token came again: the session ends");
            Self::end_session(system, session_id).await?;
            return Err(Error::Unauthenticated {
                code: "refresh_token_reused",
                detail: "the refresh token was used before: sign in again",
            });
        }
        let signed_in = sessions.signed_in(session_id, now).await?;
        let signed_in = signed_in.ok_or_else(invalid)?;
        sessions
            .prolong(session_id, now, now + session::LIFETIME)
            .await?;
        let tokens = self.issue_tokens(&*system, &signed_in, now).await?;
        system.commit().await?;
        Ok(tokens)
    }
}

fn invalid() -> Error {
    Error::Unauthenticated {
        code: "invalid_refresh_token",
        detail: "the refresh token is unknown, or its session is over: sign in again",
    }
}
