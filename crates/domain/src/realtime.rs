//! Waking those who wait for an organization's next event, and telling who is there.

mod presence;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

pub use presence::{Presence, PresentAgent};

use crate::organizations::OrganizationId;

/// Carries hints, not events: the event log is the truth, and a lost hint only delays it.
#[async_trait]
pub trait Realtime: Send + Sync {
    /// Tells every instance that the organization's event log has grown. Never fails the
    /// caller, whose work is already committed: adapters log what goes wrong.
    async fn announce(&self, organization: OrganizationId);

    /// Tells every instance, this one too, what is true for a moment. It may get lost, as
    /// it is said again.
    async fn tell(&self, organization: OrganizationId, presence: Presence);

    /// The hints of all instances, from now on.
    async fn subscribe(&self) -> BoxStream<'static, Hint>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// This organization's log has grown.
    Grown(OrganizationId),
    /// Somebody in this organization has come, gone, or begun to type.
    Presence(OrganizationId, Arc<Presence>),
    /// Hints may have been lost: any log may have grown.
    Unknown,
}
