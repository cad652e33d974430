use std::time::Duration;

use domain::job::Job;

use super::Auth;
use crate::{
    Actor, Error,
    throttle::{Limit, throttle},
};

const LIMIT: Limit = Limit {
    name: "resend-verification",
    count: 3,
    period: Duration::from_hours(1),
};

impl Auth {
    /// Has the mail that asks to confirm the address sent again, unless it is confirmed.
    #[tracing::instrument(skip_all)]
    pub async fn resend_verification(&self, actor: &Actor) -> Result<(), Error> {
        let system = self.ports.store.read_system();
        let user = system.users().find(actor.user_id()).await?;
        let user = user.ok_or(Error::NotFound("user"))?;
        if user.email_verified {
            return Ok(());
        }
        throttle(&self.ports, &[(LIMIT, user.id)]).await?;
        let system = self.ports.store.begin_system().await?;
        system.enqueue(Job::SendEmailVerification { user_id: user.id });
        system.commit().await?;
        Ok(())
    }
}
