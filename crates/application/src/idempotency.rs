//! Answering a repeated request as it was answered before.

use std::time::Duration;

use domain::store::{KeptAnswer, KeyState};

use crate::{Actor, Error, Ports};

/// How long a request may run before its key is taken for abandoned: its process has died.
const CLAIM: Duration = Duration::from_mins(1);

#[derive(Clone)]
pub struct Idempotency {
    ports: Ports,
}

/// What to do with a request that carries an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// It comes for the first time: do it, then `keep` its answer or `release` the key.
    First,
    /// It was answered before.
    Again(KeptAnswer),
    /// The key was used for another request.
    Reused,
}

impl Idempotency {
    pub(crate) fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Claims the key for a request of this fingerprint. A conflict if that request, or
    /// another one with the key, is still running.
    pub async fn claim(
        &self,
        actor: &Actor,
        key: &str,
        fingerprint: [u8; 32],
    ) -> Result<Replay, Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let state = uow
            .idempotency_keys()
            .claim(key, &fingerprint, now, now + CLAIM)
            .await?;
        uow.commit().await?;
        match state {
            KeyState::Claimed => Ok(Replay::First),
            KeyState::InProgress => Err(Error::conflict(
                "idempotency_in_progress",
                "a request with this `Idempotency-Key` is still running",
            )),
            KeyState::Answered {
                fingerprint: first,
                answer,
            } if first == fingerprint => Ok(Replay::Again(answer)),
            KeyState::Answered { .. } => Ok(Replay::Reused),
        }
    }

    pub async fn keep(&self, actor: &Actor, key: &str, answer: &KeptAnswer) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        uow.idempotency_keys().keep(key, answer, now).await?;
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
