use super::Auth;
use crate::{Actor, Error};

impl Auth {
    /// Ends the actor's session.
    #[tracing::instrument(skip_all)]
    pub async fn logout(&self, actor: &Actor) -> Result<(), Error> {
        let system = self.ports.store.begin_system().await?;
        Self::end_session(system, actor.session_id()).await
    }
}
