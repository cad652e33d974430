use domain::{chats::AssignmentSettings, organizations::Permission};

use super::Chats;
use crate::{Actor, Error};

impl Chats {
    /// Whether, and how many, chats are given to members by the program.
    #[tracing::instrument(skip_all)]
    pub async fn get_assignment_settings(
        &self,
        actor: &Actor,
    ) -> Result<AssignmentSettings, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        Ok(data.assignment().settings().await?)
    }
}
