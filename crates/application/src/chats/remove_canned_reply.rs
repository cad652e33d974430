use domain::{chats::CannedReplyId, organizations::Permission};

use super::{Chats, canned_replies::find};
use crate::{Actor, Error};

impl Chats {
    #[tracing::instrument(skip_all, fields(canned_reply.id = %id))]
    pub async fn remove_canned_reply(
        &self,
        actor: &Actor,
        id: CannedReplyId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        actor.require(Permission::ChatsWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let reply = find(uow.as_ref(), id).await?;
        let version = expected_version.unwrap_or(reply.version);
        if !uow.canned_replies().remove(id, version).await? {
            return Err(Error::VersionMismatch);
        }
        uow.commit().await?;
        Ok(())
    }
}
