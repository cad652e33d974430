use domain::{
    auth::UserId,
    chats::{ChatId, Note, NoteId},
    event::Event,
    organizations::Permission,
};

use super::{
    Chats,
    notes::{self, AuthoredNote},
};
use crate::{Actor, Error};

/// What is to change of a note; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateNote {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub text: Option<String>,
    pub mentions: Option<Vec<UserId>>,
}

impl Chats {
    /// Changes a note of the actor's own.
    #[tracing::instrument(skip_all, fields(note.id = %id))]
    pub async fn update_note(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        id: NoteId,
        command: UpdateNote,
    ) -> Result<AuthoredNote, Error> {
        actor.require(Permission::ChatsWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let expected_version = command.expected_version;
        let before = notes::find_own(uow.as_ref(), actor, (chat_id, id), expected_version).await?;
        // Those whom the note called before may have left since.
        let mentions_stay = command.mentions.is_none();
        let note = Note {
            text: command.text.unwrap_or_else(|| before.text.clone()),
            mentions: command.mentions.unwrap_or_default(),
            ..before.clone()
        };
        let mut changed = notes::check(uow.as_ref(), note).await?;
        if mentions_stay {
            changed.note.mentions.clone_from(&before.mentions);
        }
        if changed.note == before {
            return Ok(changed);
        }
        changed.note.updated_at = self.ports.clock.now();
        if !uow.notes().update(&changed.note).await? {
            return Err(Error::VersionMismatch);
        }
        changed.note.version += 1;
        uow.record(Event::NoteUpdated {
            note: changed.note.clone(),
            author: changed.author.clone(),
        });
        uow.commit().await?;
        Ok(changed)
    }
}
