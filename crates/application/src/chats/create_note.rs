use domain::{
    auth::UserId,
    chats::{ChatId, Note},
    event::Event,
    id::Id,
    organizations::Permission,
};

use super::{
    Chats,
    notes::{self, AuthoredNote},
    sight::lock_chat,
};
use crate::{Actor, Error};

impl Chats {
    /// Writes something about a chat that the team alone sees.
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn create_note(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        text: String,
        mentions: Vec<UserId>,
    ) -> Result<AuthoredNote, Error> {
        actor.require(Permission::ChatsWrite)?;
        let now = self.ports.clock.now();
        let note = Note {
            id: Id::generate(),
            chat_id,
            author_id: actor.user_id(),
            text,
            mentions,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        lock_chat(uow.as_ref(), actor, chat_id).await?;
        let created = notes::check(uow.as_ref(), note).await?;
        uow.notes().insert(&created.note).await?;
        uow.record(Event::NoteCreated {
            note: created.note.clone(),
            author: created.author.clone(),
        });
        uow.commit().await?;
        Ok(created)
    }
}
