//! What the use cases of notes have in common.

use domain::{
    auth::UserId,
    chats::{ChatId, Note, NoteId},
    organizations::MemberName,
    store::Repositories,
};

use super::find_chat;
use crate::{Actor, Error, FieldError};

/// A note, and by whom it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthoredNote {
    pub note: Note,
    pub author: MemberName,
}

/// The note, if it is of this chat and the actor sees the chat.
pub(super) async fn find(
    data: &dyn Repositories,
    actor: &Actor,
    chat_id: ChatId,
    id: NoteId,
) -> Result<Note, Error> {
    find_chat(data, actor, chat_id).await?;
    let note = data.notes().find(id).await?;
    note.filter(|note| note.chat_id == chat_id)
        .ok_or(Error::NotFound("note"))
}

/// The same, to be changed by the actor, who must be its author.
pub(super) async fn find_own(
    data: &dyn Repositories,
    actor: &Actor,
    (chat_id, id): (ChatId, NoteId),
    expected_version: Option<i64>,
) -> Result<Note, Error> {
    let note = find(data, actor, chat_id, id).await?;
    if note.author_id != actor.user_id() {
        return Err(Error::NotAuthor("note"));
    }
    if expected_version.is_some_and(|version| version != note.version) {
        return Err(Error::VersionMismatch);
    }
    Ok(note)
}

/// Refuses, with all faults at once, what cannot be a note. Answers the note as it is to be
/// stored, with its author.
pub(super) async fn check(data: &dyn Repositories, mut note: Note) -> Result<AuthoredNote, Error> {
    let mut faults = Vec::new();
    note.text = note.text.trim().to_owned();
    if note.text.is_empty() {
        faults.push(FieldError::new("/text", "required", "is required"));
    } else if note.text.chars().count() > Note::MAX_LENGTH {
        let detail = format!("must have at most {} characters", Note::MAX_LENGTH);
        faults.push(FieldError::new("/text", "too_long", detail));
    }
    let mut people = note.mentions.clone();
    people.push(note.author_id);
    let names = data.members().names(&people).await?;
    let find = |id: UserId| names.iter().find(|name| name.user_id == id);
    for (index, mentioned) in note.mentions.iter().enumerate() {
        if !find(*mentioned).is_some_and(|name| name.active) {
            faults.push(FieldError::new(
                &format!("/mentions/{index}"),
                "unknown_member",
                "is no active member of the organization",
            ));
        }
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let author = find(note.author_id).cloned();
    let author = author.ok_or_else(|| Error::internal("the author of a note is no member"))?;
    let mut distinct = Vec::new();
    for mentioned in note.mentions {
        if !distinct.contains(&mentioned) {
            distinct.push(mentioned);
        }
    }
    note.mentions = distinct;
    Ok(AuthoredNote { note, author })
}

/// Each note with its author's name, at the price of one query.
pub(super) async fn with_authors(
    data: &dyn Repositories,
    notes: Vec<Note>,
) -> Result<Vec<AuthoredNote>, Error> {
    let authors: Vec<_> = notes.iter().map(|note| note.author_id).collect();
    let names = data.members().names(&authors).await?;
    let with_author = |note: Note| {
        let author = names.iter().find(|name| name.user_id == note.author_id);
        let author = author
            .cloned()
            .ok_or_else(|| Error::internal("the author of a note was never a member"))?;
        Ok(AuthoredNote { note, author })
    };
    notes.into_iter().map(with_author).collect()
}
