//! Waking those who wait for an organization's next event.

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use crate::organizations::OrganizationId;

/// Carries hints, not events: the event log is the truth, and a lost hint only delays it.
#[async_trait]
pub trait Realtime: Send + Sync {
    /// Tells every instance that the organization's event log has grown. Never fails the
    /// caller, whose work is already committed: adapters log what goes wrong.
    async fn announce(&self, organization: OrganizationId);

    /// The hints of all instances, from now on.
    async fn subscribe(&self) -> BoxStream<'static, Hint>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// This organization's log has grown.
    Grown(OrganizationId),
    /// Hints may have been lost: any log may have grown.
    Unknown,
}
