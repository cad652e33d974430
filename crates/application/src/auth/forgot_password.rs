use std::time::Duration;

use domain::{auth::EmailAddress, job::Job, rate_limit::Permit};

use super::{Auth, Client};
use crate::{
    Error,
    throttle::{Limit, acquire, network, throttle},
};

const ADDRESS_LIMIT: Limit = Limit {
    name: "forgot-password-address",
    count: 60,
    period: Duration::from_mins(1),
};

/// Mails to one person, who may never have asked for any.
const MAIL_LIMIT: Limit = Limit {
    name: "forgot-password-mail",
    count: 5,
    period: Duration::from_hours(1),
};

impl Auth {
    /// Has a link for a new password sent. Whether the address is a user's is seen by neither
    /// the answer nor the time that it takes: a job looks, later.
    #[tracing::instrument(skip_all)]
    pub async fn forgot_password(&self, email: EmailAddress, client: &Client) -> Result<(), Error> {
        if let Some(address) = client.address {
            throttle(&self.ports, &[(ADDRESS_LIMIT, network(address))]).await?;
        }
        // Not by `throttle`: whoever asks is not to learn how often others did.
        let mails = [(MAIL_LIMIT.key(&email), MAIL_LIMIT.quota())];
        if let Permit::Denied { .. } = acquire(&self.ports, &mails).await? {
            tracing::info!("too many mails for a new password: none is sent");
            return Ok(());
        }
        let requested_at = self.ports.clock.now();
        let system = self.ports.store.begin_system().await?;
        system.enqueue(Job::SendPasswordReset {
            email,
            requested_at,
        });
        system.commit().await?;
        Ok(())
    }
}
