use crate::{Actor, Error, auth::Auth};

/// How the actor's second factor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwoFactorStatus {
    pub is_enabled: bool,
    pub recovery_codes_left: u64,
}

impl Auth {
    #[tracing::instrument(skip_all)]
    pub async fn get_two_factor_status(&self, actor: &Actor) -> Result<TwoFactorStatus, Error> {
        let system = self.ports.store.read_system();
        let user = system.users().find(actor.user_id()).await?;
        let user = user.ok_or(Error::NotFound("user"))?;
        Ok(TwoFactorStatus {
            is_enabled: user.two_factor.is_on(),
            recovery_codes_left: system.users().count_recovery_codes(user.id).await?,
        })
    }
}
