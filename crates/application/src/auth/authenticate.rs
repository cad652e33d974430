use super::Auth;
use crate::{Actor, Error};

impl Auth {
    /// Whom an access token stands for. The session is asked each time, so that what ends it
    /// or changes the role takes effect at once.
    pub async fn authenticate(&self, access_token: &str) -> Result<Actor, Error> {
        let now = self.ports.clock.now();
        let session_id = self.access_tokens.verify(access_token, now)?;
        let system = self.ports.store.read_system();
        let signed_in = system.sessions().signed_in(session_id, now).await?;
        signed_in.map(Actor::new).ok_or(Error::Unauthenticated {
            code: "session_ended",
            detail: "the session is over: sign in again",
        })
    }
}
