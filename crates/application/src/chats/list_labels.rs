use domain::{chats::LabelCount, organizations::Permission};

use super::Chats;
use crate::{Actor, Error};

impl Chats {
    /// The labels that chats have, the most used first, as many as are of use in a choice.
    #[tracing::instrument(skip_all)]
    pub async fn list_labels(&self, actor: &Actor) -> Result<Vec<LabelCount>, Error> {
        const MOST: u32 = 500;
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        Ok(data.chats().labels_in_use(MOST).await?)
    }
}
