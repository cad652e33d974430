use domain::{chats::LabelCount, organizations::Permission};

use super::{Chats, sight_of};
use crate::{Actor, Error};

impl Chats {
    /// The labels that chats in sight have, the most used first, as many as are of use in a choice.
    #[tracing::instrument(skip_all)]
    pub async fn list_labels(&self, actor: &Actor) -> Result<Vec<LabelCount>, Error> {
        const MOST: u32 = 500;
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let sight = sight_of(data.as_ref(), actor).await?;
        Ok(data.chats().labels_in_use(sight, MOST).await?)
    }
}
