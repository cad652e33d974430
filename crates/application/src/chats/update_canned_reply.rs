use domain::{
    chats::{CannedReply, CannedReplyId},
    organizations::Permission,
};

use super::{
    Chats,
    canned_replies::{check_shortcut, find, read},
};
use crate::{Actor, Error};

/// What is to change of a canned reply; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateCannedReply {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub shortcut: Option<String>,
    pub text: Option<String>,
}

impl Chats {
    #[tracing::instrument(skip_all, fields(canned_reply.id = %id))]
    pub async fn update_canned_reply(
        &self,
        actor: &Actor,
        id: CannedReplyId,
        command: UpdateCannedReply,
    ) -> Result<CannedReply, Error> {
        actor.require(Permission::ChatsWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let before = find(uow.as_ref(), id).await?;
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let (shortcut, text) = read(
            command.shortcut.unwrap_or(before.shortcut.clone().into()),
            command.text.unwrap_or(before.text.as_str().to_owned()),
        )?;
        let mut reply = CannedReply {
            shortcut,
            text,
            ..before.clone()
        };
        if reply == before {
            return Ok(reply);
        }
        reply.updated_at = self.ports.clock.now();
        if !uow.canned_replies().update(&reply).await? {
            check_shortcut(uow.as_ref(), &reply).await?;
            return Err(Error::VersionMismatch);
        }
        uow.commit().await?;
        reply.version += 1;
        Ok(reply)
    }
}
