use super::{Auth, Client};
use crate::{Actor, Error};

impl Auth {
    /// Whom an access token stands for. The session is asked each time, so that what ends it
    /// or changes the role takes effect at once.
    pub async fn authenticate(&self, access_token: &str, client: Client) -> Result<Actor, Error> {
        let now = self.ports.clock.now();
        let session_id = self.access_tokens.verify(access_token, now)?;
        let system = self.ports.store.read_system();
        let signed_in = system.sessions().signed_in(session_id, now).await?;
        let signed_in = signed_in.ok_or_else(session_ended)?;
        Ok(Actor::new(signed_in, client))
    }
}

pub(crate) fn session_ended() -> Error {
    Error::Unauthenticated {
        code: "session_ended",
        detail: "the session is over: sign in again",
    }
}
