use domain::{chats::CannedReply, id::Id, organizations::Permission};

use super::{
    Chats,
    canned_replies::{check_shortcut, read},
};
use crate::{Actor, Error};

impl Chats {
    #[tracing::instrument(skip_all)]
    pub async fn create_canned_reply(
        &self,
        actor: &Actor,
        shortcut: String,
        text: String,
    ) -> Result<CannedReply, Error> {
        actor.require(Permission::ChatsWrite)?;
        let (shortcut, text) = read(shortcut, text)?;
        let now = self.ports.clock.now();
        let reply = CannedReply {
            id: Id::generate(),
            shortcut,
            text,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        if !uow.canned_replies().insert(&reply).await? {
            check_shortcut(uow.as_ref(), &reply).await?;
            let gone = "another canned reply had this shortcut until now: try again";
            return Err(Error::conflict("shortcut_taken", gone));
        }
        uow.commit().await?;
        Ok(reply)
    }
}
