use domain::{
    chats::{ChatId, NoteId},
    event::Event,
    organizations::Permission,
};

use super::{Chats, notes};
use crate::{Actor, Error};

impl Chats {
    /// Removes a note of the actor's own.
    #[tracing::instrument(skip_all, fields(note.id = %id))]
    pub async fn remove_note(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        id: NoteId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        actor.require(Permission::ChatsWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let note = notes::find_own(uow.as_ref(), actor, (chat_id, id), expected_version).await?;
        if !uow.notes().remove(id, note.version).await? {
            return Err(Error::VersionMismatch);
        }
        uow.record(Event::NoteDeleted {
            chat_id,
            note_id: id,
        });
        uow.commit().await?;
        Ok(())
    }
}
