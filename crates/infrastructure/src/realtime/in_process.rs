use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    organizations::OrganizationId,
    realtime::{Hint, Presence, Realtime},
};
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::sync::broadcast::{self, error::RecvError};

/// How far a subscriber may fall behind before it is told that hints were lost.
const CAPACITY: usize = 1024;

/// Reaches the subscribers of this process alone.
#[derive(Clone)]
pub struct InProcessRealtime {
    hints: broadcast::Sender<Hint>,
}

impl InProcessRealtime {
    pub fn new() -> Self {
        Self {
            hints: broadcast::Sender::new(CAPACITY),
        }
    }

    pub(super) fn hint(&self, hint: Hint) {
        // It fails only if nobody listens, and then nobody misses it.
        let _ = self.hints.send(hint);
    }
}

impl Default for InProcessRealtime {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Realtime for InProcessRealtime {
    async fn announce(&self, organization: OrganizationId) {
        self.hint(Hint::Grown(organization));
    }

    async fn tell(&self, organization: OrganizationId, presence: Presence) {
        self.hint(Hint::Presence(organization, Arc::new(presence)));
    }

    async fn subscribe(&self) -> BoxStream<'static, Hint> {
        let receiver = self.hints.subscribe();
        stream::unfold(receiver, |mut receiver| async {
            match receiver.recv().await {
                Ok(hint) => Some((hint, receiver)),
                Err(RecvError::Lagged(_)) => Some((Hint::Unknown, receiver)),
                Err(RecvError::Closed) => None,
            }
        })
        .boxed()
    }
}
