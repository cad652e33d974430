use domain::{
    chats::{ChatId, NoteId},
    organizations::Permission,
    page::{Page, PageRequest},
};

use super::{
    Chats, find_chat,
    notes::{self, AuthoredNote},
};
use crate::{Actor, Error};

/// A page of notes and, if it was asked for, how many the chat has in all.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteList {
    pub page: Page<AuthoredNote>,
    pub total: Option<u64>,
}

impl Chats {
    /// Newest first.
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn list_notes(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        page: PageRequest,
        include_total: bool,
    ) -> Result<NoteList, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        find_chat(data.as_ref(), actor, chat_id).await?;
        let Page { rows, older, newer } = data.notes().list(chat_id, page).await?;
        let page = Page {
            rows: notes::with_authors(data.as_ref(), rows).await?,
            older,
            newer,
        };
        let total = if include_total {
            Some(data.notes().count(chat_id).await?)
        } else {
            None
        };
        Ok(NoteList { page, total })
    }

    #[tracing::instrument(skip_all, fields(note.id = %id))]
    pub async fn get_note(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        id: NoteId,
    ) -> Result<AuthoredNote, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let note = notes::find(data.as_ref(), actor, chat_id, id).await?;
        let found = notes::with_authors(data.as_ref(), vec![note]).await?.pop();
        found.ok_or(Error::NotFound("note"))
    }
}
