//! The business and its profile.

mod get_current;
mod update_current;

pub use update_current::UpdateOrganization;

use crate::Ports;

#[derive(Clone)]
pub struct Organizations {
    ports: Ports,
}

impl Organizations {
    pub(crate) fn new(ports: Ports) -> Self {
        Self { ports }
    }
}
