//! What happens, told to those who watch.
//!
//! The event log is the truth. A watcher is brought up to date from the log, and from then
//! on hears the organization's hub, which reads each new event once for all its watchers.
//!
//! Who is there and who types is no event: instances tell it each other again and again, and
//! each keeps what it heard on a board, as long as it holds.

mod board;
mod hub;
mod lobby;
mod news;
mod tickets;
mod view;
mod watch;

use std::sync::Arc;

use domain::organizations::Permission;
use tokio_util::sync::CancellationToken;

use crate::{Actor, Error, Ports};
use hub::Hubs;

pub use news::PresenceNews;
pub use tickets::Ticket;
pub use watch::{Frame, Watch, WatchEnd};

#[derive(Clone)]
pub struct Realtime {
    ports: Ports,
    hubs: Arc<Hubs>,
    stop: CancellationToken,
}

impl Realtime {
    pub(crate) fn new(ports: Ports) -> Self {
        Self {
            hubs: Arc::new(Hubs::new(ports.clone())),
            ports,
            stop: CancellationToken::new(),
        }
    }

    /// The organization's events after the one with the number `after`, or from now on:
    /// nothing that happens once this has returned is missed.
    pub async fn watch(&self, actor: &Actor, after: Option<i64>) -> Result<Watch, Error> {
        actor.require(Permission::ChatsRead)?;
        Watch::begin(
            self.ports.clone(),
            actor.clone(),
            self.hubs.clone(),
            self.stop.clone(),
            after,
        )
        .await
    }

    /// Ends all watches, as the program is about to stop.
    pub fn close(&self) {
        self.stop.cancel();
    }
}
