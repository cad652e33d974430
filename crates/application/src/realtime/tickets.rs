use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{auth::TokenHash, organizations::Permission};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::Realtime;
use crate::{Actor, Error, auth::Client};

/// Lets a browser open one socket: it cannot send its access token with it, and a URL is no
/// place for one.
pub struct Ticket {
    pub secret: SecretString,
    pub expires_in: Duration,
}

impl Ticket {
    const LIFETIME: Duration = Duration::from_secs(30);
}

impl Realtime {
    #[tracing::instrument(skip_all)]
    pub async fn issue_ticket(&self, actor: &Actor) -> Result<Ticket, Error> {
        actor.require(Permission::ChatsRead)?;
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(Error::internal)?;
        let secret = BASE64_URL_SAFE_NO_PAD.encode(random);
        let expires_at = self.ports.clock.now() + Ticket::LIFETIME;
        let system = self.ports.store.begin_system().await?;
        system
            .sessions()
            .insert_ticket(&hash(&secret), actor.session_id(), expires_at)
            .await?;
        system.commit().await?;
        Ok(Ticket {
            secret: secret.into(),
            expires_in: Ticket::LIFETIME,
        })
    }

    /// Whom the ticket was issued to. It is used up by this.
    #[tracing::instrument(skip_all)]
    pub async fn redeem_ticket(&self, ticket: &str, client: Client) -> Result<Actor, Error> {
        let now = self.ports.clock.now();
        let system = self.ports.store.begin_system().await?;
        let session = system.sessions().redeem_ticket(&hash(ticket), now).await?;
        let signed_in = match session {
            Some(id) => system.sessions().signed_in(id, now).await?,
            None => None,
        };
        system.commit().await?;
        let signed_in = signed_in.ok_or(Error::Unauthenticated {
            code: "invalid_ticket",
            detail: "the ticket is unknown, used or expired: ask for a new one",
        })?;
        Ok(Actor::new(signed_in, client))
    }
}

fn hash(ticket: &str) -> TokenHash {
    TokenHash(Sha256::digest(ticket).into())
}
