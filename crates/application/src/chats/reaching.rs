//! Whether messages reach somebody at all.

use chrono::{DateTime, Utc};
use domain::{
    chats::ChatId,
    event::Event,
    store::{StoreError, UnitOfWork},
    whatsapp::{Contact, ContactId, MetaError, Undeliverable},
};

/// A message in the chat could not be delivered at that time, and the next ones could not be
/// either; unless the customer has written since.
pub(crate) async fn mark_undeliverable(
    uow: &dyn UnitOfWork,
    chat_id: ChatId,
    error: &MetaError,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(chat) = uow.chats().find(chat_id).await? else {
        return Ok(());
    };
    if chat.last_inbound_at.is_some_and(|wrote| wrote > at) {
        return Ok(());
    }
    let reason = error.hint().unwrap_or(&error.title).to_owned();
    let undeliverable = Undeliverable { at, reason };
    let contacts = uow.contacts();
    let marked = contacts.set_undeliverable(chat.contact_id, Some(&undeliverable));
    if marked.await? {
        tell_of_chats(uow, chat.contact_id).await?;
    }
    Ok(())
}

/// The contact was heard of, or reached, at that time.
pub(crate) async fn note_reached(
    uow: &dyn UnitOfWork,
    contact: &Contact,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let was_before = |mark: &Undeliverable| mark.at <= at;
    if contact.undeliverable.as_ref().is_some_and(was_before)
        && uow.contacts().set_undeliverable(contact.id, None).await?
    {
        tell_of_chats(uow, contact.id).await?;
    }
    Ok(())
}

/// Tells clients how the contact is now.
pub(crate) async fn tell_of_chats(
    uow: &dyn UnitOfWork,
    contact_id: ContactId,
) -> Result<(), StoreError> {
    let chats = uow.chats();
    for chat in chats.list_of_contact(contact_id).await? {
        if let Some(overview) = chats.overview(chat.id, None).await? {
            uow.record(Event::ChatUpdated { overview });
        }
    }
    Ok(())
}
