//! Answering a repeated request as it was answered before.

use std::time::Duration;

use domain::store::{KeptAnswer, KeyState};

use crate::{Actor, Error, Ports};

#[derive(Clone)]
pub struct Idempotency {
    ports: Ports,
}

/// What to do with a request that carries an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// It comes for the first time: do it, then `keep` its answer or `release` the key.
    First,
    /// A request of this fingerprint was answered before.
    Again {
        fingerprint: [u8; 32],
        answer: KeptAnswer,
    },
}

impl Idempotency {
    pub(crate) fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Claims the key for a request that takes `within` at most. A conflict if another one
    /// with the key is still running.
    pub async fn claim(&self, actor: &Actor, key: &str, within: Duration) -> Result<Replay, Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let state = uow.idempotency_keys().claim(key, now, now + within).await?;
        uow.commit().await?;
        match state {
            KeyState::Claimed => Ok(Replay::First),
            KeyState::InProgress => Err(Error::conflict(
                "idempotency_in_progress",
                "a request with this `Idempotency-Key` is still running",
            )),
            KeyState::Answered {
                fingerprint,
                answer,
            } => Ok(Replay::Again {
                fingerprint,
                answer,
            }),
        }
    }

    pub async fn keep(
        &self,
        actor: &Actor,
        key: &str,
        fingerprint: &[u8; 32],
        answer: &KeptAnswer,
    ) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        uow.idempotency_keys()
            .keep(key, fingerprint, answer, now)
            .await?;
        uow.commit().await?;
        Ok(())
    }

    /// Gives the key back, as the request has failed in a way that a repetition may mend.
    pub async fn release(&self, actor: &Actor, key: &str) -> Result<(), Error> {
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        uow.idempotency_keys().release(key).await?;
        uow.commit().await?;
        Ok(())
    }
}
